/** A Helm repository: an index and the archives that it names. */
import { stringify } from "yaml";
import type { Reply } from "../http";
import type { PackedChart } from "./pack";

/** Answers for a path within the repository, or undefined. */
export function helmRepository(charts: readonly PackedChart[], path: string): Reply | undefined {
  if (path === "index.yaml") {
    return { status: 200, body: index(charts), headers: { "content-type": "application/yaml" } };
  }
  const chart = charts.find((one) => archiveName(one) === path);
  return chart && { status: 200, body: chart.archive, headers: { "content-type": "application/gzip" } };
}

// Fixed times: an index that changes with each start would look like a new revision to Flux.
const packedAt = "2026-01-01T00:00:00Z";

function index(charts: readonly PackedChart[]): string {
  const entries: Record<string, object[]> = {};
  for (const chart of charts) {
    const { metadata, digest } = chart;
    const entry = { ...metadata, created: packedAt, digest, urls: [archiveName(chart)] };
    (entries[metadata.name] ??= []).push(entry);
  }
  return stringify({ apiVersion: "v1", generated: packedAt, entries });
}

function archiveName({ metadata }: PackedChart): string {
  return `${metadata.name}-${metadata.version}.tgz`;
}
