import { isMap, isScalar, isSeq } from "yaml";
import type { Edit } from "../../../manifests/git/edits";
import { isBlank, locate, pairIndex, sameData } from "./edit-text";
import { entryIdentity } from "./list-edits";

/** The entry under this one's name with the content that the file has, which may be another's; undefined without one. */
export function foundEntry(text: string, edit: Edit): Edit | undefined {
  if (isBlank(text)) return undefined;
  if (edit.within !== undefined) {
    const { within, ...inner } = edit;
    const scalar = locate(text, within).node;
    const found =
      isScalar(scalar) && typeof scalar.value === "string" ? foundEntry(scalar.value, inner) : undefined;
    return found && { ...found, within };
  }
  const found = inPlace(text, edit);
  return found !== undefined && sameContent(found, edit) ? edit : found;
}

function inPlace(text: string, edit: Edit): Edit | undefined {
  if ("list" in edit) {
    const { node, document } = locate(text, edit.list);
    const entries = isSeq(node) ? (node.toJS(document) as unknown[]) : [];
    const found = entries.find(
      (entry) => entryIdentity({ ...edit, entry: entry as typeof edit.entry }) === entryIdentity(edit),
    );
    return found === undefined ? undefined : { ...edit, entry: found as typeof edit.entry };
  }
  const { node, document } = locate(text, edit.map);
  if (!isMap(node) || pairIndex(node, edit.key) < 0) return undefined;
  return { ...edit, value: (node.toJS(document) as Record<string, unknown>)[edit.key] };
}

/** What an entry holds. */
export function contentOf(edit: Edit): unknown {
  return "list" in edit ? edit.entry : edit.value;
}

/** True when two entries of one name hold the same, so that neither was changed. */
export function sameContent(one: Edit, other: Edit): boolean {
  if ("list" in one && "list" in other && typeof one.entry === "string" && typeof other.entry === "string")
    return entryIdentity(one) === entryIdentity(other);
  return sameData(contentOf(one), contentOf(other));
}
