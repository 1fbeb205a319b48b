/** Packs a chart folder as `helm package` does, with the same bytes each time, so that digests outlive a restart. */
import { createHash } from "node:crypto";
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { create } from "tar";
import { parse, stringify } from "yaml";

export interface ChartVersion {
  readonly version: string;
  readonly appVersion: string;
}

/** What Chart.yaml says. */
export type ChartMetadata = ChartVersion & { readonly name: string; readonly [field: string]: unknown };

export interface PackedChart {
  readonly metadata: ChartMetadata;
  readonly archive: Buffer;
  readonly digest: string;
}

/** @param version replaces the one in Chart.yaml: one folder stands for several releases of the real chart. */
export async function packChart(folder: string, version: ChartVersion): Promise<PackedChart> {
  const staging = mkdtempSync(join(tmpdir(), "chart-"));
  try {
    const source = parse(readFileSync(join(folder, "Chart.yaml"), "utf8")) as ChartMetadata;
    const metadata: ChartMetadata = { ...source, ...version };
    cpSync(folder, join(staging, metadata.name), { recursive: true });
    writeFileSync(join(staging, metadata.name, "Chart.yaml"), stringify(metadata));
    const files = readdirSync(staging, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name).slice(staging.length + 1))
      .sort();
    const options = { cwd: staging, gzip: { level: 9, portable: true }, portable: true, mtime: new Date(0) };
    const chunks: Buffer[] = [];
    for await (const chunk of create(options, files)) chunks.push(chunk);
    const archive = Buffer.concat(chunks);
    return { metadata, archive, digest: sha256(archive) };
  } finally {
    rmSync(staging, { recursive: true, force: true });
  }
}

export function sha256(content: Buffer): string {
  return createHash("sha256").update(content).digest("hex");
}
