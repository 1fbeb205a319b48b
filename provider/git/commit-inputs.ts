import { isDeepStrictEqual } from "node:util";
import type { Props, State } from "../plugin/handler";
import { readBlob } from "../../cache/blobs";
import type { Former } from "./kept-files";
import { Desired, NOTHING_OWNED, Owned } from "./ownership";
import type { Signature } from "./fast-import";
import type { Target } from "../live/examine";
import type { GitAuth } from "../../manifests/git/auth";
import type { Edit } from "../../manifests/git/edits";
import type { Beginning } from "../../manifests/git/beginning";
import type { KeptFields } from "../../manifests/git/kept-fields";
import type { CommitMode, GitHubApiMode, PullRequestMode } from "../../manifests/git/commit-mode";
import type { Protection } from "../../manifests/git/protection";
import type { FormerPlace } from "../../manifests/git/former-place";
import type { CommitSigning } from "../../manifests/git/signing";

/** Inputs of a `GitCommit` as the engine hands them over. */
export interface Inputs {
  readonly url: string;
  readonly branch: string;
  readonly from?: Beginning;
  readonly auth: GitAuth;
  readonly files: Readonly<Record<string, string>>;
  readonly digests: Readonly<Record<string, string>>;
  readonly initialFiles: Readonly<Record<string, string>>;
  readonly edits: Readonly<Record<string, readonly Edit[]>>;
  readonly keep?: KeptFields;
  readonly message: string;
  readonly subject?: "message" | "changes";
  readonly trailers?: Readonly<Record<string, string>>;
  readonly author: Signature;
  readonly signing?: CommitSigning;
  readonly adopt: boolean;
  readonly mode?: CommitMode;
  readonly awaits?: readonly string[];
  readonly retain?: readonly string[];
  readonly protect?: Protection;
  readonly cluster?: Target;
  readonly formerPlace?: FormerPlace;
}

/** What is kept in state beside the inputs. */
export interface Outputs {
  readonly commit: string;
  readonly revision: string;
  readonly changed: readonly string[];
  readonly kept: readonly string[];
  readonly owned: Owned;
  /** False while a pull request waits, or the commit for other ones. */
  readonly merged: boolean;
  readonly pullRequest?: string;
  /** The branch's head that `owned` was last compared with. */
  readonly seen?: string;
  /** The head from which on others may have taken over what is ours; undefined: the branch's first commit. */
  readonly since?: string;
  /** Which state this is, see mark.ts; none where an earlier version made it. */
  readonly mark?: string;
  /** The commit that the branch begins at, where this hand-off made it. */
  readonly begun?: string;
  /** What a waiting pull request holds: what will be ours, its commit, and the base's head that it was made for. */
  readonly proposed?: { readonly owned: Owned; readonly commit: string; readonly base: string };
  /** What the branch has of ours while something waits: of the files with kept fields, which it takes to know them. */
  readonly former?: Former;
}

/** Inputs that say what the branch must contain; the others only say how to get it there. */
const CONTENT = ["url", "branch", "files", "digests", "initialFiles", "edits", "keep"] as const;

/** True when there is nothing to commit: a new credential, key or message alone is none. */
export function sameContent(olds: Props, news: Props): boolean {
  return (
    CONTENT.every((name) => isDeepStrictEqual(olds[name], news[name])) &&
    requestOf(olds)?.branch === requestOf(news)?.branch
  );
}

/** True when the state is of the repository and branch that are written to now. Another one is planned afresh. */
export function isAtPlace(
  olds: State,
  { url, branch }: { readonly url?: unknown; readonly branch?: unknown },
): boolean {
  return olds.inputs.url === url && olds.inputs.branch === branch;
}

export function requestOf({ mode }: { readonly mode?: unknown }): PullRequestMode | undefined {
  return (mode as { readonly pullRequest?: PullRequestMode } | undefined)?.pullRequest;
}

export function githubApiOf({ mode }: { readonly mode?: unknown }): GitHubApiMode | undefined {
  return (mode as { readonly githubApi?: GitHubApiMode } | undefined)?.githubApi;
}

export function desiredOf(inputs: Inputs): Desired {
  const texts = ([path, text]: [string, string]) => [path, Buffer.from(text, "utf8")] as const;
  return {
    files: new Map([
      ...Object.entries(inputs.files).map(texts),
      ...Object.entries(inputs.digests).map(([path, digest]) => texts([path, readBlob(digest)])),
    ]),
    initialFiles: new Map(Object.entries(inputs.initialFiles).map(texts)),
    edits: new Map(Object.entries(inputs.edits)),
    adopt: inputs.adopt,
  };
}

export function ownedOf(olds: State | undefined): Owned {
  return outputsOf(olds)?.owned ?? NOTHING_OWNED;
}

/**
 * Outputs as the state has them: the files that are ours are one text. As a map of thousands of values they cost the
 * engine more than all else that it does in an `up` without a change, and nobody is shown them.
 */
export function stored(outputs: Partial<Outputs>): Props {
  const { owned, proposed } = outputs;
  const asText = ({ files, ...rest }: Owned): object => ({ ...rest, files: JSON.stringify(files) });
  return {
    ...outputs,
    ...(owned !== undefined && { owned: asText(owned) }),
    ...(proposed !== undefined && { proposed: { ...proposed, owned: asText(proposed.owned) } }),
  };
}

/** What {@link stored} made of outputs; earlier states have the map itself. */
export function outputsOf(olds: State | undefined): Outputs | undefined {
  if (olds === undefined) return undefined;
  const outputs = olds.outputs as unknown as Outputs;
  const { owned, proposed } = outputs as Partial<Outputs>;
  const read = ({ files, ...rest }: Owned): Owned => ({
    ...rest,
    files: typeof files === "string" ? (JSON.parse(files) as Owned["files"]) : files,
  });
  return {
    ...outputs,
    ...(owned !== undefined && { owned: read(owned) }),
    ...(proposed !== undefined && { proposed: { ...proposed, owned: read(proposed.owned) } }),
  };
}

/** What was handed off the last time, and what the branch has while that waits. */
export function formersOf(olds: State | undefined): readonly Former[] {
  const { files = {}, keep = {} } = (olds?.inputs ?? {}) as Partial<Inputs>;
  const { former } = (olds?.outputs ?? {}) as Partial<Outputs>;
  return [{ files, keep }, ...(former === undefined ? [] : [former])];
}
