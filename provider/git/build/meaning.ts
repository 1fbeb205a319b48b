import { EditError } from "../yaml/edit-text";
import { entryIdentity } from "../yaml/list-edits";
import { isKustomization } from "./kustomization-file";
import { listsIn } from "./lists";
import type { Edit, ListEdit } from "../../../manifests/git/edits";

/**
 * Reads an edited kustomization as kustomize does: the first document alone, and fields by their names in any case. All
 * that it found before it has to find, and ours.
 * @throws EditError when it doesn't
 */
export function checkMeaning(
  path: string,
  before: string | undefined,
  after: string,
  { desired, owned }: { readonly desired: readonly Edit[]; readonly owned: readonly Edit[] },
): void {
  const [was, is] = [before, after].map((text) =>
    text === undefined || !isKustomization(path) ? "" : listsIn(text),
  );
  // What it can't read says nothing, before or after.
  if (typeof is !== "object") return;
  const found = new Set([...is.entries, ...is.components].map(identity));
  const listed = (edits: readonly Edit[]): ListEdit[] => edits.filter(isListed);
  const missing = listed(desired).find((edit) => !found.has(entryIdentity(edit)));
  if (missing !== undefined)
    throw new EditError(
      `kustomize wouldn't find '${entryIdentity(missing)}' in it: it reads the first document of a file alone\n` +
        "→ Move what the file says into its first document.",
    );
  const ours = new Set(listed([...desired, ...owned]).map(entryIdentity));
  const lost = (typeof was === "object" ? [...was.entries, ...was.components] : []).find(
    (entry) => !found.has(identity(entry)) && !ours.has(identity(entry)),
  );
  if (lost !== undefined)
    throw new EditError(
      `with our entries kustomize wouldn't find '${lost}' in it any more: it reads the names of fields in any case, and takes the last\n` +
        "→ Write `resources` and `components` in lower case.",
    );
}

function isListed(edit: Edit): edit is ListEdit {
  if (!("list" in edit) || edit.within !== undefined || typeof edit.entry !== "string") return false;
  const [field, ...deeper] = edit.list;
  return deeper.length === 0 && (field === "resources" || field === "components");
}

function identity(entry: string): string {
  return entryIdentity({ list: [], entry });
}
