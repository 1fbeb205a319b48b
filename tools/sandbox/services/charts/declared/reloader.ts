/** Reloader: restarts what reads a Secret or ConfigMap when that changes. The chart always puts its name behind the release's. */
import type { Chart } from "../chart";
import { workload } from "../workload";

export const reloader: Chart = {
  name: "reloader",
  repository: "stakater",
  versions: [{ version: "2.2.14", appVersion: "v1.4.19" }],
  values: `
    global: {imageRegistry, imagePullSecrets: [any], ...}, kubernetes: {host}, nameOverride, fullnameOverride,
    image: {name, repository, tag, pullPolicy, ...}, reloader: {autoReloadAll: bool, isArgoRollouts: bool,
    isOpenshift: bool, ignoreSecrets: bool, ignoreConfigMaps: bool, ignoreJobs: bool, ignoreCronJobs: bool,
    reloadOnCreate: bool, reloadOnDelete: bool, syncAfterRestart: bool, reloadStrategy:
    string(default|env-vars|annotations), ignoreNamespaces, namespaceSelector, resourceLabelSelector,
    logFormat, logLevel, watchGlobally: bool, namespaces: [any], enableHA: bool, enablePProf: bool,
    enableCSIIntegration: bool, pprofAddr, readOnlyRootFileSystem: bool, legacy: object, matchLabels: object,
    enableMetricsByNamespace: bool, deployment: {replicas: int, nodeSelector: any, tolerations: [object],
    resources: object, affinity: object, annotations: object, labels: object, env: object, pod: object,
    priorityClassName, ...}, service: object, rbac: object, serviceAccount: object, custom_annotations:
    object, serviceMonitor: object, podMonitor: object, podDisruptionBudget: object, netpol: object,
    verticalPodAutoscaler: object, webhookUrl}
  `,
  defaults: { reloader: { watchGlobally: true, reloadStrategy: "default", deployment: { replicas: 1 } } },
  templates: {
    "deployment.yaml": workload({
      kind: "Deployment",
      name: '(.Values.fullnameOverride | default (printf "%s-reloader" .Release.Name))',
      component: "reloader",
      image: "ghcr.io/stakater/reloader",
      replicas: ".Values.reloader.deployment.replicas",
      pods: [".Values.reloader.deployment"],
    }),
  },
};
