import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { cacheFolder, readBlob, sha256, storeBlob } from "../../cache/blobs";
import {
  checkComponents,
  installManifests,
  InstallOptions,
  ReleaseManifests,
} from "../../manifests/flux/install-manifests";

const RELEASES = "https://github.com/fluxcd/flux2/releases/download";
const ARCHIVE = "manifests.tar.gz";

export interface ReleaseOptions extends InstallOptions {
  /** Folder with the files of the release's `manifests.tar.gz`, for machines without the internet. */
  readonly manifests?: string;
  /** SHA-256 of `manifests.tar.gz`, as `sha256:<hex>`; without it the release's own checksum file counts. */
  readonly manifestsDigest?: string;
}

/**
 * SHA-256 of `gotk-components.yaml` for these options, its text kept by `storeBlob`. The release is downloaded once
 * per version, checked, and kept in the cache: a preview on the same machine needs no network.
 * @param releases where Flux's releases are.
 * @throws Error that says what couldn't be had and what to do.
 */
export async function componentsDigest(options: ReleaseOptions, releases = RELEASES): Promise<string> {
  checkComponents(options);
  const release = await releaseManifests(options, releases);
  const install: InstallOptions = {
    ...options,
    manifests: undefined,
    manifestsDigest: undefined,
  } as InstallOptions;
  // Generating takes 0.1 s; most runs want what the last one made.
  const key = sha256(JSON.stringify([install, release]));
  const index = cacheFolder("flux", `components-${key}`);
  if (existsSync(index)) {
    const digest = readFileSync(index, "utf8");
    if (existsSync(cacheFolder("blobs", digest))) return sha256(readBlob(digest));
  }
  const digest = storeBlob(installManifests(release, install));
  mkdirSync(cacheFolder("flux"), { recursive: true });
  writeFileSync(index, digest);
  return digest;
}

/** The files of the release, downloaded and checked, or those of the folder in its place. */
export async function releaseManifests(
  { manifests, version, manifestsDigest }: Pick<ReleaseOptions, "manifests" | "manifestsDigest" | "version">,
  releases = RELEASES,
): Promise<ReleaseManifests> {
  return readFolder(manifests ?? (await download(version, manifestsDigest, releases)));
}

function readFolder(folder: string): ReleaseManifests {
  if (!existsSync(folder)) {
    throw new Error(
      `the folder of Flux's release manifests isn't there: ${folder}\n` +
        "→ Unpack manifests.tar.gz of the release into it, or leave the setting `flux.manifests` out to download it.",
    );
  }
  return Object.fromEntries(
    readdirSync(folder)
      .filter((name) => name.endsWith(".yaml"))
      .sort()
      .map((name) => [name, readFileSync(join(folder, name), "utf8")]),
  );
}

async function download(version: string, pinned: string | undefined, releases: string): Promise<string> {
  const folder = cacheFolder("flux", version);
  const kept = join(folder, ARCHIVE);
  if (existsSync(kept)) {
    // What was downloaded without a pin, or with another one, isn't trusted for that.
    if (pinned !== undefined) checkDigest(version, readFileSync(kept), pinned, "`flux.manifestsDigest`");
    return folder;
  }
  const archive = await fetchBytes(`${releases}/${version}/${ARCHIVE}`);
  if (pinned !== undefined) checkDigest(version, archive, pinned, "`flux.manifestsDigest`");
  else checkDigest(version, archive, await publishedChecksum(version, releases), "the release");
  mkdirSync(cacheFolder("flux"), { recursive: true });
  const partial = mkdtempSync(`${folder}.`);
  try {
    writeFileSync(join(partial, ARCHIVE), archive);
    const { extract } = await import("tar");
    await extract({ file: join(partial, ARCHIVE), cwd: partial });
    // Another run may have been faster; both have the same.
    if (!existsSync(kept)) renameSync(partial, folder);
  } finally {
    rmSync(partial, { recursive: true, force: true });
  }
  return folder;
}

function checkDigest(version: string, archive: Buffer, wanted: string, source: string): void {
  const digest = sha256(archive);
  const hex = wanted.replace(/^sha256:/, "").toLowerCase();
  if (digest !== hex) {
    throw new Error(
      `${ARCHIVE} of Flux ${version} has the SHA-256 ${digest}, not ${hex} as ${source} says. It was not used.`,
    );
  }
}

async function publishedChecksum(version: string, releases: string): Promise<string> {
  const name = `flux_${version.replace(/^v/, "")}_checksums.txt`;
  const text = (await fetchBytes(`${releases}/${version}/${name}`)).toString("utf8");
  const line = text.split("\n").find((entry) => entry.trim().endsWith(` ${ARCHIVE}`));
  if (line === undefined) throw new Error(`${name} of Flux ${version} has no line for ${ARCHIVE}`);
  return line.split(/\s+/)[0] ?? "";
}

async function fetchBytes(url: string): Promise<Buffer> {
  let reason: string;
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(60_000) });
    if (response.ok) return Buffer.from(await response.arrayBuffer());
    reason = `the server answered ${String(response.status)}`;
  } catch (error) {
    const cause =
      error instanceof Error && error.cause instanceof Error ? error.cause.message : String(error);
    reason = cause;
  }
  throw new Error(
    `${url} can't be had: ${reason}\n→ Check \`flux.version\` and the network, or set \`flux.manifests\` to a folder with the unpacked archive.`,
  );
}
