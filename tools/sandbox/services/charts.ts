/**
 * Stand-in of the chart repositories: small charts under the real names and versions, from `tools/sandbox/charts/`.
 * Helm repositories at `/jetstack` and `/external-secrets`, an OCI registry at `/v2/`.
 */
import { join } from "node:path";
import { packChart, type ChartVersion, type PackedChart } from "./charts/pack";
import { Registry } from "./charts/registry";
import { helmRepository } from "./charts/repository";
import { portSetting, runService, startService, type Service } from "./http";

const folder = join(__dirname, "..", "charts");

/** Newest first. */
const versions: Readonly<Record<string, readonly ChartVersion[]>> = {
  "cert-manager": ["v1.21.2", "v1.20.0"].map((version) => ({ version, appVersion: version })),
  "external-secrets": [{ version: "2.9.0", appVersion: "v2.9.0" }],
  "origin-ca-issuer": [{ version: "0.6.10", appVersion: "v0.15.0" }],
};

const repositories: Readonly<Record<string, readonly string[]>> = {
  jetstack: ["cert-manager"],
  "external-secrets": ["external-secrets"],
};

const registry: Readonly<Record<string, string>> = {
  "cloudflare/origin-ca-issuer-charts/origin-ca-issuer": "origin-ca-issuer",
};

export async function startCharts(options: {
  readonly port?: number;
  readonly faults?: string;
}): Promise<Service> {
  const packed: Record<string, PackedChart[]> = {};
  for (const [name, list] of Object.entries(versions)) {
    packed[name] = await Promise.all(list.map((version) => packChart(join(folder, name), version)));
  }
  const oci = new Registry();
  for (const [repository, name] of Object.entries(registry)) {
    for (const chart of packed[name] ?? []) oci.add(repository, chart);
  }
  return startService({
    ...options,
    failure: (status, message) => ({ errors: [{ code: "UNKNOWN", message: `${status}: ${message}` }] }),
    handle: ({ method, path }) => {
      if (method !== "GET" && method !== "HEAD") return { status: 405, body: "The charts are read-only.\n" };
      if (path === "/v2" || path.startsWith("/v2/")) return oci.answer(path.slice("/v2/".length));
      const [, name = "", ...rest] = path.split("/");
      const charts = (repositories[name] ?? []).flatMap((chart) => packed[chart] ?? []);
      return helmRepository(charts, rest.join("/")) ?? { status: 404, body: `There is no ${path} here.\n` };
    },
  });
}

if (require.main === module) {
  runService(() => startCharts({ port: portSetting(), faults: process.env.FAULTS }));
}
