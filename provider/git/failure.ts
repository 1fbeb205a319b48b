import { addressFault } from "../../manifests/git/address";
import { branchFault } from "../../manifests/git/branch-name";

/** Why git stopped: retried when another writer was faster or the network failed, told to the user otherwise. */
export interface GitFailure {
  readonly kind: "race" | "network" | "refused";
  readonly message: string;
  /** Of a push: the commit that the branch was to be at. Where it is elsewhere by now, somebody was faster. */
  readonly parent?: { readonly commit: string | undefined };
  /** True when the words are known to be of something else than a race. */
  readonly known?: boolean;
}

/** Raised for a failure of git, with what it means. */
export class GitError extends Error {
  override readonly name = "GitError";
  constructor(readonly failure: GitFailure) {
    super(failure.message);
  }
}

/**
 * Before the address and the branch come near git, also where no `GitCommit` has checked them.
 * @throws GitError that repeats neither: an address may hold a credential
 */
export function checkPlace({ url, branch }: { readonly url: string; readonly branch: string }): void {
  const address = addressFault(url);
  const name = branchFault(branch);
  const faults = [
    ...(address === undefined ? [] : [`the repository's address can't be used: ${address}`]),
    ...(name === undefined ? [] : [`the branch's name can't be used: ${name}`]),
  ];
  if (faults.length > 0) throw new GitError({ kind: "refused", message: faults.join("\n") });
}

export function noBranch(url: string, branch: string, branches: readonly string[]): GitError {
  return new GitError({
    kind: "refused",
    message:
      `${url} has no branch '${branch}'; it has ${branches.join(", ")}.\n` +
      "→ Name one of these in the setting `branch`, or create the branch first.",
  });
}

/** @param reason why that doesn't do */
export function emptyRepository(url: string, reason: string): GitError {
  return new GitError({
    kind: "refused",
    message: `${url} is empty: ${reason}\n→ Push a first commit, such as a README.`,
  });
}

/** What git does when it only reads. */
export const READING = "reading from";

/** Words of a host that gives out what a branch or tag is at and nothing else; JGit's are the last. */
export function isUnadvertised(words: string): boolean {
  return /unadvertised object|not our ref|want [0-9a-f]{40} not valid/i.test(words);
}

/** Words of git about a repository with object ids of another length. */
export function isOtherHash(words: string): boolean {
  return /mismatched algorithms|does not support this repository's hash algorithm|unknown object format/i.test(
    words,
  );
}

export function otherHash(url: string): GitError {
  return new GitError({
    kind: "refused",
    known: true,
    message:
      `${url} is a repository with SHA-256 object ids, which this program doesn't write to, nor Flux read\n` +
      "→ Hand off to one with SHA-1 object ids, which is what `git init` and every host make unless asked otherwise.",
  });
}
