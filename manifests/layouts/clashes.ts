import { isDeepStrictEqual } from "node:util";
import { foldersAbove } from "../files";

interface Part {
  /** Who wants the files: `the app calcom`. */
  readonly by: string;
  readonly files: Readonly<Record<string, unknown>>;
}

/**
 * Why the parts can't lie in one repository: two want different texts at one path, or one a file where another has a
 * folder. The same text twice is no fault.
 * @param where the repository, for a reader who sees faults of several
 */
export function clashes(parts: readonly Part[], where = "the repository"): string[] {
  const owners = new Map<string, { readonly by: string; readonly text: unknown }>();
  const faults = new Set<string>();
  for (const { by, files } of parts) {
    for (const [path, text] of Object.entries(files)) {
      const other = owners.get(path);
      if (other === undefined) owners.set(path, { by, text });
      else if (!isDeepStrictEqual(other.text, text)) {
        faults.add(
          `${sentence(other.by)} and ${by} write different texts to ${path} of ${where}: give one of them another folder.`,
        );
      }
    }
  }
  for (const [path, { by }] of owners) {
    const folder = foldersAbove(path).find((above) => owners.has(above));
    const other = folder === undefined ? undefined : owners.get(folder);
    if (folder === undefined || other === undefined) continue;
    faults.add(
      `${sentence(other.by)} writes the file ${folder} of ${where}, below which ${by} writes ${path}.`,
    );
  }
  return [...faults];
}

function sentence(by: string): string {
  return by.charAt(0).toUpperCase() + by.slice(1);
}
