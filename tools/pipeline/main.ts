import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { parse } from "yaml";
import { modulesOf, type Stack, stacksConcerned } from "./inputs";

const root = join(__dirname, "..", "..");

const help = `Lists the stacks (Pulumi.<stack>.yaml) as JSON, for the matrix of a pipeline.

  npm run stacks                      all of them
  npm run stacks -- --since <commit>  those whose inputs changed since the commit where this branch left <commit>

Inputs of a stack are its file, what the program imports for its system, the plugin and the packages. A commit that
this clone hasn't got counts as a change of everything: fetch the whole history.
`;

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { since: { type: "string" }, help: { type: "boolean" } } });
  if (values.help === true) {
    process.stdout.write(help);
    return;
  }
  const stacks = stacksOf(root);
  const changed = values.since === undefined ? undefined : changedSince(values.since);
  const names =
    changed === undefined
      ? stacks.map(({ name }) => name)
      : stacksConcerned(stacks, await modulesOf(root), changed);
  process.stdout.write(`${JSON.stringify(names)}\n`);
}

function stacksOf(folder: string): readonly Stack[] {
  return readdirSync(folder)
    .sort()
    .flatMap((file) => {
      const name = /^Pulumi\.(.+)\.yaml$/.exec(file)?.[1];
      if (name === undefined) return [];
      const { config } = (parse(readFileSync(join(folder, file), "utf8")) ?? {}) as {
        readonly config?: Readonly<Record<string, unknown>>;
      };
      return [{ name, system: String(config?.["handoff:system"]) }];
    });
}

/** Paths that this branch changes; undefined when that can't be told. */
function changedSince(commit: string): readonly string[] | undefined {
  try {
    const args = ["diff", "--name-only", "-z", "--no-renames", "--end-of-options", `${commit}...HEAD`];
    const output = execFileSync("git", args, {
      cwd: root,
      encoding: "utf8",
      stdio: ["ignore", "pipe", "pipe"],
    });
    return output.split("\0").filter((path) => path !== "");
  } catch (error) {
    const { stderr } = error as { readonly stderr?: string };
    process.stderr.write(
      `All stacks count as changed, since git can't tell: ${(stderr ?? String(error)).trim()}\n`,
    );
    return undefined;
  }
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
