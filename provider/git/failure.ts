import { addressFault } from "../../manifests/git/address";
import { branchFault } from "../../manifests/git/branch-name";

/** Why git stopped: retried when another writer was faster or the network failed, told to the user otherwise. */
export interface GitFailure {
  readonly kind: "race" | "network" | "refused";
  readonly message: string;
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

/** Words of a server (or of the client's own check) that mean: somebody else moved the branch. */
const RACE =
  /non-fast-forward|fetch first|cannot lock ref|incorrect old value provided|failed to update ref|reference already exists/i;

const NETWORK =
  /could not resolve host|failed to connect|no route to host|connection (refused|reset|timed out|closed)|operation (timed out|too slow)|empty reply from server|transfer closed with|unexpected eof|was not closed cleanly|not responding|the remote end hung up|early EOF|unexpected disconnect|RPC failed|returned error: (408|429|5\d\d)|gnutls|SSL_ERROR_SYSCALL|network is unreachable|broken pipe/i;

/** A branch that takes no direct pushes; other words of the server may sound like a race or a missing right. */
const PROTECTED = /protected branch|GH006|GH013|repository rule violations|hook declined/i;

/** What git does when it only reads. */
export const READING = "reading from";

const MAY_NOT_WRITE =
  "the credential may read this repository but not write to it. Give the deploy key or token write access to its contents";

/** Advice by the words of the refusal; the first that matches counts. */
const ADVICE: readonly (readonly [RegExp, string])[] = [
  [
    /host key verification failed|no .* host key is known|remote host identification has changed/i,
    "the host's key is not in the given known_hosts. Compare it with the fingerprints that the host publishes, then put its line into the setting `auth.ssh.knownHosts`",
  ],
  [
    /permission denied \(publickey|load key|invalid format|incorrect passphrase/i,
    "the host doesn't accept the SSH key. Check `auth.ssh.privateKey` (and its passphrase), and that the public key is a deploy key of this repository with write access",
  ],
  [
    /proxy[^]*\b407\b|\b407\b[^]*proxy|returned error: 407/i,
    "the proxy doesn't take its credentials. Check `auth.proxy`",
  ],
  [
    /authentication failed|could not read (username|password)|invalid (username|credentials)|returned error: 401/i,
    "the host doesn't accept the user name and password or token. Check `auth`, and whether the token has expired",
  ],
  [
    /quota|allocated storage|no space left|disk full|file too large|file size limit|maximum allowed size/i,
    "the host has no room left for this repository, or for a push of this size",
  ],
  [
    /archived|mirror|read-only GitLab/i,
    "the repository takes no pushes. Hand off to the repository that this one mirrors, or have it unarchived",
  ],
  [
    PROTECTED,
    "the branch doesn't take direct pushes. Allow this identity to push, or hand off by a pull request (setting `pullRequest`)",
  ],
  [
    /returned error: 403|write access|read[- ]only|not allowed to push|not authorized to write|denied to|deploy key/i,
    MAY_NOT_WRITE,
  ],
  [
    /repository .*not found|could not be found|cannot find repository|does not appear to be a git repository|returned error: 404/i,
    "there is no such repository, or the credential can't see it. Check the URL; the repository must exist",
  ],
  [
    /certificate/i,
    "the host's TLS certificate isn't trusted. For a private authority give its certificate in `auth.ca`",
  ],
];

const MAY_NOT_READ =
  "the credential may not read this repository. Give the deploy key or token access to it; an organization with single sign-on has to allow the token, too";

/** Classifies what git wrote to standard error when `action` on `url` failed. */
export function explainFailure(action: string, url: string, stderr: string): GitFailure {
  const words = stderr
    .split("\n")
    .map((line) => line.replace(/^((remote|fatal|error|warning):\s*)+/i, "").trim())
    .filter(
      (line) =>
        !/^[@=]*$/.test(line) && !/^(hint:|To |Please make sure|and the repository exists)/.test(line),
    )
    .join("; ");
  // A repository may be named "certificates" or "mirror".
  const said = stderr.replaceAll(url.replace(/\/\/[^/@]+@/, "//"), "");
  const [, advised] = ADVICE.find(([pattern]) => pattern.test(said)) ?? [];
  const refusal = advised === MAY_NOT_WRITE && action === READING ? MAY_NOT_READ : advised;
  // A server that refuses may hang up too, which alone would look like the network's fault.
  const network = refusal === undefined && NETWORK.test(said);
  const advice = network
    ? "the host can't be reached. Check the address and the network, then run the same command again"
    : refusal;
  const message = `${action} ${url} failed: ${words === "" ? "git said nothing" : words}${advice === undefined ? "" : `\n→ ${advice}.`}`;
  if (RACE.test(said) && !PROTECTED.test(said)) return { kind: "race", message };
  return { kind: network ? "network" : "refused", message };
}
