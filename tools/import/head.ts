import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { didYouMean } from "../../manifests/nearest";
import { UserError } from "../../provider/plugin/handler";
import { withoutSignIns } from "../../provider/http/printable";

/** The commit that is read of a clone. */
export interface Head {
  readonly commit: string;
  /** Undefined where a commit alone is checked out. */
  readonly branch?: string;
  /** @see Repository.notes */
  readonly notes: readonly string[];
}

/**
 * The head of a branch, of the clone itself or as it was last fetched; without one, what is checked out.
 * @throws UserError when that isn't there
 */
export async function headOf(folder: string, wanted?: string): Promise<Head> {
  const bare = await git(folder, ["rev-parse", "--is-bare-repository"]).catch((error: unknown) => {
    if (!(error instanceof UserError) || !/not a git repository/.test(error.message)) throw error;
    throw new UserError(`${folder} is no clone of a repository\n→ Give the folder of one, or its address.`);
  });
  const branch = wanted ?? (await maybe(folder, ["symbolic-ref", "--quiet", "--short", "HEAD"]));
  const own = branch === undefined ? "HEAD" : `refs/heads/${branch}`;
  const ours = await commitAt(folder, own);
  // origin/HEAD only refers to another one.
  const theirs =
    branch === undefined || branch === "HEAD"
      ? undefined
      : await commitAt(folder, `refs/remotes/origin/${branch}`);
  const commit = ours ?? theirs;
  if (commit === undefined) throw new UserError(await missing(folder, wanted));
  const checkedOut = wanted === undefined && bare.trim() === "false";
  const notes = [
    ...(checkedOut ? await uncommitted(folder) : []),
    ...(ours !== undefined && theirs !== undefined ? await apart(folder, ours, theirs, branch ?? "") : []),
  ];
  return { commit, branch, notes };
}

async function commitAt(folder: string, ref: string): Promise<string | undefined> {
  return await maybe(folder, ["rev-parse", "--verify", "--quiet", "--end-of-options", `${ref}^{commit}`]);
}

async function missing(folder: string, wanted: string | undefined): Promise<string> {
  const listed = await git(folder, [
    "for-each-ref",
    "--format=%(refname)",
    "refs/heads",
    "refs/remotes/origin",
  ]);
  const names = new Set(
    listed
      .split("\n")
      .map((ref) => ref.replace(/^refs\/(heads|remotes\/origin)\//, ""))
      .filter((name) => name !== "" && name !== "HEAD"),
  );
  if (wanted === undefined || names.size === 0)
    return "the repository has no commit yet: Flux wasn't bootstrapped from it\n→ `npm run init` makes a stack that bootstraps it.";
  const shown = [...names].slice(0, 10).join(", ");
  const others = names.size > 10 ? ", …" : "";
  const meant = didYouMean(wanted, names);
  return `--branch: found ${JSON.stringify(wanted)}; allowed: one of ${shown}${others}${meant === undefined ? "" : `. ${meant}`}`;
}

async function uncommitted(folder: string): Promise<string[]> {
  const lines = (await git(folder, ["status", "--porcelain", "--untracked-files=normal"])).split("\n");
  const count = lines.filter((line) => line !== "").length;
  if (count === 0) return [];
  return [
    `${count === 1 ? "a file of the clone isn't" : `${String(count)} files of the clone aren't`} committed as it is there: what is committed is read`,
  ];
}

async function apart(folder: string, ours: string, theirs: string, branch: string): Promise<string[]> {
  const counts = await git(folder, ["rev-list", "--left-right", "--count", `${ours}...${theirs}`]);
  const [ahead = 0, behind = 0] = counts.trim().split(/\s+/).map(Number);
  const commits = (count: number): string => (count === 1 ? "1 commit" : `${String(count)} commits`);
  return [
    ...(behind > 0
      ? [
          `the clone is ${commits(behind)} behind origin/${branch}, which Flux has already: \`git pull\`, then again`,
        ]
      : []),
    ...(ahead > 0
      ? [
          `${commits(ahead)} of the clone ${ahead === 1 ? "isn't" : "aren't"} pushed: Flux doesn't see ${ahead === 1 ? "it" : "them"}`,
        ]
      : []),
  ];
}

/** What git prints; undefined when it fails, or prints nothing. */
async function maybe(folder: string, args: readonly string[]): Promise<string | undefined> {
  const words = (await git(folder, args).catch(() => "")).trim();
  return words === "" ? undefined : words;
}

/** Runs git with the user's own configuration. @throws UserError with its words, without a credential */
export async function git(folder: string, args: readonly string[]): Promise<string> {
  try {
    const env = { ...process.env, LC_ALL: "C", ...(process.stdin.isTTY ? {} : { GIT_TERMINAL_PROMPT: "0" }) };
    const options = { cwd: folder, env, maxBuffer: 1 << 30 };
    return (await promisify(execFile)("git", [...args], options)).stdout;
  } catch (error) {
    const { code, stderr = "" } = error as { readonly code?: string | number; readonly stderr?: string };
    if (code === "ENOENT")
      throw new UserError("the program git wasn't found\n→ Install it: https://git-scm.com");
    const words = withoutSignIns(stderr.trim());
    throw new UserError(`\`git ${args[0] ?? ""}\` failed: ${words}`);
  }
}
