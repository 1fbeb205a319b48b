import { plusMinus, shownFiles } from "./changed-files";
import type { Proposed } from "./findings";
import { type Block, code, count, fenced, fixed, folded, several } from "./markdown";
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
  const shown = shownFiles(files);
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
    const paths = rest.flatMap((one) => one.paths);
    return `**${count(paths.length, "further file")}** left out here, ${plusMinus(sum("added"), sum("removed"))}: ${folders(paths)}.`;
  });
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
  const more = sorted.length > FOLDERS ? ` and ${count(sorted.length - FOLDERS, "further folder")}` : "";
  const named = sorted
    .slice(0, FOLDERS)
    .map(([folder, number]) => `${number.toLocaleString("en-US")} in ${code(`${folder}/`)}`);
  return `${named.join(", ")}${more}`;
}
