import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { modulesOf, stacksConcerned } from "./inputs";
import { pipelineStacks } from "./stacks";

const root = join(__dirname, "..", "..");

const help = `Lists the stacks (Pulumi.<stack>.yaml) that a pipeline runs, as JSON for its matrix.

  npm run stacks                      all of them
  npm run stacks -- --since <commit>  those whose inputs changed since the commit where this branch left <commit>
  npm run stacks -- --words           the same, separated by spaces
  npm run stacks -- --review          in their place the templates of review stacks (docs/review-stacks.md)

Files that still are the samples they came as (your-org or your-user owns a repository) are left out. The variable STACKS, names separated
by spaces, lists the stacks in place of the files.

Inputs of a stack are its file, what the program imports for its system, the plugin and the packages. A commit that
this clone hasn't got counts as a change of everything: fetch the whole history.
`;

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      since: { type: "string" },
      words: { type: "boolean" },
      review: { type: "boolean" },
      help: { type: "boolean" },
    },
  });
  if (values.help === true) {
    process.stdout.write(help);
    return;
  }
  const { stacks: run, samples, reviews } = pipelineStacks(root, process.env.STACKS);
  const stacks = values.review === true ? reviews : run;
  for (const file of samples)
    process.stderr.write(`${file} is left out: it still has the sample's repository\n`);
  const changed = values.since === undefined ? undefined : changedSince(values.since);
  const names =
    changed === undefined
      ? stacks.map(({ name }) => name)
      : stacksConcerned(stacks, await modulesOf(root), changed);
  process.stdout.write(`${values.words === true ? names.join(" ") : JSON.stringify(names)}\n`);
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
