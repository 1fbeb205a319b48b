/** What is in a source's artifact: the names of its files, by the archive's digest. */
import { createHash } from "node:crypto";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { list } from "tar";
import { type Artifact, TerraformFault } from "./types";

const kept = 16;

export class Artifacts {
  private readonly known = new Map<string, readonly string[]>();

  /** Paths of its files, without `./`. @throws TerraformFault when it can't be had, or isn't what it says */
  async files(artifact: Artifact): Promise<readonly string[]> {
    const known = this.known.get(artifact.digest);
    if (known !== undefined) return known;
    const files = await namesIn(await download(artifact));
    this.known.set(artifact.digest, files);
    for (const oldest of [...this.known.keys()].slice(0, -kept)) this.known.delete(oldest);
    return files;
  }
}

async function download({ url, digest }: Artifact): Promise<Buffer> {
  let archive: Buffer;
  try {
    const response = await fetch(url);
    if (!response.ok) throw new Error(`status: ${response.status} ${response.statusText}`);
    archive = Buffer.from(await response.arrayBuffer());
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new TerraformFault("ArtifactFailed", `failed to download artifact from ${url}, ${why}`);
  }
  const [algorithm = "sha256", wanted] = digest.split(":");
  const found = createHash(algorithm).update(archive).digest("hex");
  if (found !== wanted) {
    throw new TerraformFault(
      "ArtifactFailed",
      `failed to verify artifact: computed checksum '${found}' doesn't match advertised '${digest}'`,
    );
  }
  return archive;
}

async function namesIn(archive: Buffer): Promise<readonly string[]> {
  const files: string[] = [];
  const parser = list({
    onReadEntry: (entry) => {
      if (entry.type !== "Directory") files.push(entry.path.replace(/^(\.?\/)+/, ""));
      entry.resume();
    },
  });
  await pipeline(Readable.from([archive]), parser as unknown as NodeJS.WritableStream);
  return files;
}
