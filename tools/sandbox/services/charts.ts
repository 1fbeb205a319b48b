/**
 * The chart repositories: Helm repositories at `/<repository>`, an OCI registry at `/v2/`. The charts are small ones
 * under the real names and versions, but for cert-manager's own.
 */
import { dirname, join } from "node:path";
import { cachedCommand, obtain } from "../obtain";
import { parts } from "../parts";
import { CERT_MANAGER, certManagerChart } from "./charts/cert-manager";
import { chartFiles } from "./charts/chart";
import { chartMetadata, packChart, type PackedChart } from "./charts/pack";
import { Registry } from "./charts/registry";
import { helmRepository } from "./charts/repository";
import { charts } from "./charts/table";
import { portSetting, required, runService, startService, type Service } from "./http";

export async function startCharts(options: {
  readonly port?: number;
  readonly faults?: string;
  /** Gives the chart of cert-manager when somebody asks for it; undefined while it isn't there. */
  readonly certManager?: () => Promise<readonly PackedChart[] | undefined>;
}): Promise<Service> {
  const repositories = new Map<string, PackedChart[]>();
  const oci = new Registry();
  const add = (packed: readonly PackedChart[], at: { repository?: string; oci?: string }): void => {
    for (const one of packed) if (at.oci !== undefined) oci.add(at.oci, one);
    if (at.repository === undefined) return;
    repositories.set(at.repository, [...(repositories.get(at.repository) ?? []), ...packed]);
  };
  for (const chart of charts) {
    const packed = chart.versions.map((version) =>
      packChart(chartMetadata(chart.name, version), chartFiles(chart, version)),
    );
    add(await Promise.all(packed), chart);
  }
  const isCertManager = (path: string): boolean =>
    path.startsWith(`/${CERT_MANAGER.repository}/`) || path.startsWith(`/v2/${CERT_MANAGER.oci}/`);
  return startService({
    ...options,
    failure: (status, message) => ({ errors: [{ code: "UNKNOWN", message: `${status}: ${message}` }] }),
    handle: async ({ method, path }) => {
      if (method !== "GET" && method !== "HEAD") return { status: 405, body: "The charts are read-only.\n" };
      if (isCertManager(path) && !repositories.has(CERT_MANAGER.repository)) {
        const packed = await options.certManager?.();
        if (packed === undefined) return { status: 503, body: "cert-manager is being obtained.\n" };
        if (!repositories.has(CERT_MANAGER.repository)) add(packed, CERT_MANAGER);
      }
      if (path === "/v2" || path.startsWith("/v2/")) return oci.answer(path.slice("/v2/".length));
      const [, name = "", ...rest] = path.split("/");
      const known = repositories.get(name);
      const answer = known && helmRepository(known, rest.join("/"));
      return answer ?? { status: 404, body: `There is no ${path} here.\n` };
    },
  });
}

let obtaining: Promise<unknown> | undefined;

/** The chart in the cache; without it, it is obtained for a later request. */
async function cachedCertManager(): Promise<readonly PackedChart[] | undefined> {
  const command = cachedCommand(parts, "cert-manager");
  if (command !== undefined)
    return certManagerChart(join(dirname(command), "chart"), required("CERT_MANAGER_WEBHOOK"));
  obtaining ??= obtain(parts.filter(({ name }) => name === "cert-manager"))
    .catch((error: unknown) => {
      console.error(String(error));
    })
    .finally(() => (obtaining = undefined));
  return undefined;
}

if (require.main === module) {
  runService(() =>
    startCharts({ port: portSetting(), faults: process.env.FAULTS, certManager: cachedCertManager }),
  );
}
