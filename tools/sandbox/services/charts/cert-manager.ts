/** cert-manager's own chart, as its release has it. */
import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { parse } from "yaml";
import { type ChartMetadata, packChart, type PackedChart } from "./pack";

/** Under the versions that the systems ask for, each with the content of the one that there is. */
const VERSIONS = ["v1.21.2", "v1.20.0", "v1.17.2"];

/** Where it is served, below the Helm repositories and in the OCI registry. */
export const CERT_MANAGER = { repository: "jetstack", oci: "jetstack/charts/cert-manager" } as const;

/**
 * The chart, packed as its release does.
 * @param folder with the chart's files
 * @param webhook `host:port` where the API server reaches the webhook. The chart's Service leads to pods, and those run
 * no container here; so the value that names another address has this one as default.
 */
export function certManagerChart(folder: string, webhook: string): Promise<readonly PackedChart[]> {
  const { "Chart.yaml": text = "", ...files } = filesOf(folder);
  const url = "\n  url: {}\n";
  if (files["values.yaml"]?.split(url).length !== 2)
    throw new Error("cert-manager's chart has no webhook.url");
  files["values.yaml"] = files["values.yaml"].replace(url, `\n  url:\n    host: ${webhook}\n`);
  const metadata = parse(text) as ChartMetadata;
  return Promise.all(
    VERSIONS.map((version) => packChart({ ...metadata, version, appVersion: version }, files)),
  );
}

function filesOf(folder: string): Record<string, string> {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((one) => one.isFile());
  const paths = entries.map((one) => join(one.parentPath, one.name)).sort();
  return Object.fromEntries(paths.map((path) => [relative(folder, path), readFileSync(path, "utf8")]));
}
