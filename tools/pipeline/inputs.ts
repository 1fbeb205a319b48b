import { basename } from "node:path";
import { build } from "esbuild";

/** A stack of the repository: its name, and the system that its file names. */
export interface Stack {
  readonly name: string;
  readonly system: string;
  /** Of a template of review stacks: the stack that they are reviews of. */
  readonly of?: string;
}

/** Modules of the program, each with those that it imports; paths relative to the repository. */
export type Modules = ReadonlyMap<string, readonly string[]>;

const PROGRAM = "index.ts";
/** The only module that knows all systems; a stack needs one of them. */
const LIST = "stacks/index.ts";
/** What no `pulumi up` reads. The program imports nothing of it, which .dependency-cruiser.cjs holds. */
const WITHOUT_EFFECT =
  /^(tests|docs|tools|bench|\.github|\.gitlab|\.forgejo|\.ci)\/|\.md$|^\.(git|prettier|editor|mocha|dependency-cruiser)|^(eslint|knip|renovate)/;

/** Reads what the program imports, without running it. */
export async function modulesOf(root: string): Promise<Modules> {
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: [PROGRAM],
    ...{ bundle: true, metafile: true, write: false, platform: "node", packages: "external" },
    ...{ logLevel: "silent", format: "cjs" },
  });
  return new Map(
    Object.entries(metafile.inputs).map(([path, { imports }]) => [
      path,
      imports.filter(({ external }) => external !== true).map((one) => one.path),
    ]),
  );
}

/**
 * The stacks that a change of files concerns. What isn't known to be without effect counts for all: the plugin, the
 * packages, a file that is read while the program runs.
 * @param changed paths relative to the repository
 */
export function stacksConcerned(
  stacks: readonly Stack[],
  modules: Modules,
  changed: readonly string[],
): readonly string[] {
  return stacks
    .filter((stack) => changed.some((path) => concerns(stack, modules, path)))
    .map(({ name }) => name);
}

function concerns({ name, system, of }: Stack, modules: Modules, path: string): boolean {
  const settings = /^Pulumi\.(.+)\.yaml$/.exec(path)?.[1];
  if (settings !== undefined) return settings === name || settings === of;
  if (WITHOUT_EFFECT.test(path)) return false;
  return !modules.has(path) || reached(modules, system).has(path);
}

/** All that the program imports for one system; for one that the list doesn't have, all that it imports. */
function reached(modules: Modules, system: string): ReadonlySet<string> {
  const isSystem = (path: string): boolean => basename(path, ".ts") === system;
  const known = (modules.get(LIST) ?? []).some(isSystem);
  const found = new Set([PROGRAM]);
  for (const path of found) {
    for (const next of modules.get(path) ?? []) {
      if (path !== LIST || !known || isSystem(next)) found.add(next);
    }
  }
  return found;
}
