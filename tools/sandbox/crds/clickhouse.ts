/** ClickHouse by its two operators – Altinity's, and ClickHouse's own that ClickStack uses – and ClickStack's MongoDB. */
import type { Manifest } from "../../../manifests/yaml";
import { crds } from "./crd";

const installation = `
  taskID, stop, restart, suspend, troubleshoot, namespaceDomainPattern, templating: {policy, chiSelector:
  object}, reconciling: {policy, configMapPropagationTimeout: int, cleanup: object, macros: object, runtime:
  object, host: object}, reconcile: {policy, configMapPropagationTimeout: int, cleanup: object, macros:
  object, runtime: object, host: object}, defaults: {replicasUseFQDN, distributedDDL: object,
  storageManagement: object, templates: object}, configuration: {zookeeper: object, users: object, profiles:
  object, quotas: object, settings: object, files: object, clusters: [object]}, templates: {hostTemplates:
  [object], podTemplates: [object], volumeClaimTemplates: [object], serviceTemplates: [object]},
  useTemplates: [{name, namespace, useType}]
`;

export const altinityCrds: readonly Manifest[] = crds("clickhouse.altinity.com", {
  ClickHouseInstallation: { shortNames: ["chi"], spec: installation },
  ClickHouseInstallationTemplate: { shortNames: ["chit"], spec: installation },
  ClickHouseOperatorConfiguration: { spec: "...", shortNames: ["chopconf"] },
});

export const altinityKeeperCrds: readonly Manifest[] = crds("clickhouse-keeper.altinity.com", {
  ClickHouseKeeperInstallation: {
    shortNames: ["chk"],
    spec: `
      taskID, stop, suspend, namespaceDomainPattern, reconciling: {policy, configMapPropagationTimeout: int,
      cleanup: object}, defaults: {replicasUseFQDN, distributedDDL: object, storageManagement: object,
      templates: object}, configuration: {settings: object, files: object, clusters: [object]}, templates:
      {hostTemplates: [object], podTemplates: [object], volumeClaimTemplates: [object], serviceTemplates:
      [object]}
    `,
  },
});

export const clickhouseCrds: readonly Manifest[] = crds(
  "clickhouse.com",
  {
    ClickHouseCluster: `
    replicas: int, shards: int, keeperClusterRef: {name!, ...}, dataVolumeClaimSpec: object, containerTemplate: object,
    podTemplate: object, settings: object, ...
  `,
    KeeperCluster: `
    replicas: int, dataVolumeClaimSpec: object, containerTemplate: object, podTemplate: object, settings: object, ...
  `,
  },
  { version: "v1alpha1" },
);

export const mongodbCrds: readonly Manifest[] = crds("mongodbcommunity.mongodb.com", {
  MongoDBCommunity: {
    plural: "mongodbcommunity",
    shortNames: ["mdbc"],
    spec: `
      members: int, type!: string(ReplicaSet), version, security: object, users!: [object], statefulSet: object,
      additionalMongodConfig: object, ...
    `,
  },
});
