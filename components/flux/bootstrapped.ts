import * as pulumi from "@pulumi/pulumi";
import { readBlob } from "../../cache/blobs";
import { DEFAULT_COMPONENTS, type InstallOptions } from "../../manifests/flux/install-manifests";
import { bootstrapLayout } from "../../manifests/flux/layout";
import { type Difference, readInstall, readSync, settle } from "../../manifests/flux/read-bootstrap";
import { syncManifest, type SyncOptions } from "../../manifests/flux/sync-manifest";
import type { CommitMode } from "../../manifests/git/commit-mode";
import type { GitAuth } from "../../manifests/git/auth";
import type { Files } from "../../manifests/files";
import { componentsDigest, type ReleaseOptions } from "./release";

/** What a repository has of Flux. */
export interface Bootstrapped {
  /** SHA-256 of gotk-components.yaml, when Flux wrote it, see `storeBlob`. */
  readonly components?: string;
  /** Text of gotk-sync.yaml. */
  readonly sync?: string;
  /** The folder's kustomization.yaml and its patches, by path from the folder. */
  readonly files: Files;
}

export interface BootstrappedArgs {
  readonly url: string;
  readonly branch: string;
  /** Branch whose release is taken where that one isn't there yet. */
  readonly from?: string;
  readonly auth: pulumi.Input<GitAuth>;
  readonly path: string;
  /** @see FluxBootstrapArgs.gotkPath */
  readonly gotkPath?: string;
  readonly mode?: pulumi.Input<CommitMode>;
}

/**
 * What `flux bootstrap`, or an earlier `up`, has left in a repository: nothing for one without Flux. It is read before
 * the first resource is registered, in a preview too.
 */
export async function bootstrapped({ path, gotkPath, ...args }: BootstrappedArgs): Promise<Bootstrapped> {
  const layout = bootstrapLayout(path, gotkPath);
  const inputs = { ...args, path: layout.path, gotkPath: layout.gotkPath };
  const found = (await pulumi.runtime.invoke("handoff:flux:bootstrapped", inputs)) as Partial<Bootstrapped>;
  return { ...found, files: found.files ?? {} };
}

/** Components of a bootstrap: the repository's own, or those that the stack asks for. */
export interface SettledComponents {
  readonly version: string;
  /** SHA-256 of `gotk-components.yaml`. */
  readonly components: string;
  readonly installed: readonly string[];
  /** What the stack sets otherwise than the repository has it: `up` writes it. */
  readonly differences: readonly Difference[];
}

/**
 * The components for a repository. Where Flux is there already and nothing that the stack sets differs, they are the
 * repository's own, byte for byte, of whichever release; nothing is downloaded then. Else the file is made anew, with
 * the repository's options where the stack sets none.
 * @param explicit what the stack sets; an option that is left out is the repository's, then Flux's default
 * @param version release for a repository without Flux
 */
export async function settledComponents(
  explicit: Partial<ReleaseOptions>,
  found: Bootstrapped,
  version: string,
): Promise<SettledComponents> {
  const { manifests, manifestsDigest, ...flags } = explicit;
  const text = found.components === undefined ? undefined : readBlob(found.components);
  const theirs = text === undefined ? undefined : readInstall(text);
  const settled = theirs && settle(flags, theirs);
  if (found.components !== undefined && settled?.differences.length === 0) {
    const { options } = settled;
    return { ...options, components: found.components, installed: options.components, differences: [] };
  }
  const options: InstallOptions = settled?.options ?? {
    ...defined(flags),
    version: flags.version ?? version,
  };
  return {
    version: options.version,
    components: await componentsDigest({ ...options, ...defined({ manifests, manifestsDigest }) }),
    installed: [...(options.components ?? DEFAULT_COMPONENTS), ...(options.componentsExtra ?? [])],
    differences: settled?.differences ?? [],
  };
}

/**
 * The sync of a bootstrap: the repository's own text where it says what the stack says, else one of the repository's
 * options and the stack's.
 */
export function settledSync(
  explicit: SyncOptions,
  found: Bootstrapped | undefined,
): SyncOptions & { readonly text: string } {
  const theirs = found?.sync === undefined ? undefined : readSync(found.sync);
  const options = { ...theirs, ...defined(explicit) };
  if (theirs === undefined || found?.sync === undefined) return { ...options, text: syncManifest(options) };
  const same = syncManifest(spelledAs(options, theirs)) === syncManifest(theirs);
  return { ...options, text: same ? found.sync : syncManifest(options) };
}

/** With the repository's spelling of the same address. */
function spelledAs(options: SyncOptions, theirs: SyncOptions): SyncOptions {
  const plain = (url: string): string => url.replace(/(\.git)?\/*$/, "");
  return plain(options.url) === plain(theirs.url) ? { ...options, url: theirs.url } : options;
}

function defined<T extends object>(options: T): T {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as T;
}
