import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, posix } from "node:path";
import { kustomizationsIn } from "../../provider/git/build/kustomization-file";
import { UserError } from "../../provider/plugin/handler";
import { withoutCredentials } from "../../provider/http/credentials";
import type { Asker } from "../init/asker";
import { patiently } from "../text/patience";
import { Given } from "../init/given";
import { Refusal } from "../new/edit-source";
import { writeSystem } from "../new/main";
import { stackFile } from "../new/system";
import { chosen, looked } from "./choice";
import { type Cluster, otherInstallers } from "./clusters";
import { reachable } from "./reachable";
import { recognize } from "./recognize";
import { type Repository, readRepository } from "./repository";
import { prepare, recipientsIn, secretLines } from "./settings";
import { importedSystem } from "./source";
import { faultsText, report } from "./text";

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
  const repository = await patiently(
    readRepository(options.place, options.branch),
    () => `Still reading ${withoutCredentials(options.place)}`,
  );
  if (options.look) {
    const all = looked(repository, options).map((one) => described(repository, one));
    const texts = all.map(({ text: found }) => found).join("\n");
    if (all.every(({ faults }) => faults.length > 0)) throw new UserError(texts);
    tell(texts);
    return "";
  }
  const cluster = await chosen(repository, options, asker);
  const { recognized, faults, text: found } = described(repository, cluster);
  if (faults.length > 0) throw new UserError(found);
  tell(found);
  checkBranch(repository, cluster);
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

/** What there is to say of a cluster, with why it can't be led. */
function described(repository: Repository, cluster: Cluster) {
  const reached = reachable(repository, cluster);
  const faults = [
    ...cluster.faults,
    ...[...otherInstallers(repository)].flatMap(([file, { what, leads }]) =>
      leads && reached.files.has(file)
        ? [`${file}: ${what} leads it, too, and two would undo each other's changes`]
        : [],
    ),
  ];
  if (faults.length > 0) return { recognized: undefined, faults, text: faultsText(cluster, faults) };
  const recognized = recognize(repository, cluster, reached);
  return { recognized, faults, text: report(repository, cluster, reached, recognized) };
}

/** @throws UserError when another branch was read than the one that Flux follows: its apps would be committed there */
function checkBranch({ branch }: Repository, { sync }: Cluster): void {
  if (sync === undefined || sync.branch === "" || branch === undefined || branch === sync.branch) return;
  throw new UserError(
    `Flux follows ${sync.branch}, and what was read is ${branch}\n→ --branch ${sync.branch} reads what Flux reads.`,
  );
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
