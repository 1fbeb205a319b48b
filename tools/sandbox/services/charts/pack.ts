/** Packs a chart as `helm package` does, with the same bytes each time, so that digests outlive a restart. */
import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { create } from "tar";
import { stringify } from "yaml";
import type { Files } from "../../../../manifests/files";

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

/** What Chart.yaml says of a chart that stands in for the real one of its name. */
export function chartMetadata(name: string, version: ChartVersion): ChartMetadata {
  const description = `Stand-in for the chart of ${name}, with the objects that matter`;
  return { apiVersion: "v2", name, description, type: "application", ...version };
}

/** @param files all of the chart but Chart.yaml, which is the metadata. */
export async function packChart(metadata: ChartMetadata, files: Files): Promise<PackedChart> {
  const staging = mkdtempSync(join(tmpdir(), "chart-"));
  try {
    const all = Object.entries({ ...files, "Chart.yaml": stringify(metadata) }).map(
      ([path, text]) => [join(metadata.name, path), text] as const,
    );
    for (const [path, text] of all) {
      mkdirSync(dirname(join(staging, path)), { recursive: true });
      writeFileSync(join(staging, path), text);
    }
    const options = { cwd: staging, gzip: { level: 9, portable: true }, portable: true, mtime: new Date(0) };
    const chunks: Buffer[] = [];
    for await (const chunk of create(options, all.map(([path]) => path).sort())) chunks.push(chunk);
    const archive = Buffer.concat(chunks);
    return { metadata, archive, digest: sha256(archive) };
  } finally {
    rmSync(staging, { recursive: true, force: true });
  }
}

export function sha256(content: Buffer): string {
  return createHash("sha256").update(content).digest("hex");
}
