import type { Chart } from "../chart";

/**
 * External Secrets. For the CRDs alone, as a release of their own, there as here: `installCRDs: true` with
 * `createOperator`, `webhook.create` and `certController.create` false; the operator's then has `installCRDs: false`.
 */
export const externalSecrets: Chart = {
  name: "external-secrets",
  repository: "external-secrets",
  oci: "external-secrets/charts/external-secrets",
  versions: [{ version: "2.9.0", appVersion: "v2.9.0" }],
  values: `
    global: object, replicaCount: int, revisionHistoryLimit: int, image: object, installCRDs: bool,
    crds: {createClusterExternalSecret: bool, createClusterSecretStore: bool, createSecretStore: bool,
      createClusterGenerator: bool, createClusterPushSecret: bool, createPushSecret: bool, annotations: object,
      conversion: object, unsafeServeV1Beta1: bool},
    imagePullSecrets: [any], nameOverride, fullnameOverride, namespaceOverride, commonLabels: object, leaderElect: bool,
    controllerClass, extendedMetricLabels: bool, scopedNamespace, scopedRBAC: bool, openshiftFinalizers: bool,
    systemAuthDelegator: bool, processClusterExternalSecret: bool, processClusterPushSecret: bool,
    processClusterStore: bool, processClusterGenerator: bool, processPushSecret: bool, processSecretStore: bool,
    genericTargets: object, createOperator: bool, concurrent: int, log: object, service: object, serviceAccount: object,
    rbac: object, extraEnv: [object], extraArgs: object, extraInitContainers: [object], extraContainers: [object],
    extraVolumes: [object], extraVolumeMounts: [object], extraObjects: [any], deploymentAnnotations: object,
    podAnnotations: object, podLabels: object, podSecurityContext: object, securityContext: object, resources: object,
    serviceMonitor: object, metrics: object, grafanaDashboard: object, livenessProbe: object, readinessProbe: object,
    nodeSelector: object, tolerations: [object], topologySpreadConstraints: [object], affinity: object,
    priorityClassName, podDisruptionBudget: object, hostNetwork: bool, hostUsers: any, hostAliases: [object],
    enableHTTP2: bool, strategy: object, dnsPolicy, dnsConfig: object, podSpecExtra: object, bitwarden-sdk-server: object,
    storeRequeueInterval, vault: object,
    webhook: {create: bool, replicaCount: int, port: int, certManager: object, resources: object, nodeSelector: object,
      tolerations: [object], affinity: object, image: object, ...},
    certController: {create: bool, replicaCount: int, requeueInterval, resources: object, nodeSelector: object,
      tolerations: [object], affinity: object, image: object, ...}
  `,
  defaults: {
    installCRDs: true,
    createOperator: true,
    replicaCount: 1,
    image: { repository: "ghcr.io/external-secrets/external-secrets" },
    webhook: { create: true },
    certController: { create: true },
  },
  templates: { folder: "external-secrets" },
};
