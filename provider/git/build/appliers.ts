import type { Branch } from "../branch";
import { type Applier, appliersIn } from "./applied-folders";
import { readWith } from "./sources";
import type { Files } from "./walk";

/** Flux Kustomizations in files of others, each with its file. */
export async function appliersOf(
  branch: Branch,
  { tree }: Pick<Files, "tree">,
  texts: Map<string, string>,
  isTheirs: (path: string) => boolean,
): Promise<(Applier & { readonly file: string })[]> {
  const files = [...tree].filter(([path]) => /\.ya?ml$/.test(path) && isTheirs(path));
  await readWith(
    branch,
    files.map(([, { oid }]) => oid),
    texts,
  );
  return files.flatMap(([file, { oid }]) =>
    appliersIn(texts.get(oid) ?? "").map((applier) => ({ ...applier, file })),
  );
}
