/** CloudNativePG's objects: clusters of PostgreSQL, with databases and roles in them. */
import type { Manifest } from "../../../manifests/yaml";
import { crds } from "./crd";

export const cloudnativePgCrds: readonly Manifest[] = crds("postgresql.cnpg.io", {
  Backup: `
    cluster!: {name!}, method: string(barmanObjectStore|volumeSnapshot|plugin), online: bool, onlineConfiguration:
    {immediateCheckpoint: bool, waitForArchive: bool}, pluginConfiguration: {name!, parameters: map<string>},
    target: string(primary|prefer-standby)
  `,
  ClusterImageCatalog: {
    scope: "Cluster",
    spec: `
      componentImages: [{image!, key!}], images!: [{extensions: [object], image!, major!: int}]
    `,
  },
  Cluster: `
    affinity: object, backup: {barmanObjectStore: object, retentionPolicy, target: string(primary|prefer-standby),
    volumeSnapshot: object}, bootstrap: {initdb: object, pg_basebackup: object, recovery: object}, certificates:
    {clientCASecret, replicationTLSSecret, serverAltDNSNames: [string], serverCASecret, serverTLSSecret},
    description, enablePDB: bool, enableSuperuserAccess: bool, env: [{name!, value, valueFrom: object}], envFrom:
    [{configMapRef: object, prefix, secretRef: object}], ephemeralVolumeSource: {volumeClaimTemplate: object},
    ephemeralVolumesSizeLimit: {shm: intOrString, temporaryData: intOrString}, externalClusters:
    [{barmanObjectStore: object, connectionParameters: map<string>, name!, password: object, plugin: object,
    sslCert: object, sslKey: object, sslRootCert: object}], failoverDelay: int, imageCatalogRef: {apiGroup, kind!,
    major!: int, name!}, imageName, imagePullPolicy, imagePullSecrets: [{name!}], inheritedMetadata: {annotations:
    map<string>, labels: map<string>}, instances!: int, livenessProbeTimeout: int, logLevel:
    string(error|warning|info|debug|trace), managed: {roles: [object], services: object}, maxSyncReplicas: int,
    minSyncReplicas: int, monitoring: {customQueriesConfigMap: [object], customQueriesSecret: [object],
    disableDefaultQueries: bool, enablePodMonitor: bool, metricsQueriesTTL, podMonitorMetricRelabelings: [object],
    podMonitorRelabelings: [object], tls: object}, nodeMaintenanceWindow: {inProgress: bool, reusePVC: bool},
    plugins: [{enabled: bool, isWALArchiver: bool, name!, parameters: map<string>}], podSecurityContext: object,
    podSelectorRefs: [{name!, selector!: object}], postgresGID: int, postgresUID: int, postgresql:
    {enableAlterSystem: bool, extensions: [object], ldap: object, parameters: map<string>, pg_hba: [string],
    pg_ident: [string], promotionTimeout: int, shared_preload_libraries: [string], syncReplicaElectionConstraint:
    object, synchronous: object}, primaryLease: {leaseDurationSeconds: int, releasedLeaseDurationSeconds: int,
    renewDeadlineSeconds: int, retryPeriodSeconds: int}, primaryUpdateMethod: string(switchover|restart),
    primaryUpdateStrategy: string(unsupervised|supervised), priorityClassName, probes: {liveness: object,
    readiness: object, startup: object}, projectedVolumeTemplate: {defaultMode: int, sources: [object]}, replica:
    {enabled: bool, minApplyDelay, primary, promotionToken, self, source!}, replicationSlots: {highAvailability:
    object, synchronizeReplicas: object, updateInterval: int}, resources: object, schedulerName, seccompProfile:
    {localhostProfile, type!}, securityContext: object, serviceAccountName, serviceAccountTemplate: {metadata!:
    object}, smartShutdownTimeout: int, startDelay: int, stopDelay: int, storage: {pvcTemplate: object,
    resizeInUseVolumes: bool, size, storageClass}, superuserSecret: {name!}, switchoverDelay: int, tablespaces:
    [{name!, owner: object, storage!: object, temporary: bool}], topologySpreadConstraints: [object], walStorage:
    {pvcTemplate: object, resizeInUseVolumes: bool, size, storageClass}
  `,
  Database: `
    allowConnections: bool, builtinLocale, cluster!: {name}, collationVersion, connectionLimit: int,
    databaseReclaimPolicy: string(delete|retain), encoding, ensure: string(present|absent), extensions: [{ensure:
    string(present|absent), name!, schema, version}], fdws: [{ensure: string(present|absent), handler, name!,
    options: [object], owner, usage: [object], validator}], icuLocale, icuRules, isTemplate: bool, locale,
    localeCType, localeCollate, localeProvider, name!, owner!, schemas: [{ensure: string(present|absent), name!,
    owner}], servers: [{ensure: string(present|absent), fdw!, name!, options: [object], usage: [object]}],
    tablespace, template
  `,
  ImageCatalog: `
    componentImages: [{image!, key!}], images!: [{extensions: [object], image!, major!: int}]
  `,
  Pooler: `
    cluster!: {name!}, deploymentStrategy: {rollingUpdate: object, type}, instances: int, monitoring:
    {enablePodMonitor: bool, podMonitorMetricRelabelings: [object], podMonitorRelabelings: [object], tls: object},
    pgbouncer!: {authQuery, authQuerySecret: object, clientCASecret: object, clientTLSSecret: object, image,
    imageCatalogRef: object, parameters: map<string>, paused: bool, pg_hba: [string], poolMode:
    string(session|transaction), serverCASecret: object, serverTLSSecret: object}, serviceAccountName,
    serviceTemplate: {metadata: object, spec: object}, template: {metadata: object, spec: object}, type:
    string(rw|ro|r)
  `,
  ScheduledBackup: `
    backupOwnerReference: string(none|self|cluster), cluster!: {name!}, immediate: bool, method:
    string(barmanObjectStore|volumeSnapshot|plugin), online: bool, onlineConfiguration: {immediateCheckpoint:
    bool, waitForArchive: bool}, pluginConfiguration: {name!, parameters: map<string>}, schedule!, suspend: bool,
    target: string(primary|prefer-standby)
  `,
});

export const databaseRoleCrds: readonly Manifest[] = crds("postgresql.cnpg.io", {
  DatabaseRole: `
    bypassrls: bool, clientCertificate: {enabled: bool}, cluster!: {name}, comment, connectionLimit: int,
    createdb: bool, createrole: bool, databaseRoleReclaimPolicy: string(delete|retain), disablePassword: bool,
    ensure: string(present|absent), inRoles: [string], inherit: bool, login: bool, name!, passwordSecret: {name!},
    replication: bool, superuser: bool, validUntil
  `,
});
