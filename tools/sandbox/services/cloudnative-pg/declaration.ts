/** Database and DatabaseRole: applied once their Cluster is healthy; nobody reports on them before. */
import type { Cluster } from "../controllers/cluster";
import { operatorArgs } from "../controllers/deployment";
import { pathOf } from "../controllers/follow";
import type { Controller } from "../controllers/run";
import { api, type Declaration, healthy, operator, type PostgresCluster } from "./types";

const waitDelay = 1000;
const checkInterval = 30_000;

export function declarationController(cluster: Cluster, resource: "databases" | "databaseroles"): Controller {
  return {
    name: resource,
    path: `${api}/${resource}`,
    reconcile: async (key) => {
      const path = pathOf(api, resource, key);
      const declared = await cluster.get<Declaration>(path);
      if (!declared || declared.metadata.deletionTimestamp) return undefined;
      if ((await operatorArgs(cluster, operator)) === undefined) return waitDelay;
      const { namespace = "", generation } = declared.metadata;
      const name = declared.spec.cluster.name;
      const postgres = await cluster.get<PostgresCluster>(pathOf(api, "clusters", `${namespace}/${name}`));
      if (postgres?.status?.phase !== healthy) return waitDelay;
      const message = await faultOf(cluster, namespace, declared);
      const next = {
        applied: message === undefined,
        message: message ?? null,
        observedGeneration: generation,
      };
      const { applied, message: said, observedGeneration } = declared.status ?? {};
      const same = applied === next.applied && said === message && observedGeneration === generation;
      if (!same) await cluster.patchStatus(path, next);
      return message === undefined ? checkInterval : waitDelay;
    },
  };
}

async function faultOf(
  cluster: Cluster,
  namespace: string,
  { spec }: Declaration,
): Promise<string | undefined> {
  const name = spec.passwordSecret?.name;
  if (name === undefined || (await cluster.secret(namespace, name)) !== undefined) return undefined;
  return `while getting the password: secrets "${name}" not found`;
}
