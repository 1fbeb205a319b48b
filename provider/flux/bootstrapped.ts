import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { cacheFolder, sha256, storeBlob } from "../../cache/blobs";
import { isPlaceholder, readInstall } from "../../manifests/flux/read-bootstrap";
import { hasUnknown, type Props, UserError } from "../plugin/handler";
import { githubApiOf } from "../git/commit-inputs";
import type { Branch, Head } from "../git/branch";
import { GitError } from "../git/failure";
import { refuseOther } from "./other-bootstrap";
import { GitHubBranch } from "../git/github-branch";
import { RemoteBranch } from "../git/repository";
import type { CommitMode } from "../../manifests/git/commit-mode";
import type { GitAuth } from "../../manifests/git/auth";

interface Inputs {
  readonly url: string;
  readonly branch: string;
  /** Branch whose release is taken where that one isn't there yet. */
  readonly from?: string;
  readonly auth: GitAuth;
  readonly mode?: CommitMode;
  /** Folder that Flux's root reads, from the repository's root. */
  readonly path?: string;
  /** Folder of gotk-components.yaml, from the repository's root. */
  readonly gotkPath: string;
}

/** What a repository has of Flux. */
interface Found {
  /** SHA-256 of gotk-components.yaml, its text in the cache. */
  readonly components?: string;
  /** Text of gotk-sync.yaml. */
  readonly sync?: string;
  /** The folder's kustomization.yaml and what stands beside it, by path from the folder. */
  readonly files: Readonly<Record<string, string>>;
}

const NOTHING: Found = { files: {} };

/** Patches are short; a folder with more than these holds something else, too. */
const LIMIT = { files: 200, bytes: 256 * 1024 };

/**
 * Reads what a repository was bootstrapped with. One short question where the head is the one of the last time: the
 * answer is kept by commit.
 * @throws UserError when the repository can't be read, or has a Flux for this folder that can't be led as the stack says
 */
export async function bootstrappedHandler(args: Props): Promise<Props> {
  const inputs = args as unknown as Inputs;
  if (hasUnknown([inputs.auth, inputs.mode])) return { files: {} };
  const { url, branch, from, auth } = inputs;
  const mode = githubApiOf(inputs);
  const read = (it: Branch): Promise<Found> => foundOn(it, inputs);
  const readStart = (it: Branch): Promise<Found> => foundOn(it, { ...inputs, path: undefined });
  try {
    const found =
      mode === undefined
        ? await RemoteBranch.use({ url, branch, auth }, read)
        : await GitHubBranch.use({ url, branch, auth, mode }, read);
    if (found !== NOTHING || from === undefined) return { ...found };
    // A branch that isn't there yet gets the release of the one that it begins at, and nothing that others have there.
    const { components } = await RemoteBranch.use({ url, branch: from, auth }, readStart);
    return { ...NOTHING, ...(components !== undefined && { components }) };
  } catch (error) {
    throw error instanceof GitError ? new UserError(error.message) : error;
  }
}

async function foundOn(branch: Branch, { path, gotkPath }: Inputs): Promise<Found> {
  const latest = await branch.latest();
  if (latest === undefined) return NOTHING;
  const kept = cacheFolder("bootstrapped", sha256([branch.url, gotkPath, path ?? "", latest].join("\n")));
  if (existsSync(kept)) {
    const found = JSON.parse(readFileSync(kept, "utf8")) as Found;
    if (found.components === undefined || existsSync(cacheFolder("blobs", found.components))) return found;
  }
  const head = await branch.fetch();
  await refuseOther(branch, head, gotkPath, path);
  const found = await read(branch, head, gotkPath);
  mkdirSync(cacheFolder("bootstrapped"), { recursive: true });
  writeFileSync(kept, JSON.stringify(found), { mode: 0o600 });
  return found;
}

async function read(branch: Branch, { tree }: Head, folder: string): Promise<Found> {
  const prefix = folder === "" ? "" : `${folder}/`;
  const files = [...tree].filter(([path, { mode }]) => path.startsWith(prefix) && mode.startsWith("100"));
  const names = files.map(([path, { oid }]) => ({ name: path.slice(prefix.length), oid }));
  const wanted = names.filter(({ name }) => /^gotk-(components|sync)\.yaml$/.test(name));
  const overlay = names.filter(({ name }) => /\.(ya?ml|json|env|properties|patch)$/.test(name));
  const few = overlay.length <= LIMIT.files ? overlay : overlay.filter(({ name }) => !name.includes("/"));
  const contents = await branch.read([...wanted, ...few].map(({ oid }) => oid));
  const texts = new Map(
    [...wanted, ...few].map(({ name, oid }) => [name, contents.get(oid)?.toString("utf8") ?? ""]),
  );
  const components = texts.get("gotk-components.yaml") ?? "";
  const sync = texts.get("gotk-sync.yaml") ?? "";
  return {
    ...(readInstall(components) !== undefined && { components: storeBlob(components) }),
    ...(!isPlaceholder(sync) && { sync }),
    files: overlayOf(texts),
  };
}

/**
 * The kustomization.yaml, and what it may name: state isn't the place for others' files. One that doesn't list Flux's
 * components patches none of them.
 */
function overlayOf(texts: ReadonlyMap<string, string>): Found["files"] {
  const config = texts.get("kustomization.yaml");
  if (config?.includes("gotk-components.yaml") !== true) return {};
  return Object.fromEntries(
    [...texts].filter(
      ([name, text]) =>
        name === "kustomization.yaml" ||
        (!/^gotk-(components|sync)/.test(name) &&
          text.length <= LIMIT.bytes &&
          config.includes(name.split("/")[0] ?? name)),
    ),
  );
}
