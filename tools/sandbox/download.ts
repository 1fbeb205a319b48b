import { createHash } from "node:crypto";
import { createReadStream, createWriteStream } from "node:fs";
import { chmod, rename, rm } from "node:fs/promises";
import { basename, join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { extract } from "tar";

export interface Download {
  readonly url: string;
  /** Where the vendor publishes the SHA-256 sums: lines of `sum  file`, or the sum alone. */
  readonly checksums?: string;
  /** Which files of an archive are wanted, by path; for a plain file, the one name that it gets. */
  readonly members: readonly string[] | "all";
}

/** Why a file is not taken from its vendor; the part is then built. */
export class NotDownloadable extends Error {}

const reachable = new Map<string, Promise<boolean>>();

/** Whether a host answers at all. Asked once a run for each host, so that being offline costs a few seconds only. */
export function canReach(url: string): Promise<boolean> {
  const { origin } = new URL(url);
  const known = reachable.get(origin);
  if (known !== undefined) return known;
  const asked = fetch(origin, { method: "HEAD", redirect: "manual", signal: AbortSignal.timeout(4000) }).then(
    () => true,
    () => false,
  );
  reachable.set(origin, asked);
  return asked;
}

/** Puts the wanted files into `folder`, checked against the published sum. */
export async function download(wanted: Download, folder: string): Promise<void> {
  if (!(await canReach(wanted.url)))
    throw new NotDownloadable(`${new URL(wanted.url).host} can't be reached`);
  const file = join(folder, ".download");
  try {
    const expected = await publishedSum(wanted);
    await pipeline(Readable.fromWeb(await body(wanted.url, 600_000)), createWriteStream(file));
    if (expected !== undefined && (await sha256(file)) !== expected) {
      throw new Error(`${wanted.url} does not have the SHA-256 sum that ${wanted.checksums ?? ""} gives.`);
    }
    await unpack(wanted, file, folder);
  } finally {
    await rm(file, { force: true });
  }
}

async function unpack({ url, members }: Download, file: string, folder: string): Promise<void> {
  if (!url.endsWith(".tar.gz")) {
    const target = join(folder, members[0] ?? "");
    await rename(file, target);
    await chmod(target, 0o755);
    return;
  }
  const wanted = members === "all" ? undefined : new Set(members);
  // Archives hold their files at the top or in one folder; commands are wanted without it.
  const strip =
    members === "all" ? (url.includes("pulumi") ? 1 : 0) : (members[0] ?? "").split("/").length - 1;
  await extract({
    file,
    cwd: folder,
    strip,
    filter: (path) => wanted?.has(path.replace(/^\.\//, "")) ?? true,
  });
}

async function body(url: string, timeout: number): Promise<import("node:stream/web").ReadableStream> {
  const response = await fetch(url, { signal: AbortSignal.timeout(timeout) }).catch((error: unknown) => {
    throw new NotDownloadable(`${url}: ${String(error)}`);
  });
  if (!response.ok || response.body === null) throw new NotDownloadable(`${url} answered ${response.status}`);
  return response.body;
}

async function publishedSum({ url, checksums }: Download): Promise<string | undefined> {
  if (checksums === undefined) return undefined;
  const chunks: Uint8Array[] = [];
  for await (const chunk of Readable.fromWeb(await body(checksums, 10_000))) chunks.push(chunk as Uint8Array);
  const sum = sumOf(Buffer.concat(chunks).toString("utf8"), basename(url));
  if (sum === undefined) throw new NotDownloadable(`${checksums} names no sum of ${basename(url)}`);
  return sum;
}

/** The sum of a file in a vendor's list of them, or the list's only word. */
export function sumOf(list: string, file: string): string | undefined {
  const lines = list.trim().split("\n");
  for (const line of lines) {
    const [sum = "", name = ""] = line.trim().split(/\s+\*?/);
    if (/^[0-9a-f]{64}$/.test(sum) && (name === file || (name === "" && lines.length === 1))) return sum;
  }
  return undefined;
}

async function sha256(file: string): Promise<string> {
  const hash = createHash("sha256");
  await pipeline(createReadStream(file), hash);
  return hash.digest("hex");
}
