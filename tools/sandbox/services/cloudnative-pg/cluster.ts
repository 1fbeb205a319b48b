/** Cluster: the Secret of the application's user, the Services, and a healthy state. */
import { randomBytes } from "node:crypto";
import { changedCondition } from "../controllers/conditions";
import type { Cluster, OwnerReference, Secret } from "../controllers/cluster";
import { operatorArgs } from "../controllers/deployment";
import { pathOf } from "../controllers/follow";
import type { Controller } from "../controllers/run";
import { api, healthy, operator, type PostgresCluster } from "./types";

const fieldManager = "cloudnative-pg";
const operatorDelay = 1000;
const checkInterval = 30_000;

export function clusterController(cluster: Cluster): Controller {
  return {
    name: "clusters",
    path: `${api}/clusters`,
    reconcile: async (key) => {
      const path = pathOf(api, "clusters", key);
      const postgres = await cluster.get<PostgresCluster>(path);
      if (!postgres || postgres.metadata.deletionTimestamp) return undefined;
      if ((await operatorArgs(cluster, operator)) === undefined) return operatorDelay;
      await writeServices(cluster, postgres);
      await writeSecret(cluster, postgres);
      await report(cluster, path, postgres);
      return checkInterval;
    },
    // A Secret that somebody deleted is made again, with another password.
    also: [
      {
        path: `/api/v1/secrets?labelSelector=${encodeURIComponent("cnpg.io/cluster")}`,
        keys: ({ metadata }) => {
          const name = metadata.labels?.["cnpg.io/cluster"];
          return name === undefined ? [] : [`${metadata.namespace ?? ""}/${name}`];
        },
      },
    ],
  };
}

const ownerOf = ({ metadata }: PostgresCluster): OwnerReference => ({
  apiVersion: "postgresql.cnpg.io/v1",
  kind: "Cluster",
  name: metadata.name,
  uid: metadata.uid ?? "",
  controller: true,
  blockOwnerDeletion: true,
});

/** `-rw` leads to the primary, `-ro` to the others, `-r` to all. */
async function writeServices(cluster: Cluster, postgres: PostgresCluster): Promise<void> {
  const { name: of, namespace = "" } = postgres.metadata;
  const roles = { rw: "primary", ro: "replica", r: undefined };
  for (const [suffix, role] of Object.entries(roles)) {
    const name = `${of}-${suffix}`;
    const selector = {
      "cnpg.io/cluster": of,
      ...(role === undefined ? { "cnpg.io/podRole": "instance" } : { "cnpg.io/instanceRole": role }),
    };
    const service = {
      apiVersion: "v1",
      kind: "Service",
      metadata: {
        name,
        namespace,
        labels: { "cnpg.io/cluster": of },
        ownerReferences: [ownerOf(postgres)],
      },
      spec: { type: "ClusterIP", selector, ports: [{ name: "postgres", port: 5432, targetPort: 5432 }] },
    };
    await cluster.apply(`/api/v1/namespaces/${namespace}/services/${name}`, service, fieldManager);
  }
}

/** Left alone once it is there: somebody may have its password. */
async function writeSecret(cluster: Cluster, postgres: PostgresCluster): Promise<void> {
  const { secret: own, database = "app", owner = database } = postgres.spec.bootstrap?.initdb ?? {};
  const { name, namespace = "" } = postgres.metadata;
  if (own !== undefined || (await cluster.secret(namespace, `${name}-app`)) !== undefined) return;
  const password = randomBytes(32).toString("base64url");
  await cluster.applySecret(appSecret(postgres, database, owner, password), fieldManager);
}

function appSecret(postgres: PostgresCluster, database: string, owner: string, password: string): Secret {
  const { name, namespace = "" } = postgres.metadata;
  const host = `${name}-rw`;
  const qualified = `${host}.${namespace}`;
  const fqdn = `${qualified}.svc.cluster.local`;
  const user = encodeURIComponent(owner);
  const jdbc = (at: string): string =>
    `jdbc:postgresql://${at}:5432/${database}?password=${encodeURIComponent(password)}&user=${user}`;
  const uri = (at: string): string =>
    `postgresql://${user}:${encodeURIComponent(password)}@${at}:5432/${database}`;
  const values = {
    username: owner,
    user: owner,
    password,
    dbname: database,
    host,
    port: "5432",
    pgpass: `${host}:5432:${database}:${owner}:${password}\n`,
    uri: uri(qualified),
    "jdbc-uri": jdbc(qualified),
    "fqdn-uri": uri(fqdn),
    "fqdn-jdbc-uri": jdbc(fqdn),
  };
  return {
    metadata: {
      name: `${name}-app`,
      namespace,
      labels: { "cnpg.io/cluster": name, "cnpg.io/reload": "true", "cnpg.io/userType": "app" },
      ownerReferences: [ownerOf(postgres)],
    },
    type: "kubernetes.io/basic-auth",
    data: Object.fromEntries(
      Object.entries(values).map(([key, value]) => [key, Buffer.from(value).toString("base64")]),
    ),
  };
}

async function report(cluster: Cluster, path: string, postgres: PostgresCluster): Promise<void> {
  const { metadata, spec, status } = postgres;
  const condition = changedCondition(status?.conditions, {
    type: "Ready",
    status: "True",
    reason: "ClusterIsReady",
    message: "Cluster is Ready",
  });
  if (!condition && status?.phase === healthy) return;
  const instances = spec.instances ?? 1;
  const primary = `${metadata.name}-1`;
  await cluster.patchStatus(path, {
    ...(condition && { conditions: [condition] }),
    phase: healthy,
    instances,
    readyInstances: instances,
    currentPrimary: primary,
    targetPrimary: primary,
    writeService: `${metadata.name}-rw`,
    readService: `${metadata.name}-r`,
  });
}
