/** Airflow 3: the objects of a release, without the jobs that Helm's hooks run for the database. */
import type { Chart } from "../chart";
import { suffixed, workload } from "../workload";

/** What all parts take, beside their own. */
const common = '(pick .Values "nodeSelector" "tolerations" "affinity" "env" "extraEnv" "extraEnvFrom")';

const secrets = [
  "fernetKeySecretName",
  "apiSecretKeySecretName",
  "webserverSecretKeySecretName",
  "jwtSecretName",
  "data.metadataSecretName",
].map((value) => `.Values.${value}`);

const part = `
  {enabled: bool, replicas: int, nodeSelector: object, tolerations: [object], affinity: object, resources:
  object, env: [object], serviceAccount: object, persistence: object, podAnnotations: object, labels: object,
  extraVolumes: [object], extraVolumeMounts: [object], extraContainers: [object], extraInitContainers:
  [object], service: object, ...}
`;

export const airflow: Chart = {
  name: "airflow",
  repository: "apache",
  versions: [{ version: "1.22.0", appVersion: "3.2.2" }],
  values: `
    fullnameOverride, nameOverride, useStandardNaming: bool, revisionHistoryLimit: any, uid: int, gid: int,
    securityContext: object, securityContexts: object, containerLifecycleHooks: object, airflowHome,
    defaultAirflowRepository, defaultAirflowTag, defaultAirflowDigest: any, airflowVersion, images: object,
    nodeSelector: object, affinity: object, tolerations: [object], topologySpreadConstraints: [object],
    schedulerName: any, labels: object, ingress: object, networkPolicies: object, airflowPodAnnotations:
    object, airflowConfigAnnotations: object, airflowLocalSettings: any, rbac: object, executor,
    allowPodLaunching: bool, allowJobLaunching: bool, env: [object], volumes: [object], volumeMounts:
    [object], secret: [object], enableBuiltInSecretEnvVars: object, priorityClasses: [object], extraSecrets:
    object, extraConfigMaps: object, extraEnv, extraEnvFrom, data: {metadataSecretName,
    resultBackendSecretName, brokerUrlSecretName, metadataConnection: object, resultBackendConnection: any,
    brokerUrl: any, brokerUrlSecretAnnotations: object, metadataSecretAnnotations: object}, fernetKey,
    fernetKeySecretName, fernetKeySecretAnnotations: object, apiSecretKey, apiSecretKeySecretName,
    apiSecretAnnotations: object, jwtSecret, jwtSecretName, jwtSecretAnnotations: object, webserverSecretKey,
    webserverSecretKeySecretName, webserverSecretAnnotations: object, kerberos: object, workers: ${part},
    scheduler: ${part}, createUserJob: object, migrateDatabaseJob: object, apiServer: ${part}, webserver:
    ${part}, triggerer: ${part}, dagProcessor: ${part}, flower: ${part}, statsd: ${part}, otelCollector:
    object, pgbouncer: object, redis: ${part}, registry: object, elasticsearch: object, opensearch: object,
    ports: object, quotas: object, limits: [object], cleanup: object, databaseCleanup: object, postgresql:
    {enabled: bool, auth: object, image: object, primary: object, ...}, config: object, podTemplate: any,
    dags: {mountPath: any, persistence: object, gitSync: {enabled: bool, repo, branch, rev, ref, depth: int,
    maxFailures: int, subPath, credentialsSecret, sshKeySecret, sshKey: any, knownHosts, period, wait: any,
    envFrom: any, containerName, uid: any, env: [object], extraVolumeMounts: [object], resources: object,
    securityContext: object, securityContexts: object, httpPath, httpPort: any, emptyDirConfig: any,
    containerLifecycleHooks: object, livenessProbe: object, readinessProbe: object, startupProbe: object,
    recommendedProbeSetting: bool}}, logs: {persistence: object, ...}, namespaceOverride, imagePullSecrets:
    [any]
  `,
  defaults: {
    executor: "CeleryExecutor",
    workers: { replicas: 1 },
    scheduler: { enabled: true, replicas: 1 },
    apiServer: { enabled: true, replicas: 1 },
    triggerer: { enabled: true, replicas: 1 },
    dagProcessor: { replicas: 1 },
    statsd: { enabled: true },
    redis: { enabled: true },
    postgresql: { enabled: true },
    dags: { gitSync: { enabled: false } },
  },
  templates: {
    "api-server.yaml": workload({
      kind: "Deployment",
      name: suffixed("api-server", ".Release.Name"),
      component: "api-server",
      image: "apache/airflow",
      replicas: ".Values.apiServer.replicas",
      pods: [".Values.apiServer", common],
      ports: { "api-server": 8080 },
      secrets,
      when: ".Values.apiServer.enabled",
    }),
    "scheduler.yaml": workload({
      kind: "Deployment",
      name: suffixed("scheduler", ".Release.Name"),
      component: "scheduler",
      image: "apache/airflow",
      replicas: ".Values.scheduler.replicas",
      pods: [".Values.scheduler", common],
      secrets,
      when: ".Values.scheduler.enabled",
    }),
    "dag-processor.yaml": workload({
      kind: "Deployment",
      name: suffixed("dag-processor", ".Release.Name"),
      component: "dag-processor",
      image: "apache/airflow",
      replicas: ".Values.dagProcessor.replicas",
      pods: [".Values.dagProcessor", common],
      secrets,
    }),
    "triggerer.yaml": workload({
      kind: "StatefulSet",
      name: suffixed("triggerer", ".Release.Name"),
      component: "triggerer",
      image: "apache/airflow",
      replicas: ".Values.triggerer.replicas",
      pods: [".Values.triggerer", common],
      ports: { "triggerer-logs": 8794 },
      secrets,
      when: ".Values.triggerer.enabled",
    }),
    "worker.yaml": workload({
      kind: "StatefulSet",
      name: suffixed("worker", ".Release.Name"),
      component: "worker",
      image: "apache/airflow",
      replicas: ".Values.workers.replicas",
      pods: [".Values.workers", common],
      ports: { "worker-logs": 8793 },
      secrets,
      when: 'contains "Celery" .Values.executor',
    }),
    "statsd.yaml": workload({
      kind: "Deployment",
      name: suffixed("statsd", ".Release.Name"),
      component: "statsd",
      image: "quay.io/prometheus/statsd-exporter",
      replicas: ".Values.statsd.replicas",
      pods: [".Values.statsd", common],
      ports: { "statsd-scrape": 9102 },
      when: ".Values.statsd.enabled",
    }),
    "redis.yaml": workload({
      kind: "StatefulSet",
      name: suffixed("redis", ".Release.Name"),
      component: "redis",
      image: "redis",
      replicas: ".Values.redis.replicas",
      pods: [".Values.redis", common],
      ports: { "redis-db": 6379 },
      when: 'and .Values.redis.enabled (contains "Celery" .Values.executor)',
    }),
    "postgresql.yaml": workload({
      kind: "StatefulSet",
      name: suffixed("postgresql", ".Release.Name"),
      component: "postgresql",
      image: "bitnami/postgresql",
      pods: [".Values.postgresql.primary"],
      ports: { "tcp-postgresql": 5432 },
      when: ".Values.postgresql.enabled",
    }),
  },
};
