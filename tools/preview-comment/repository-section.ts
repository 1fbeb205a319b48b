import { fileDiff } from "./file-diff";
import type { ChangedFile, Proposed } from "./findings";
import { generatedSummary } from "./generated";
import { type Block, code, count, fenced, fixed, folded, html, several } from "./markdown";
import { IMPORTANCE, section, type Section } from "./section";

/** Files whose diffs are shown unfolded, when they are no more lines than this. */
const OPEN = 80;
/** Folders that are named for files that are left out. */
const FOLDERS = 6;
/** Commits of others that are named. */
const NAMED = 5;

/** What a commit would change in a repository, file by file against its head. Pure. */
export function repositorySection(proposed: Proposed): Section {
  const { files, unknown, kept, left } = proposed;
  const shown = [...files].sort((a, b) => rank(a) - rank(b)).map(shownFile);
  const lines = shown.reduce((sum, { added, removed }) => sum + added + removed, 0);
  const before = [heading(proposed), ...others(proposed)].join("\n\n");
  const after = [
    ...(unknown.length === 0 ? [] : [`Only \`up\` knows the text of ${several(unknown, 10)}.`]),
    ...(kept.length === 0 ? [] : [`Kept as others set it: ${several(kept, 10)}.`]),
    ...(left.length === 0 ? [] : [`Stays, since somebody else took it over: ${several(left, 10)}.`]),
  ].join("\n\n");
  const blocks = shown.map(({ title, body }): Block =>
    body === "" ? fixed(`- ${title}`) : folded(title, fenced("diff", body), lines <= OPEN),
  );
  return section(IMPORTANCE.files, { before, blocks, after }, (indices) => {
    const rest = indices.flatMap((index) => shown[index] ?? []);
    const sum = (which: "added" | "removed"): number => rest.reduce((all, one) => all + one[which], 0);
    return `**${count(rest.length, "further file")}** left out here, ${plusMinus(sum("added"), sum("removed"))}: ${folders(rest.map(({ path }) => path))}.`;
  });
}

/** What one reads first: entries in files of others, then ours, and last what is generated. */
function rank({ kind }: ChangedFile): number {
  return ["entries", "own", "initial", "generated"].indexOf(kind);
}

function heading({ url, branch, head, basis, files, conflicts }: Proposed): string {
  const planned =
    conflicts.length > 0 ? "no commit" : files.length === 0 ? "no file" : count(files.length, "file");
  const on =
    basis === "state"
      ? "against the stack's state, not the repository"
      : head === undefined
        ? "an empty repository"
        : `on ${code(head.slice(0, 12))}`;
  return `**${code(branch)} of ${code(url)}**, ${on}: ${planned}`;
}

function others({ others: { commits, complete }, branch }: Proposed): string[] {
  if (commits.length === 0) return [];
  const lines = commits
    .slice(0, NAMED)
    .map(
      ({ commit, message, author }) =>
        `- ${code(commit.slice(0, 12))} ${code(message.split("\n")[0] ?? "")}${author === undefined ? "" : ` by ${code(author.replace(/ <.*/, ""))}`}`,
    );
  const number = complete ? count(commits.length, "commit") : `More than ${count(commits.length, "commit")}`;
  const more =
    commits.length > NAMED
      ? [`- and ${String(commits.length - NAMED)}${complete ? "" : " or more"} older ones`]
      : [];
  return [
    [`${number} on ${code(branch)} that the stack's state doesn't know:`, ...lines, ...more].join("\n"),
  ];
}

interface Shown {
  readonly path: string;
  readonly title: string;
  /** Nothing for what is told by its title. */
  readonly body: string;
  readonly added: number;
  readonly removed: number;
}

function shownFile({ path, kind, before, after }: ChangedFile): Shown {
  const verb = before === undefined ? "new" : after === undefined ? "<b>removed</b>" : "changed";
  if (kind === "generated")
    return {
      path,
      title: `${code(path)}: ${generatedSummary(before, after)}`,
      body: "",
      added: 0,
      removed: 0,
    };
  if (before !== undefined && after !== undefined && isEncrypted(before) && isEncrypted(after))
    return { path, title: `${code(path)}: encrypted anew`, body: "", added: 0, removed: 0 };
  const { lines, added, removed } = fileDiff(path, before, after);
  const whose =
    kind === "entries"
      ? ", entries of ours in a file of others"
      : kind === "initial"
        ? ", yours from then on"
        : "";
  const title = `<code>${html(path)}</code> ${verb}${whose}, ${plusMinus(added, removed)}`;
  return { path, title, body: lines.join("\n"), added, removed };
}

const plusMinus = (added: number, removed: number): string =>
  `+${added.toLocaleString("en-US")} −${removed.toLocaleString("en-US")} lines`;

function isEncrypted(text: string): boolean {
  return /^sops:$/m.test(text) && text.includes("ENC[AES256_GCM");
}

/** How many files are in which folders, the fullest first: as deep as these are few. */
function folders(paths: readonly string[]): string {
  const at = (depth: number): ReadonlyMap<string, number> => {
    const counts = new Map<string, number>();
    for (const path of paths) {
      const folder = path.split("/").slice(0, -1).slice(0, depth).join("/") || ".";
      counts.set(folder, (counts.get(folder) ?? 0) + 1);
    }
    return counts;
  };
  const counts = [3, 2].map(at).find(({ size }) => size <= FOLDERS) ?? at(1);
  const sorted = [...counts].sort(([, a], [, b]) => b - a);
  const more = sorted.length > FOLDERS ? ` and ${String(sorted.length - FOLDERS)} further folders` : "";
  const named = sorted
    .slice(0, FOLDERS)
    .map(([folder, number]) => `${number.toLocaleString("en-US")} in ${code(`${folder}/`)}`);
  return `${named.join(", ")}${more}`;
}
