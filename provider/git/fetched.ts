import type { History, LoggedCommit, TreeEntry } from "./branch";
import type { Git } from "./git";

/** The history of a commit that a repository on this machine has, back to another one. */
export async function fetchedHistory(
  git: Git,
  folder: string,
  from: string,
  until: string | undefined,
): Promise<History> {
  const list = async (...range: readonly string[]): Promise<LoggedCommit[]> => {
    const args = ["log", "-z", "--format=%H %P%n%an <%ae>%n%B", "--end-of-options", from, ...range, "--"];
    const output = (await git.local(args, { cwd: folder })).toString("utf8");
    return output.split("\0").flatMap((text) => {
      const [ids = "", author = "", ...message] = text.split("\n");
      const [commit = "", ...parents] = ids.split(" ").filter((id) => id !== "");
      return commit === "" ? [] : [{ commit, parents, author, message: message.join("\n") }];
    });
  };
  const commits = await list();
  if (until !== undefined && commits.some(({ commit }) => commit === until))
    return { commits: await list(`^${until}`), complete: true };
  const shallow = await git.local(["rev-parse", "--is-shallow-repository"], { cwd: folder });
  return { commits, complete: shallow.toString("utf8").trim() === "false" };
}

/** The files of a commit that the repository of the operation has. */
export async function fetchedTree(git: Git, commit: string): Promise<Map<string, TreeEntry>> {
  const output = await git.local(["ls-tree", "-r", "-z", "--full-tree", commit]);
  const tree = new Map<string, TreeEntry>();
  for (const line of output.toString("utf8").split("\0")) {
    const match = /^(\d+) \w+ ([0-9a-f]+)\t([^]*)$/.exec(line);
    if (match !== null) tree.set(match[3] ?? "", { mode: match[1] ?? "", oid: match[2] ?? "" });
  }
  return tree;
}
