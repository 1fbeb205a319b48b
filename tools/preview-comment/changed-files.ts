import { fileDiff } from "./file-diff";
import type { ChangedFile } from "./findings";
import { generatedSummary } from "./generated";
import { code, count, html } from "./markdown";
import { similar } from "./similar";
import { isBinary } from "./visible";

/** One file that changes, or several that do so alike. */
export interface ShownFile {
  readonly paths: readonly string[];
  readonly title: string;
  /** Nothing for what is told by its title. */
  readonly body: string;
  /** Lines of all of them. */
  readonly added: number;
  readonly removed: number;
}

/** So many files that change by the same lines are shown as one. */
const ALIKE = 3;
/** Of which these are named. */
const NAMED = 50;

/** What one reads first: entries in files of others, ours, what is generated, and last what goes. Pure. */
export function shownFiles(files: readonly ChangedFile[]): ShownFile[] {
  const { moved, staying } = moves(files);
  const sorted = [...staying].sort((a, b) => rank(a) - rank(b));
  return [...alike(sorted.map((file) => ({ file, shown: shownFile(file) }))), ...moved];
}

function rank({ kind, after }: ChangedFile): number {
  return after === undefined ? 4 : ["entries", "own", "initial", "generated"].indexOf(kind);
}

/** Files that go, while the same text comes at another path, or much of it: as git follows them. */
function moves(files: readonly ChangedFile[]): { moved: ShownFile[]; staying: ChangedFile[] } {
  const moved = new Map<ChangedFile, ChangedFile>();
  const come = new Map<string, ChangedFile[]>();
  for (const file of files)
    if (file.before === undefined && file.after)
      come.set(file.after, [...(come.get(file.after) ?? []), file]);
  for (const file of files) {
    const to = file.after === undefined && file.before ? come.get(file.before)?.shift() : undefined;
    if (to !== undefined) moved.set(file, to);
  }
  const taken = new Set(moved.values());
  const rest = files.filter((file) => !moved.has(file) && !taken.has(file));
  for (const [from, to] of similar(rest)) moved.set(from, to);
  const targets = new Set(moved.values());
  return {
    staying: files.filter((file) => !moved.has(file) && !targets.has(file)),
    moved: [...moved].map(([from, to]) => movedFile(from, to)),
  };
}

function movedFile(from: ChangedFile, to: ChangedFile): ShownFile {
  const paths = [from.path, to.path];
  if (from.before === to.after) {
    const title = `${code(from.path)} → ${code(to.path)}: moved as it is`;
    return { ...{ paths, title, body: "" }, added: 0, removed: 0 };
  }
  const { lines, added, removed } = fileDiff(from.path, from.before, to.after, to.path);
  const names = paths.map((path) => `<code>${html(path)}</code>`).join(" → ");
  const title = `${names} moved and changed, ${plusMinus(added, removed)}`;
  return { ...{ paths, title, body: lines.join("\n") }, added, removed };
}

/** The same lines in many files once, with the names of the others below. */
function alike(all: readonly { readonly file: ChangedFile; readonly shown: ShownFile }[]): ShownFile[] {
  const keyOf = ({ file, shown }: (typeof all)[number]): string | undefined =>
    file.before === undefined || file.after === undefined || shown.body === ""
      ? undefined
      : shown.body
          .split("\n")
          .slice(2)
          .filter((line) => /^[-+]/.test(line))
          .join("\n");
  const groups = new Map<string, ShownFile[]>();
  for (const one of all) {
    const key = keyOf(one);
    if (key !== undefined) groups.set(key, [...(groups.get(key) ?? []), one.shown]);
  }
  return all.flatMap((one) => {
    const group = groups.get(keyOf(one) ?? "") ?? [];
    if (group.length < ALIKE) return [one.shown];
    return group[0] === one.shown ? [together(one.shown, group.slice(1))] : [];
  });
}

function together(first: ShownFile, others: readonly ShownFile[]): ShownFile {
  const paths = others.flatMap((one) => one.paths);
  const sum = (which: "added" | "removed"): number => first[which] * (others.length + 1);
  const [added, removed] = [sum("added"), sum("removed")];
  const more = paths.length > NAMED ? [`# and ${count(paths.length - NAMED, "further file")}`] : [];
  return {
    ...{ added, removed, paths: [...first.paths, ...paths] },
    title: `<code>${html(first.paths[0] ?? "")}</code> and <b>${count(paths.length, "further file")}</b> changed by the same lines, ${plusMinus(added, removed)}`,
    body: [
      first.body,
      "# the same lines in",
      ...paths.slice(0, NAMED).map((path) => `# ${path}`),
      ...more,
    ].join("\n"),
  };
}

function shownFile({ path, kind, before, after }: ChangedFile): ShownFile {
  const told = (what: string): ShownFile => ({
    paths: [path],
    title: `${code(path)}: ${what}`,
    ...{ body: "", added: 0, removed: 0 },
  });
  if (kind === "generated") return told(generatedSummary(before, after));
  if (before !== undefined && after !== undefined && isEncrypted(before) && isEncrypted(after))
    return told("encrypted anew");
  const verb = before === undefined ? "new" : after === undefined ? "<b>removed</b>" : "changed";
  if ([before, after].some((text) => text !== undefined && isBinary(text))) return told(`${verb}, no text`);
  const { lines, added, removed } = fileDiff(path, before, after);
  const whose =
    kind === "entries"
      ? ", entries of ours in a file of others"
      : kind === "initial"
        ? ", yours from then on"
        : "";
  const title = `<code>${html(path)}</code> ${verb}${whose}, ${plusMinus(added, removed)}`;
  return { paths: [path], title, body: lines.join("\n"), added, removed };
}

export const plusMinus = (added: number, removed: number): string =>
  `+${added.toLocaleString("en-US")} −${removed.toLocaleString("en-US")} lines`;

function isEncrypted(text: string): boolean {
  return /^sops:$/m.test(text) && text.includes("ENC[AES256_GCM");
}
