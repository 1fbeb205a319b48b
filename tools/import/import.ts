import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, posix } from "node:path";
import { kustomizationsIn } from "../../provider/git/build/kustomization-file";
import { UserError } from "../../provider/plugin/handler";
import type { Asker } from "../init/asker";
import { Given } from "../init/given";
import { Refusal } from "../new/edit-source";
import { writeSystem } from "../new/main";
import { stackFile } from "../new/system";
import { type Cluster, clustersIn, otherInstallers } from "./clusters";
import { reachable } from "./reachable";
import { recognize } from "./recognize";
import { type Repository, readRepository } from "./repository";
import { prepare, recipientsIn, secretLines } from "./settings";
import { importedSystem } from "./source";
import { report } from "./text";

export interface ImportOptions {
  /** Folder of a clone, or an address. */
  readonly place: string;
  readonly branch?: string;
  /** Folder of the cluster, where the repository has several. */
  readonly cluster?: string;
  /** True: says what was found, and writes nothing. */
  readonly look: boolean;
  /** Options of `npm run init`. */
  readonly args: readonly string[];
}

const NAME = /^[a-z]([a-z0-9-]{0,61}[a-z0-9])?$/;

/**
 * Makes a stack, and a system where there is none of that name, of a repository that Flux reads. The repository isn't
 * changed.
 * @param root folder of the project
 * @param tell takes what was found, before anything is asked
 * @returns what was done, and the next commands
 * @throws UserError with what can't be taken over and why; then nothing is there that wasn't before
 */
export async function importRepository(
  root: string,
  options: ImportOptions,
  tell: (text: string) => void,
  asker?: Asker,
): Promise<string> {
  const repository = await readRepository(options.place, options.branch);
  const cluster = await chosen(repository, options, asker);
  const reached = reachable(repository, cluster);
  const recognized = recognize(repository, cluster, reached);
  tell(report(repository, cluster, reached, recognized));
  if (options.look) return "";
  const name = posix.basename(cluster.path) || "cluster";
  const given = new Given([...known(repository, cluster, name), ...options.args]);
  const stack = given.option("stack")?.split("/").at(-1) ?? name;
  const system = given.option("system") ?? stack;
  const there = existsSync(join(root, "stacks", `${system}.ts`));
  if (there && given.option("system") === undefined)
    throw new UserError(
      `there is a system ${system} already\n→ --system ${system} makes a stack of it; another name, a system of its own`,
    );
  if (!NAME.test(system))
    throw new UserError(
      `--system: found ${JSON.stringify(system)}; allowed: a system of stacks/, or a new name of at most 63 lowercase letters, digits and hyphens, a letter first`,
    );
  const recipients = recipientsIn(repository);
  const listed = kustomizationsIn(repository.tree, cluster.path).length > 0;
  const text = importedSystem({ name: system, cluster, recognized, listed, sops: recipients.length > 0 });
  const undo = there ? undefined : await write(root, system, text);
  try {
    // Only now: it loads the list of systems, which has the new one.
    const { init } = await import("../init/init.js");
    const done = await init(
      root,
      new Given([...known(repository, cluster, name), "--stack", stack, "--system", system, ...options.args]),
      asker,
      undefined,
      {
        ...(undo !== undefined && { sample: stackFile(system, secretLines(recipients)) }),
        prepare: (draft) => {
          prepare(draft, repository, cluster);
        },
      },
    );
    const made =
      undo === undefined
        ? ""
        : `Written: stacks/${system}.ts. \`npm run settings\` writes its schema and page.\n`;
    return `${made}${done}`;
  } catch (error) {
    undo?.();
    throw error;
  }
}

/** What the repository answers of init's questions; what the user gives comes after it, and counts. */
function known({ url }: Repository, { sync, path }: Cluster, name: string): string[] {
  const address = sync?.url ?? url;
  return [
    ...(address === undefined ? [] : ["--flux-repository-url", address]),
    ...["--flux-repository-path", path === "" ? "./" : path],
    ...(NAME.test(name) ? ["--cluster-name", name] : []),
  ];
}

/** @returns what takes the system away again */
async function write(root: string, system: string, text: string): Promise<() => void> {
  const index = join(root, "stacks", "index.ts");
  const before = readFileSync(index, "utf8");
  const file = `stacks/${system}.ts`;
  try {
    await writeSystem(root, system, { [file]: text });
  } catch (error) {
    throw error instanceof Refusal ? new UserError(error.message) : error;
  }
  return () => {
    writeFileSync(index, before);
    rmSync(join(root, file));
  };
}

/** @throws UserError when there is none, or more than one, or one that can't be led */
async function chosen(repository: Repository, options: ImportOptions, asker?: Asker): Promise<Cluster> {
  const clusters = clustersIn(repository);
  const others = [...otherInstallers(repository)].map(([file, what]) => `  ${file}: ${what}`);
  const [first, ...more] = clusters;
  if (first === undefined) {
    throw new UserError(
      others.length > 0
        ? `something else than \`flux bootstrap\` leads Flux here, and two would undo each other's changes:\n${others.join("\n")}\n` +
            "→ Leave this cluster to it. Or take it off the cluster, run `flux bootstrap`, and import then."
        : `the repository has no gotk-sync.yaml or gotk-components.yaml: Flux wasn't bootstrapped from it\n→ \`npm run init\` makes a stack that bootstraps it.`,
    );
  }
  const wanted = options.cluster?.replace(/^(\.\/)+|\/+$/g, "");
  const shown = clusters.map(({ path }) => (path === "" ? "./" : path));
  const path =
    wanted ??
    (more.length === 0
      ? first.path
      : await asker?.choose("Which cluster?", [
          { value: first.path, label: shown[0] ?? "" },
          ...more.map((one) => ({ value: one.path, label: one.path })),
        ]));
  const found = clusters.find((one) => one.path === (path === "." ? "" : path));
  if (found === undefined) {
    throw new UserError(
      `--cluster: found ${path === undefined ? "nothing" : JSON.stringify(path)}; allowed: one of ${shown.join(", ")}`,
    );
  }
  if (found.faults.length > 0) {
    const lines = found.faults.map((fault) => `  ${fault}`);
    throw new UserError(`the Flux of ${found.path || "./"} can't be taken over:\n${lines.join("\n")}`);
  }
  return found;
}
