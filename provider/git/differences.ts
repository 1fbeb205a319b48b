import { createTwoFilesPatch } from "diff";
import { stringify } from "yaml";
import type { Edit } from "../../manifests/git/edits";
import { editName } from "./yaml/edits";
import { withoutSecretValues } from "../live/secret-values";
import { contentOf } from "./yaml/found-entry";

/** Lines of a difference that are shown. */
const SHOWN = 60;

/** A file of ours that somebody else changed or removed. */
export function foreignFile(path: string, theirs: string | undefined, ours: Buffer | undefined): string {
  return theirs === undefined
    ? `${path}: somebody else removed this file of ours`
    : `${path}: somebody else changed this file of ours:\n${difference(path, theirs, ours?.toString("utf8"))}`;
}

/** An entry of ours that somebody else changed or removed. */
export function foreignEntry(path: string, theirs: Edit | undefined, ours: Edit): string {
  if (theirs === undefined) return `${path}: somebody else removed our entry ${editName(ours)}`;
  const text = (edit: Edit): string => stringify(contentOf(edit), { lineWidth: 0 });
  return `${path}: somebody else changed our entry ${editName(ours)}:\n${difference(path, text(theirs), text(ours))}`;
}

/** Values of Secrets aren't shown: somebody may have put readable ones there. */
export function difference(path: string, theirs: string, ours: string | undefined): string {
  const { before = "", after = "" } = withoutSecretValues(theirs, ours);
  const patch = createTwoFilesPatch(path, path, before, after, "in the repository", "wanted");
  return patch.split("\n").slice(1, SHOWN).join("\n").trimEnd();
}
