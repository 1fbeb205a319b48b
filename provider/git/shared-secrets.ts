import { isDeepStrictEqual } from "node:util";
import { parseDocument } from "yaml";
import { SOPS_RECIPIENT } from "../../manifests/secrets/sops-config";
import { documentRecipients, groupsNeeded } from "../../manifests/secrets/sops-recipients";
import { isObject } from "../../manifests/shape";
import { blobId, type Head } from "./branch";
import { ConflictError, type Desired } from "./ownership";

type Contents = ReadonlyMap<string, Buffer>;
/** What was handed off before. */
interface HandedOff {
  readonly files: Readonly<Record<string, string>>;
}
type SopsDocument = Readonly<Record<string, unknown>> & { readonly sops: Readonly<Record<string, unknown>> };

/** Object ids of the head's files where SOPS documents are wanted: somebody may have shared them with others. */
export function sharedOids(head: Head, files: Iterable<readonly [string, Buffer | string]>): string[] {
  return [...files].flatMap(([path, content]) => {
    const oid = head.tree.get(path)?.oid;
    return oid !== undefined && content.includes("\nsops:") && oid !== blobId(content) ? [oid] : [];
  });
}

/**
 * What is desired, with the head's documents where these are the same secrets for further recipients: a colleague was
 * added by `sops updatekeys`, and stays.
 * @throws ConflictError when another secret would be one that such a colleague can't read any more, and where somebody
 * shared it so that the cluster's key isn't enough by itself
 */
export function withRecipients(
  desired: Desired,
  formers: readonly HandedOff[],
  head: Head,
  contents: Contents,
): Desired {
  const files = new Map(desired.files);
  const split: string[] = [];
  const lost: string[] = [];
  const unlisted = new Set<string>();
  for (const [path, content] of desired.files) {
    const entry = head.tree.get(path);
    if (entry === undefined || !content.includes("\nsops:") || entry.oid === blobId(content)) continue;
    const [ours, theirs] = [sopsDocument(content), sopsDocument(contents.get(entry.oid))];
    if (ours === undefined || theirs === undefined) continue;
    const added = further(theirs, ours);
    const needed = groupsNeeded(theirs.sops);
    // A refresh is the user's word for ours.
    const isKnown = formers.some(({ files: known }) => known[path] === contents.get(entry.oid)?.toString());
    if (needed > groupsNeeded(ours.sops) && !isKnown) {
      split.push(
        `${path}: somebody split its key, so that keys of ${String(needed)} groups together read it: the cluster alone can't`,
      );
      continue;
    }
    if (isSameSecret(ours, theirs)) {
      if (further(ours, theirs).length === 0) files.set(path, contents.get(entry.oid) ?? content);
      continue;
    }
    // Those that the program itself had, and takes away now, are no matter.
    const known = formers.flatMap((former) => {
      const before = sopsDocument(former.files[path]);
      return before === undefined ? [] : documentRecipients(before.sops);
    });
    const foreign = added.filter((one) => !known.includes(one));
    for (const one of foreign) if (!SOPS_RECIPIENT.test(one)) unlisted.add(one);
    if (foreign.length > 0)
      lost.push(`${path}: somebody shared it with ${foreign.join(", ")}, who couldn't read the new one`);
  }
  if (split.length > 0)
    throw new ConflictError(
      split,
      "Put all keys into one group in the rule of `.sops.yaml`, and run `sops updatekeys` on the file. Or have this stack's document back: `pulumi refresh`, then `pulumi up`.",
    );
  if (lost.length === 0) return { ...desired, files };
  const others =
    unlisted.size === 0
      ? ""
      : ` ${[...unlisted].join(", ")} can't be listed there: give who has it a key that can, or take it out by \`sops updatekeys\`, and add it again after this \`up\`.`;
  throw new ConflictError(
    lost,
    `Add them to \`sops.recipients\`.${others} Who isn't to read it any more is taken out by \`sops updatekeys\` first; a key that is lost is listed for one \`up\`, and taken out of the list before the next.`,
  );
}

/** True of two texts of one secret, encrypted for other recipients: `sops updatekeys` leaves values and their code. */
export function isShared(ours: string, theirs: string): boolean {
  const [own, found] = [sopsDocument(ours), sopsDocument(theirs)];
  return (
    own !== undefined && found !== undefined && isSameSecret(own, found) && further(own, found).length === 0
  );
}

function isSameSecret(
  { sops: own, ...ours }: SopsDocument,
  { sops: found, ...theirs }: SopsDocument,
): boolean {
  const readable = groupsNeeded(found) <= groupsNeeded(own);
  return readable && typeof own.mac === "string" && own.mac === found.mac && isDeepStrictEqual(ours, theirs);
}

/** Recipients of one that the other hasn't. */
function further(one: SopsDocument, other: SopsDocument): string[] {
  const known = documentRecipients(other.sops);
  return documentRecipients(one.sops).filter((recipient) => !known.includes(recipient));
}

function sopsDocument(text: Buffer | string | undefined): SopsDocument | undefined {
  if (text?.includes("\nsops:") !== true) return undefined;
  const document = parseDocument(text.toString());
  const content: unknown = document.errors.length === 0 ? document.toJS() : undefined;
  return isObject(content) && isObject(content.sops) ? (content as SopsDocument) : undefined;
}
