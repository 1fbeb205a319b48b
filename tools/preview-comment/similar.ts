import { basename } from "node:path/posix";
import type { ChangedFile } from "./findings";
import { isBinary } from "./visible";

/** Git looks no further among more files, and takes two for one that moved when half of it stays. */
const [MOST, LEAST] = [100, 0.5];
/** Less has too little in it to be told from other files. */
const SMALL = 64;

/** Files that go, each with the one that comes and has the most of its text; the likest pairs first. Pure. */
export function similar(files: readonly ChangedFile[]): ReadonlyMap<ChangedFile, ChangedFile> {
  const gone = files.filter((one) => one.after === undefined && isText(one.kind, one.before));
  const come = files.filter((one) => one.before === undefined && isText(one.kind, one.after));
  if (gone.length > MOST || come.length > MOST) return new Map();
  const pairs = gone
    .flatMap((from) => come.map((to) => ({ from, to, share: share(from.before ?? "", to.after ?? "") })))
    .filter(({ share }) => share >= LEAST)
    .sort((a, b) => b.share - a.share || Number(isSameName(b)) - Number(isSameName(a)));
  const found = new Map<ChangedFile, ChangedFile>();
  const taken = new Set<ChangedFile>();
  for (const { from, to } of pairs) {
    if (found.has(from) || taken.has(to)) continue;
    found.set(from, to);
    taken.add(to);
  }
  return found;
}

const isSameName = ({ from, to }: { readonly from: ChangedFile; readonly to: ChangedFile }): boolean =>
  basename(from.path) === basename(to.path);

function isText(kind: ChangedFile["kind"], text = ""): boolean {
  return kind !== "generated" && text.length >= SMALL && !isBinary(text);
}

/** How much of the longer text is in lines that both have. */
function share(one: string, other: string): number {
  const longer = Math.max(one.length, other.length);
  if (Math.min(one.length, other.length) / longer < LEAST) return 0;
  const left = new Map<string, number>();
  for (const line of one.split("\n")) left.set(line, (left.get(line) ?? 0) + 1);
  let common = 0;
  for (const line of other.split("\n")) {
    const count = left.get(line) ?? 0;
    if (count === 0) continue;
    left.set(line, count - 1);
    common += line.length + 1;
  }
  return common / longer;
}
