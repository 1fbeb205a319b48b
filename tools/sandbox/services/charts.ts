/**
 * Stand-in of the chart repositories: small charts under the real names and versions. Helm repositories at
 * `/<repository>`, an OCI registry at `/v2/`.
 */
import { chartFiles } from "./charts/chart";
import { chartMetadata, packChart, type PackedChart } from "./charts/pack";
import { Registry } from "./charts/registry";
import { helmRepository } from "./charts/repository";
import { charts } from "./charts/table";
import { portSetting, runService, startService, type Service } from "./http";

export async function startCharts(options: {
  readonly port?: number;
  readonly faults?: string;
}): Promise<Service> {
  const repositories = new Map<string, PackedChart[]>();
  const oci = new Registry();
  for (const chart of charts) {
    const packed = await Promise.all(
      chart.versions.map((version) =>
        packChart(chartMetadata(chart.name, version), chartFiles(chart, version)),
      ),
    );
    for (const one of packed) if (chart.oci !== undefined) oci.add(chart.oci, one);
    if (chart.repository === undefined) continue;
    repositories.set(chart.repository, [...(repositories.get(chart.repository) ?? []), ...packed]);
  }
  return startService({
    ...options,
    failure: (status, message) => ({ errors: [{ code: "UNKNOWN", message: `${status}: ${message}` }] }),
    handle: ({ method, path }) => {
      if (method !== "GET" && method !== "HEAD") return { status: 405, body: "The charts are read-only.\n" };
      if (path === "/v2" || path.startsWith("/v2/")) return oci.answer(path.slice("/v2/".length));
      const [, name = "", ...rest] = path.split("/");
      const known = repositories.get(name);
      const answer = known && helmRepository(known, rest.join("/"));
      return answer ?? { status: 404, body: `There is no ${path} here.\n` };
    },
  });
}

if (require.main === module) {
  runService(() => startCharts({ port: portSetting(), faults: process.env.FAULTS }));
}
