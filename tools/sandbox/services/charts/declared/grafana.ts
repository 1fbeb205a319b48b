/** Grafana, in the repository of its community, where the chart has moved to. */
import type { Chart } from "../chart";
import { ingress } from "../ingress";
import { fullname, workload } from "../workload";

export const grafana: Chart = {
  name: "grafana",
  repository: "grafana-community",
  versions: [
    { version: "12.11.1", appVersion: "13.2.0" },
    { version: "11.6.1", appVersion: "12.4.3" },
  ],
  values: `
    global: {imageRegistry: any, imagePullSecrets: [any], ...}, rbac: {create: bool, pspEnabled: bool,
    pspUseAppArmor: bool, namespaced: bool, namespaces: [any], extraRoleRules: [any], extraClusterRoleRules:
    [any], ...}, serviceAccount: {create: bool, name, nameTest, labels: object, automountServiceAccountToken:
    bool, ...}, replicas: int, headlessService: bool, automountServiceAccountToken: bool, autoscaling:
    {enabled: bool, minReplicas: int, maxReplicas: int, targetCPU, targetMemory, behavior: object, ...},
    podDisruptionBudget: object, deploymentStrategy: {type, ...}, progressDeadlineSeconds: any, startupProbe:
    object, readinessProbe: {httpGet: object, ...}, livenessProbe: {httpGet: object, initialDelaySeconds: int,
    timeoutSeconds: int, failureThreshold: int, ...}, image: {registry, repository, tag, sha, pullPolicy,
    pullSecrets: [any], ...}, testFramework: {enabled: bool, image: object, imagePullPolicy, securityContext:
    object, containerSecurityContext: object, resources: object, ...}, dnsPolicy: any, dnsConfig: object,
    hostUsers: any, securityContext: {runAsNonRoot: bool, runAsUser: int, runAsGroup: int, fsGroup: int, ...},
    containerSecurityContext: {allowPrivilegeEscalation: bool, privileged: bool, capabilities: object,
    seccompProfile: object, ...}, createConfigmap: bool, extraConfigmapMounts: [any], extraEmptyDirMounts:
    [any], shadowBundledPlugins: bool, extraLabels: object, downloadDashboardsImage: {registry, repository,
    tag, sha, pullPolicy, ...}, downloadDashboards: {env: object, envFromSecret, resources: object,
    securityContext: object, envValueFrom: object, ...}, podPortName, gossipPortName, service: {enabled: bool,
    type, ipFamilyPolicy, ipFamilies: [any], loadBalancerIP, loadBalancerClass, loadBalancerSourceRanges:
    [any], port: int, targetPort: int, annotations: object, labels: object, portName, appProtocol,
    sessionAffinity, trafficDistribution, ...}, serviceMonitor: {enabled: bool, path, labels: object, scheme,
    tlsConfig: object, relabelings: [any], metricRelabelings: [any], basicAuth: object, targetLabels: [any],
    ...}, extraExposePorts: [any], hostAliases: [any], ingress: {enabled: bool, ingressClassName, annotations:
    object, labels: object, path, pathType, hosts: [string], extraPaths: [any], tls: [object]}, route: {main:
    object, ...}, listenerSet: {main: object, ...}, resources: object, nodeSelector: object, tolerations:
    [object], affinity: object, topologySpreadConstraints: [any], extraInitContainers: [any], extraContainers:
    any, extraContainerVolumes: [any], persistence: {type, enabled: bool, storageClassName, existingClaim,
    accessModes: [string], size, annotations: object, finalizers: [string], subPath, inMemory: object,
    volumeName, extraPvcLabels: object, disableWarning: bool, lookupVolumeName: bool,
    persistentVolumeClaimRetentionPolicy: object, selectorLabels: object}, initChownData: {enabled: bool,
    image: object, resources: object, securityContext: object, ...}, adminUser, admin: {existingSecret,
    userKey, passwordKey}, env: object, envValueFrom: object, envFromSecret, envRenderSecret: object,
    envFromSecrets: [object], envFromConfigMaps: [object], enableServiceLinks: bool, extraSecretMounts:
    [object], extraVolumeMounts: [any], extraVolumes: [any], lifecycleHooks: object, plugins: [any],
    datasources: object, alerting: object, notifiers: object, dashboardProviders: object, defaultCurlOptions,
    dashboards: object, dashboardsConfigMaps: object, ldap: {enabled: bool, existingSecret, config, ...},
    shareProcessNamespace: bool, smtp: {existingSecret, userKey, passwordKey}, sidecar: {image: object,
    imagePullPolicy, resources: object, securityContext: object, enableUniqueFilenames: bool, readinessProbe:
    object, livenessProbe: object, alerts: object, dashboards: object, datasources: object, plugins: object,
    notifiers: object, ...}, namespaceOverride, revisionHistoryLimit: int, imageRenderer: object,
    networkPolicy: {enabled: bool, ingress: bool, allowExternal: bool, explicitNamespacesSelector: object,
    explicitIpBlocks: [any], egress: object, ...}, enableKubeBackwardCompatibility: bool, useStatefulSet:
    bool, extraObjects: [any], assertNoLeakedSecrets: bool, verticalPodAutoscaler: {enabled: bool, updateMode,
    controlledResources: object, minAllowed: object, maxAllowed: object, ...}, adminPassword, podLabels:
    object, podAnnotations: object, annotations: object, labels: object, priorityClassName, command: [any],
    args: [any], grafana.ini: object, nameOverride, fullnameOverride, schedulerName
  `,
  defaults: {
    replicas: 1,
    image: { registry: "docker.io", repository: "grafana/grafana" },
    admin: { existingSecret: "", userKey: "admin-user", passwordKey: "admin-password" },
    persistence: { enabled: false, type: "pvc", accessModes: ["ReadWriteOnce"], size: "10Gi" },
    ingress: { enabled: false, path: "/", hosts: ["chart-example.local"] },
    service: { enabled: true, type: "ClusterIP", port: 80 },
    sidecar: {
      dashboards: { enabled: false, label: "grafana_dashboard" },
      datasources: { enabled: false, label: "grafana_datasource" },
    },
  },
  templates: {
    "grafana.yaml": workload({
      kind: "Deployment",
      component: "grafana",
      image: "docker.io/grafana/grafana",
      replicas: ".Values.replicas",
      pods: ['(dict "extraEnv" (include "grafana.admin" .))', ".Values"],
      ports: { "http-web": [80, 3000] },
      service: ".Values.service",
      claim: ".Values.persistence",
      secrets: [".Values.envFromSecret"],
    }),
    "_admin.tpl": `
{{- define "grafana.admin" -}}
{{- with .Values.admin }}
{{- if .existingSecret }}
- name: GF_SECURITY_ADMIN_USER
  valueFrom:
    secretKeyRef:
      name: {{ .existingSecret }}
      key: {{ .userKey }}
- name: GF_SECURITY_ADMIN_PASSWORD
  valueFrom:
    secretKeyRef:
      name: {{ .existingSecret }}
      key: {{ .passwordKey }}
{{- end }}
{{- end }}
{{- end -}}
`,
    "configmap.yaml": `
apiVersion: v1
kind: ConfigMap
metadata:
  name: {{ ${fullname} }}
  namespace: {{ .Release.Namespace }}
data:
  grafana.ini: |
    {{- range $section, $settings := index .Values "grafana.ini" }}
    {{- if kindIs "map" $settings }}
    [{{ $section }}]
    {{- range $key, $value := $settings }}
    {{ $key }} = {{ $value }}
    {{- end }}
    {{- else }}
    {{ $section }} = {{ $settings }}
    {{- end }}
    {{- end }}
  {{- range $file, $content := merge (dict) .Values.datasources .Values.dashboardProviders }}
  {{ $file }}: |
    {{- toYaml $content | nindent 4 }}
  {{- end }}
`,
    "ingress.yaml": ingress({ values: ".Values.ingress", service: fullname, port: 80 }),
  },
};
