import { pathFault } from "./git/path";

/** A mistake in what the user asked for, worded for the user. Components show its message without a stack trace. */
export class InputError extends Error {
  override readonly name = "InputError";
}

/** What a repository shall contain: path from its root → complete text. */
export type Files = Readonly<Record<string, string>>;

/**
 * Checks that a path stays inside a repository's work tree and out of its `.git`, on all common file systems.
 * @throws InputError that names the path.
 */
export function checkPath(path: string): string {
  const fault = pathFault(path);
  if (fault !== undefined)
    throw new InputError(`${JSON.stringify(path)} is no path in a repository: ${fault}.`);
  return path;
}

/** `join("./clusters/prod/", "calcom")` → `"clusters/prod/calcom"`, checked. */
export function join(...parts: readonly string[]): string {
  const trimmed = parts.map((part) => part.replace(/^(\.\/)+/, "").replace(/\/+$/, ""));
  return checkPath(trimmed.filter((part) => part !== "" && part !== ".").join("/"));
}

/** The folders that a path lies in, the outermost first: `a/b/c.yaml` → `a`, `a/b`. */
export function foldersAbove(path: string): string[] {
  const parts = path.split("/").slice(0, -1);
  return parts.map((_, index) => parts.slice(0, index + 1).join("/"));
}

/** The same files under a folder. */
export function under(folder: string, files: Files): Files {
  return Object.fromEntries(Object.entries(files).map(([path, text]) => [join(folder, path), text]));
}

/**
 * All files of several parts, sorted by path so that the result doesn't depend on the order of the parts.
 * @throws InputError when two parts want different texts at one path, or a file where another has a folder.
 */
export function mergeFiles(...parts: readonly Files[]): Files {
  const merged = new Map<string, string>();
  for (const [path, text] of parts.flatMap((part) => Object.entries(part))) {
    const other = merged.get(checkPath(path));
    if (other !== undefined && other !== text) {
      throw new InputError(`Two parts of the system write different texts to ${path}.`);
    }
    merged.set(path, text);
  }
  for (const path of merged.keys()) {
    for (let end = path.indexOf("/"); end !== -1; end = path.indexOf("/", end + 1)) {
      const folder = path.slice(0, end);
      if (merged.has(folder))
        throw new InputError(`${folder} is a file, so ${path} can't be written below it.`);
    }
  }
  // Code unit order, as git sorts: a locale's order would differ between machines.
  return Object.fromEntries([...merged].sort(([a], [b]) => (a < b ? -1 : 1)));
}
