/** Loki and Promtail, of Grafana's own repository. */
import type { Chart } from "../chart";
import { fullname, suffixed, workload } from "../workload";

/** Loki in parts; a part by itself in the mode `Distributed`, three of them in `SimpleScalable`. */
const parts = [
  "write",
  "read",
  "backend",
  "ingester",
  "distributor",
  "querier",
  "queryFrontend",
  "queryScheduler",
  "indexGateway",
  "compactor",
  "bloomGateway",
  "bloomPlanner",
  "bloomBuilder",
  "patternIngester",
  "ruler",
  "overridesExporter",
];
const part = "{replicas: int, nodeSelector: object, tolerations: [object], ...}";
const optional = "{enabled: bool, ...}";

/** What the real chart refuses as well. */
const refusals = `
{{- if and (gt (int .Values.singleBinary.replicas) 0) (gt (int (add .Values.write.replicas .Values.read.replicas .Values.backend.replicas)) 0) }}
{{- fail "More than zero replicas are set for single binary and for simple scalable: set those of one of them to 0." }}
{{- end }}
{{- if not (or .Values.loki.schemaConfig .Values.loki.useTestSchema .Values.loki.config .Values.loki.structuredConfig) }}
{{- fail "loki.schemaConfig is missing: give one, or set loki.useTestSchema." }}
{{- end }}
`;

export const loki: Chart = {
  name: "loki",
  repository: "grafana",
  versions: [{ version: "6.55.0", appVersion: "3.6.7" }],
  values: `
    kubeVersionOverride, global: object, nameOverride, fullnameOverride, namespaceOverride,
    clusterLabelOverride, imagePullSecrets: [any], deploymentMode:
    string(SingleBinary|SimpleScalable|Distributed), commonLabels: object, loki: {image: object, auth_enabled:
    bool, commonConfig: object, storage: object, schemaConfig: object, useTestSchema: bool, limits_config:
    object, compactor: object, storage_config: object, server: object, ingester: object, querier: object,
    query_scheduler: object, query_range: object, frontend: object, rulerConfig: object, structuredConfig:
    object, analytics: object, pattern_ingester: object, podSecurityContext: object, containerSecurityContext:
    object, podAnnotations: object, podLabels: object, runtimeConfig: object, memberlistConfig: object,
    tenants: [object], config: any, ...}, enterprise: object, test: ${optional}, lokiCanary: ${optional},
    serviceAccount: object, rbac: object, networkPolicy: object, memberlist: object, adminApi: object,
    gateway: {enabled: bool, replicas: int, nodeSelector: object, tolerations: [object], ...},
    enterpriseGateway: object, ingress: ${optional}, route: object, migrate: object, singleBinary: {replicas:
    int, nodeSelector: object, tolerations: [object], affinity: object, resources: object, extraEnv: [object],
    extraEnvFrom: [object], extraArgs: [string], extraVolumes: [object], extraVolumeMounts: [object],
    persistence: {enabled: bool, size, storageClass: any, accessModes: [string],
    enableStatefulSetAutoDeletePVC: bool, ...}, ...}, ${parts.map((name) => `${name}: ${part}`).join(", ")},
    memcached: ${optional}, memcachedExporter: ${optional}, resultsCache: ${optional}, chunksCache:
    ${optional}, rollout_operator: ${optional}, minio: ${optional}, extraObjects: [any], sidecar: object,
    monitoring: object, tableManager: ${optional}
  `,
  defaults: {
    deploymentMode: "SimpleScalable",
    loki: { auth_enabled: true, image: { registry: "docker.io", repository: "grafana/loki" } },
    gateway: { enabled: true, replicas: 1 },
    singleBinary: { replicas: 0, persistence: { enabled: true, size: "10Gi" } },
    write: { replicas: 3 },
    read: { replicas: 3 },
    backend: { replicas: 3 },
    lokiCanary: { enabled: true },
    test: { enabled: true },
    resultsCache: { enabled: true },
    chunksCache: { enabled: true },
  },
  templates: {
    "validate.yaml": refusals,
    "single-binary.yaml": workload({
      kind: "StatefulSet",
      component: "single-binary",
      image: "docker.io/grafana/loki",
      args: ["-config.file=/etc/loki/config/config.yaml", "-target=all"],
      replicas: ".Values.singleBinary.replicas",
      pods: [".Values.singleBinary", ".Values.loki"],
      ports: { "http-metrics": 3100, grpc: 9095 },
      claim: ".Values.singleBinary.persistence",
      when: 'and (eq .Values.deploymentMode "SingleBinary") (gt (int .Values.singleBinary.replicas) 0)',
    }),
    ...Object.fromEntries(
      ["write", "read", "backend"].map((part) => [
        `${part}.yaml`,
        workload({
          kind: part === "read" ? "Deployment" : "StatefulSet",
          name: suffixed(part),
          component: part,
          image: "docker.io/grafana/loki",
          replicas: `.Values.${part}.replicas`,
          pods: [`.Values.${part}`, ".Values.loki"],
          ports: { "http-metrics": 3100, grpc: 9095 },
          when: `and (eq .Values.deploymentMode "SimpleScalable") (gt (int .Values.${part}.replicas) 0)`,
        }),
      ]),
    ),
    "gateway.yaml": workload({
      kind: "Deployment",
      name: suffixed("gateway"),
      component: "gateway",
      image: "docker.io/nginxinc/nginx-unprivileged",
      replicas: ".Values.gateway.replicas",
      pods: [".Values.gateway"],
      ports: { "http-metrics": [80, 8080] },
      when: ".Values.gateway.enabled",
    }),
    "canary.yaml": workload({
      kind: "DaemonSet",
      name: suffixed("canary"),
      component: "canary",
      image: "docker.io/grafana/loki-canary",
      pods: [".Values.lokiCanary"],
      when: ".Values.lokiCanary.enabled",
    }),
    "results-cache.yaml": cache("results-cache", "resultsCache"),
    "chunks-cache.yaml": cache("chunks-cache", "chunksCache"),
    "config.yaml": `
apiVersion: v1
kind: ConfigMap
metadata:
  name: {{ ${fullname} }}
  namespace: {{ .Release.Namespace }}
data:
  config.yaml: |
    {{- pick .Values.loki "auth_enabled" "limits_config" "storage" "compactor" "schemaConfig" | toYaml | nindent 4 }}
`,
  },
};

