/** CloudNativePG's operator. Nobody makes databases of its objects here; `DatabaseRole` is there from 1.30 on. */
import { cloudnativePgCrds, databaseRoleCrds } from "../../../crds/cloudnative-pg";
import type { Chart } from "../chart";
import { workload } from "../workload";

export const cloudnativePg: Chart = {
  name: "cloudnative-pg",
  repository: "cloudnative-pg",
  versions: [
    { version: "0.29.0", appVersion: "1.30.0" },
    { version: "0.27.1", appVersion: "1.28.1" },
  ],
  values: `
    replicaCount: int, image: {repository, pullPolicy, tag, ...}, imagePullSecrets: [any], nameOverride,
    fullnameOverride, namespaceOverride, hostNetwork: bool, dnsPolicy, updateStrategy: object, crds: {create:
    bool}, webhook: {port: int, mutating: object, validating: object, livenessProbe: object, readinessProbe:
    object, startupProbe: object, ...}, config: {create: bool, name, secret: bool, clusterWide: bool, data:
    map<string>, maxConcurrentReconciles: int}, additionalArgs: [any], additionalEnv: [any], serviceAccount:
    {create: bool, name}, rbac: {create: bool, aggregateClusterRoles: bool, ...}, commonAnnotations: object,
    podAnnotations: object, podLabels: object, containerSecurityContext: {allowPrivilegeEscalation: bool,
    readOnlyRootFilesystem: bool, runAsUser: int, runAsGroup: int, seccompProfile: object, capabilities:
    object, ...}, podSecurityContext: {runAsNonRoot: bool, seccompProfile: object, ...}, priorityClassName,
    service: {type, name, port: int, ipFamilyPolicy, ipFamilies: [any], ...}, resources: object, nodeSelector:
    object, topologySpreadConstraints: [any], tolerations: [object], affinity: object, monitoring:
    {podMonitorEnabled: bool, podMonitorMetricRelabelings: [any], podMonitorRelabelings: [any],
    podMonitorAdditionalLabels: object, grafanaDashboard: object, ...}, monitoringQueriesConfigMap: {name,
    queries, ...}
  `,
  defaults: { crds: { create: true }, replicaCount: 1, config: { create: true, clusterWide: true } },
  crds: {
    of: (version) => (version === "0.27.1" ? cloudnativePgCrds : [...cloudnativePgCrds, ...databaseRoleCrds]),
    when: ".Values.crds.create",
  },
  templates: {
    "operator.yaml": workload({
      kind: "Deployment",
      component: "manager",
      image: "ghcr.io/cloudnative-pg/cloudnative-pg",
      replicas: ".Values.replicaCount",
      args: ["controller", "--leader-elect", "--webhook-port=9443"],
    }),
  },
};
