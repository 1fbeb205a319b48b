/** ClickHouse: Altinity's operator, and ClickStack with the operators that it needs first. */
import { altinityCrds, altinityKeeperCrds, clickhouseCrds, mongodbCrds } from "../../../crds/clickhouse";
import type { Chart } from "../chart";
import { suffixed, workload } from "../workload";

export const altinityOperator: Chart = {
  name: "altinity-clickhouse-operator",
  repository: "altinity",
  versions: [{ version: "0.28.0", appVersion: "0.28.0" }],
  values: `
    namespaceOverride, commonLabels: object, commonAnnotations: object, deployment: object, crdHook: {enabled:
    bool, image: object, resources: object, nodeSelector: object, tolerations: [any], affinity: object, ...},
    operator: {image: object, containerSecurityContext: object, resources: object, priorityClassName, env:
    [any], ...}, metrics: {enabled: bool, image: object, containerSecurityContext: object, resources: object,
    env: [any], ...}, imagePullSecrets: [any], podLabels: object, podAnnotations: object, nameOverride,
    fullnameOverride, serviceAccount: {create: bool, annotations: object, name: any}, rbac: {create: bool,
    namespaceScoped: bool}, secret: {create: bool, username, password}, nodeSelector: object, tolerations:
    [any], affinity: object, podSecurityContext: object, topologySpreadConstraints: [any], serviceMonitor:
    {enabled: bool, additionalLabels: object, clickhouseMetrics: object, operatorMetrics: object, ...},
    configs: {confdFiles: any, configdFiles: object, files: object, templatesdFiles: object, usersdFiles:
    object, keeperConfdFiles: any, keeperConfigdFiles: object, keeperTemplatesdFiles: object,
    keeperUsersdFiles: any, ...}, additionalResources: [any], dashboards: {enabled: bool, additionalLabels:
    object, annotations: object, ...}, watchNamespaces: [string]
  `,
  crds: { of: () => [...altinityCrds, ...altinityKeeperCrds] },
  templates: {
    "operator.yaml": workload({
      kind: "Deployment",
      component: "altinity-clickhouse-operator",
      image: "altinity/clickhouse-operator",
      pods: [".Values", ".Values.operator"],
    }),
  },
};

export const clickstackOperators: Chart = {
  name: "clickstack-operators",
  repository: "clickstack",
  versions: [{ version: "1.1.0", appVersion: "1.0.0" }],
  values: `
    mongodb-operator: {operator: {watchedResources: [string], ...}, ...}, clickhouse-operator: {webhook:
    {enabled: bool, ...}, certManager: {enabled: bool, ...}, crd: {enabled: bool, ...}, ...}, global: object
  `,
  defaults: { "clickhouse-operator": { crd: { enabled: true } } },
  crds: { of: () => [...clickhouseCrds, ...mongodbCrds] },
  templates: {
    "mongodb-operator.yaml": workload({
      kind: "Deployment",
      name: '"mongodb-kubernetes-operator"',
      component: "mongodb-kubernetes-operator",
      image: "quay.io/mongodb/mongodb-kubernetes",
      pods: ['(index .Values "mongodb-operator" "operator")'],
    }),
    "clickhouse-operator.yaml": workload({
      kind: "Deployment",
      name: suffixed("clickhouse-operator-controller-manager", ".Release.Name"),
      component: "manager",
      image: "ghcr.io/clickhouse/clickhouse-operator",
      pods: ['(index .Values "clickhouse-operator")'],
    }),
  },
};

export const clickstack: Chart = {
  name: "clickstack",
  repository: "clickstack",
  versions: [{ version: "3.0.2", appVersion: "2.30.1" }],
  values: `
    global: {imageRegistry, imagePullSecrets: [any], otelCollector: object, ...}, hyperdx: {ports: {api: int,
    app: int, opamp: int}, config: map<string>, secrets: any, deployment: {replicas: int, image: object,
    useExistingConfigSecret: bool, existingConfigSecret, existingConfigConnectionsKey,
    existingConfigSourcesKey, env: [object], nodeSelector: object, tolerations: [object], resources: object,
    ...}, service: object, ingress: {enabled: bool, annotations: object, spec: object, additionalIngresses:
    [object], ...}, podDisruptionBudget: object, autoscaling: object, networkPolicy: object, serviceAccount:
    object, tasks: object}, mongodb: {enabled: bool, spec: object}, clickhouse: {enabled: bool, port: int,
    nativePort: int, prometheus: object, keeper: {spec: object}, cluster: {spec: object}},
    additionalManifests: [any], otel-collector: {enabled: bool, mode, image: object, extraEnvsFrom: [any],
    podAnnotations: object, extraVolumes: [any], extraVolumeMounts: [any], ports: object, ...},
    fullnameOverride, nameOverride, imagePullSecrets: [any]
  `,
  defaults: {
    hyperdx: {
      ports: { api: 8000, app: 3000, opamp: 4320 },
      deployment: { replicas: 1 },
      ingress: { enabled: false },
    },
    mongodb: { enabled: true, spec: { members: 1, type: "ReplicaSet", users: [] } },
    clickhouse: {
      enabled: true,
      keeper: { spec: { replicas: 1 } },
      cluster: { spec: { replicas: 1, shards: 1 } },
    },
    "otel-collector": { enabled: true },
  },
  templates: {
    "app.yaml": workload({
      kind: "Deployment",
      name: suffixed("app"),
      component: "app",
      image: "docker.hyperdx.io/hyperdx/hyperdx",
      replicas: ".Values.hyperdx.deployment.replicas",
      pods: [".Values.hyperdx.deployment"],
      ports: { app: 3000, api: 8000, opamp: 4320 },
      service: ".Values.hyperdx.service",
      secrets: [".Values.hyperdx.deployment.existingConfigSecret"],
    }),
    "collector.yaml": workload({
      kind: "Deployment",
      name: suffixed("otel-collector", ".Release.Name"),
      component: "otel-collector",
      image: "docker.hyperdx.io/hyperdx/hyperdx-otel-collector",
      pods: ['(index .Values "otel-collector")'],
      ports: { otlp: 4317, "otlp-http": 4318 },
      when: '(index .Values "otel-collector").enabled',
    }),
    // Objects for the operators, whose CRDs have to be there first.
    "mongodb.yaml": operated(
      "mongodbcommunity.mongodb.com/v1",
      "MongoDBCommunity",
      "mongodb",
      "mongodb",
      "mongodb",
    ),
    "clickhouse.yaml": operated(
      "clickhouse.com/v1alpha1",
      "ClickHouseCluster",
      "clickhouse",
      "clickhouse.cluster",
      "clickhouse",
    ),
    "keeper.yaml": operated(
      "clickhouse.com/v1alpha1",
      "KeeperCluster",
      "keeper",
      "clickhouse.keeper",
      "clickhouse",
    ),
  },
};

function operated(apiVersion: string, kind: string, name: string, values: string, part: string): string {
  return `{{- if .Values.${part}.enabled }}
apiVersion: ${apiVersion}
kind: ${kind}
metadata:
  name: {{ ${suffixed(name)} }}
  namespace: {{ .Release.Namespace }}
spec: {{- toYaml .Values.${values}.spec | nindent 2 }}
{{- end }}
`;
}