export const promtail: Chart = {
  name: "promtail",
  repository: "grafana",
  versions: [{ version: "6.17.1", appVersion: "3.5.1" }],
  values: `
    nameOverride, fullnameOverride, global: {imageRegistry, imagePullSecrets: [any], ...}, daemonset:
    {enabled: bool, autoscaling: object}, deployment: {enabled: bool, replicaCount: int, autoscaling: object,
    strategy: object}, service: {enabled: bool, labels: object, annotations: object, ...}, secret: {labels:
    object, annotations: object, ...}, configmap: {enabled: bool, ...}, initContainer: [any], image:
    {registry, repository, tag, pullPolicy, ...}, imagePullSecrets: [any], hostAliases: [any], hostNetwork:
    bool, annotations: object, updateStrategy: object, podLabels: object, podAnnotations: object,
    priorityClassName: any, livenessProbe: object, readinessProbe: {failureThreshold: int, httpGet: object,
    initialDelaySeconds: int, periodSeconds: int, successThreshold: int, timeoutSeconds: int, ...}, resources:
    object, podSecurityContext: {runAsUser: int, runAsGroup: int, ...}, containerSecurityContext:
    {readOnlyRootFilesystem: bool, capabilities: object, allowPrivilegeEscalation: bool, ...}, rbac: {create:
    bool, pspEnabled: bool, ...}, namespace: any, serviceAccount: {create: bool, name: any, imagePullSecrets:
    [any], annotations: object, automountServiceAccountToken: bool, ...}, automountServiceAccountToken: bool,
    nodeSelector: object, affinity: object, tolerations: [object], defaultVolumes: [any], defaultVolumeMounts:
    [any], extraVolumes: [any], extraVolumeMounts: [any], extraArgs: [any], extraEnv: [any], extraEnvFrom:
    [any], enableServiceLinks: bool, serviceMonitor: object, extraContainers: object, extraPorts: object,
    podSecurityPolicy: object, config: {enabled: bool, logLevel, logFormat, serverPort: int, clients: [{url!,
    tenant_id, basic_auth: object, external_labels: object, ...}], positions: object, enableTracing: bool,
    snippets: object, file}, networkPolicy: {enabled: bool, metrics: object, k8sApi: object, ...},
    httpPathPrefix, sidecar: {configReloader: object, ...}, extraObjects: [any]
  `,
  defaults: {
    daemonset: { enabled: true },
    deployment: { enabled: false, replicaCount: 1 },
    image: { registry: "docker.io", repository: "grafana/promtail" },
    config: {
      logLevel: "info",
      serverPort: 3101,
      clients: [{ url: "http://loki-gateway/loki/api/v1/push" }],
    },
  },
  templates: {
    "daemonset.yaml": workload({
      kind: "DaemonSet",
      component: "promtail",
      image: "docker.io/grafana/promtail",
      args: ["-config.file=/etc/promtail/promtail.yaml"],
      when: ".Values.daemonset.enabled",
    }),
    // As there, a Secret: a client's address may have a password in it.
    "secret.yaml": `
apiVersion: v1
kind: Secret
metadata:
  name: {{ ${fullname} }}
  namespace: {{ .Release.Namespace }}
stringData:
  promtail.yaml: |
    {{- pick .Values.config "clients" | toYaml | nindent 4 }}
`,
  },
};

function cache(name: string, values: string): string {
  return workload({
    kind: "StatefulSet",
    name: suffixed(name),
    component: name,
    image: "docker.io/library/memcached",
    replicas: `.Values.${values}.replicas`,
    pods: [`.Values.${values}`],
    ports: { client: 11211 },
    when: `.Values.${values}.enabled`,
  });
}
