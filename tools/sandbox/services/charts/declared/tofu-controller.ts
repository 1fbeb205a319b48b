/** tofu-controller: Terraform objects beside Flux's own. The account `tf-runner` stands where Terraform objects run. */
import { tofuCrds } from "../../../crds/tofu-controller";
import type { Chart } from "../chart";
import { workload } from "../workload";

export const tofuController: Chart = {
  name: "tofu-controller",
  repository: "flux-iac",
  oci: "flux-iac/charts/tofu-controller",
  versions: [{ version: "0.16.5", appVersion: "v0.16.5" }],
  values: `
    allowCrossNamespaceRefs: bool, watchAllNamespaces: bool, serviceAccount: {create: bool, annotations:
    object, name, ...}, nameOverride, fullnameOverride, deploymentLabels: object, podAnnotations: object,
    podLabels: object, replicaCount: int, image: {repository, pullPolicy, tag, ...}, imagePullSecrets: [any],
    resources: {limits: object, requests: object, ...}, extraEnv: any, podSecurityContext: {fsGroup: int,
    ...}, securityContext: {allowPrivilegeEscalation: bool, capabilities: object, readOnlyRootFilesystem:
    bool, runAsNonRoot: bool, runAsUser: int, seccompProfile: object, ...}, rbac: {create: bool, ...},
    nodeSelector: object, tolerations: [any], affinity: object, volumes: [any], volumeMounts: [any],
    priorityClassName, logEncoding, logLevel, concurrency: int, certRotationCheckFrequency,
    caCertValidityDuration, eventsAddress, kubeAPIQPS: int, kubeAPIBurst: int, allowBreakTheGlass: bool,
    clusterDomain, usePodSubdomainResolution: bool, usePriorityQueue: bool, quotaRetryEnabled: bool,
    quotaRetryDelay, quotaRetryJitterFactor, terminationGracePeriodSeconds: int, awsPackage: {install: bool,
    tag, repository}, runner: {image: object, grpc: {maxMessageSize: int}, creationTimeout, serviceAccount:
    {create: bool, annotations: object, name, allowedNamespaces: [string]}}, eksSecurityGroupPolicy: {create:
    bool, ids: [any], ...}, metrics: {enabled: bool, serviceMonitor: object, ...}, branchPlanner: {enabled:
    bool, image: object, deploymentLabels: object, configMap, pollingInterval, sourceInterval,
    podSecurityContext: object, securityContext: object, resources: object, ...}
  `,
  defaults: {
    allowCrossNamespaceRefs: false,
    watchAllNamespaces: true,
    replicaCount: 1,
    concurrency: 24,
    awsPackage: { install: true },
    runner: { serviceAccount: { create: true, name: "tf-runner", allowedNamespaces: [] } },
  },
  crds: { of: () => tofuCrds },
  templates: {
    "controller.yaml": workload({
      kind: "Deployment",
      component: "tofu-controller",
      image: "ghcr.io/flux-iac/tofu-controller",
      replicas: ".Values.replicaCount",
      flags: [
        '(printf "--allow-cross-namespace-refs=%t" .Values.allowCrossNamespaceRefs)',
        '(printf "--watch-all-namespaces=%t" .Values.watchAllNamespaces)',
      ],
    }),
    "runner-accounts.yaml": `
{{- with .Values.runner.serviceAccount }}
{{- if .create }}
{{- range uniq (append .allowedNamespaces $.Release.Namespace) }}
---
apiVersion: v1
kind: ServiceAccount
metadata:
  name: {{ $.Values.runner.serviceAccount.name }}
  namespace: {{ . }}
{{- end }}
{{- end }}
{{- end }}
`,
  },
};
