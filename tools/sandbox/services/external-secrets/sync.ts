/** ExternalSecret: from the vault to the Secret, reported by the Ready condition. */
import { changedCondition, isReady, milliseconds, now } from "../controllers/conditions";
import type { Cluster, Secret } from "../controllers/cluster";
import { pathOf } from "../controllers/follow";
import type { Controller } from "../controllers/run";
import { Causes } from "./causes";
import { connect } from "./connect";
import { isUntouched, managedLabel, renderData, renderSecret, syncVersion, targetName } from "./render";
import { api, type ExternalSecret, type SecretStore } from "./types";
import { readValues } from "./values";

const fieldManager = "external-secrets";
const retryDelay = 2000;
const storeDelay = 500;

export function externalSecretController(cluster: Cluster): Controller {
  const causes = new Causes(cluster);
  return {
    name: "externalsecrets",
    path: `${api}/externalsecrets`,
    reconcile: (key) => reconcile(cluster, key, causes),
    // The default of its chart: one vault that can't be reached holds up all others.
    atOnce: 1,
    // A Secret that somebody changed or deleted is put back.
    also: [
      {
        path: `/api/v1/secrets?labelSelector=${encodeURIComponent(`${managedLabel}=true`)}`,
        keys: ({ metadata }) =>
          (metadata.ownerReferences ?? [])
            .filter(({ kind }) => kind === "ExternalSecret")
            .map(({ name }) => `${metadata.namespace ?? ""}/${name}`),
      },
    ],
  };
}

async function reconcile(cluster: Cluster, key: string, causes: Causes): Promise<number | undefined> {
  const path = pathOf(api, "externalsecrets", key);
  const external = await cluster.get<ExternalSecret>(path);
  if (!external || external.metadata.deletionTimestamp) return undefined;
  const interval = milliseconds(external.spec.refreshInterval ?? "1h");
  const due = await dueIn(cluster, external, interval);
  if (due > 0) return Number.isFinite(due) ? due : undefined;

  let outcome: Outcome;
  let fault: Error | undefined;
  try {
    outcome = await sync(cluster, external);
  } catch (error) {
    fault = error instanceof Error ? error : new Error(String(error));
    const message =
      error instanceof UpdateError ? "could not update secret" : "could not get secret data from provider";
    outcome = { ready: false, reason: "SecretSyncedError", message };
  }
  await report(cluster, path, external, outcome);
  await causes.tell(external, key, fault === undefined ? "Updated" : "UpdateFailed", fault, outcome.message);
  if (fault !== undefined) return fault instanceof StoreError ? storeDelay : retryDelay;
  return interval === 0 ? undefined : interval;
}

/** Milliseconds until the next sync: 0 when it is due, infinite when only a change makes it so. */
async function dueIn(cluster: Cluster, external: ExternalSecret, interval: number): Promise<number> {
  const { status, metadata, spec } = external;
  if (!isReady(status?.conditions) || status?.syncedResourceVersion !== syncVersion(external)) return 0;
  if ((spec.target?.creationPolicy ?? "Owner") === "Owner") {
    const secret = await cluster.secret(metadata.namespace ?? "", targetName(external));
    const deletedOnPurpose = status.conditions?.some(({ reason }) => reason === "SecretDeleted");
    if (!deletedOnPurpose && (!secret || !isUntouched(secret))) return 0;
  }
  if (interval === 0 || !status.refreshTime) return Number.POSITIVE_INFINITY;
  return Math.max(0, Date.parse(status.refreshTime) + interval - Date.now());
}

interface Outcome {
  readonly ready: boolean;
  readonly reason: "SecretSynced" | "SecretSyncedError" | "SecretDeleted";
  readonly message: string;
}

async function sync(cluster: Cluster, external: ExternalSecret): Promise<Outcome> {
  const { metadata, spec } = external;
  const namespace = metadata.namespace ?? "";
  const name = targetName(external);
  const store = await findStore(cluster, external);
  const values = await readValues(external, await connect(cluster, store));
  if (Object.keys(values).length === 0 && spec.target?.deletionPolicy === "Delete") {
    await cluster.delete(`/api/v1/namespaces/${namespace}/secrets/${name}`);
    return { ready: true, reason: "SecretDeleted", message: "secret deleted due to DeletionPolicy" };
  }
  try {
    await write(cluster, external, renderSecret(external, renderData(external, values)));
  } catch (error) {
    throw new UpdateError(error instanceof Error ? error.message : String(error), { cause: error });
  }
  return { ready: true, reason: "SecretSynced", message: "secret synced" };
}

/** The values were there; the Secret could not be made of them. */
class UpdateError extends Error {}

async function write(cluster: Cluster, { metadata, spec }: ExternalSecret, secret: Secret): Promise<void> {
  const { namespace = "", name } = secret.metadata;
  const policy = spec.target?.creationPolicy ?? "Owner";
  const existing = await cluster.secret(namespace, name);
  const owner = existing?.metadata.ownerReferences?.find(({ controller }) => controller);
  if (policy === "Owner" && owner && owner.uid !== metadata.uid) {
    throw new Error(`target is owned by another ${owner.kind} ${owner.name}`);
  }
  if (policy === "Merge" && !existing)
    throw new Error(`Secret ${name} does not exist, and creationPolicy is Merge`);
  if (policy !== "None") await cluster.applySecret(secret, fieldManager);
}

/** Ends soon by itself, mostly: stores and what uses them arrive together. */
class StoreError extends Error {}

async function findStore(cluster: Cluster, { metadata, spec }: ExternalSecret): Promise<SecretStore> {
  const { name = "", kind = "SecretStore" } = spec.secretStoreRef ?? {};
  const path =
    kind === "ClusterSecretStore"
      ? pathOf(api, "clustersecretstores", `/${name}`)
      : pathOf(api, "secretstores", `${metadata.namespace ?? ""}/${name}`);
  const store = await cluster.get<SecretStore>(path);
  if (!store) {
    throw new StoreError(`could not get ${kind} "${name}", ${kind}.external-secrets.io "${name}" not found`);
  }
  if (!isReady(store.status?.conditions)) throw new StoreError(`${kind} "${name}" is not ready`);
  return store;
}

async function report(
  cluster: Cluster,
  path: string,
  external: ExternalSecret,
  outcome: Outcome,
): Promise<void> {
  const { ready, reason, message } = outcome;
  const condition = changedCondition(external.status?.conditions, {
    type: "Ready",
    status: ready ? "True" : "False",
    reason,
    message,
  });
  const synced = ready ? { refreshTime: now(), syncedResourceVersion: syncVersion(external) } : {};
  if (condition ?? ready) {
    await cluster.patchStatus(path, { ...(condition ? { conditions: [condition] } : {}), ...synced });
  }
}
