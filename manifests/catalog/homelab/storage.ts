import type { FolderContent } from "../../app";
import type { Manifest } from "../../yaml";

/** Snapshots of all volumes every night: https://longhorn.io/docs/latest/snapshots-and-backups/scheduling-backups-and-snapshots/ */
export function longhornSnapshots(): FolderContent {
  return {
    "recurringjob.yaml": {
      apiVersion: "longhorn.io/v1beta2",
      kind: "RecurringJob",
      metadata: { name: "nightly", namespace: "longhorn-system" },
      spec: {
        name: "nightly",
        task: "snapshot",
        cron: "0 3 * * *",
        groups: ["default"],
        retain: 7,
        concurrency: 1,
      },
    },
  };
}

/** One PostgreSQL server by CloudNativePG; its Service is `<name>-rw`, its user's Secret `<name>-app`. */
export function postgresCluster(
  name: string,
  namespace: string,
  { database, size = "5Gi" }: { readonly database: string; readonly size?: string },
): Manifest {
  return {
    apiVersion: "postgresql.cnpg.io/v1",
    kind: "Cluster",
    metadata: { name, namespace },
    spec: {
      instances: 1,
      bootstrap: { initdb: { database, owner: database } },
      storage: { size, storageClass: "longhorn" },
    },
  };
}
