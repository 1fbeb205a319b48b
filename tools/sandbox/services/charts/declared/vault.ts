/** Vault. It starts sealed in reality; nobody can tell that from the pods here. */
import type { Chart } from "../chart";
import { fullname, suffixed, workload } from "../workload";

export const vault: Chart = {
  name: "vault",
  repository: "hashicorp",
  versions: [{ version: "0.34.1", appVersion: "2.0.4" }],
  values: `
    global: {enabled: bool, namespace, imagePullSecrets: [any], tlsDisable: bool, externalVaultAddr,
    openshift: bool, psp: object, serverTelemetry: object}, injector: {enabled: any, replicas: int, port: int,
    leaderElector: object, metrics: object, externalVaultAddr, image: object, agentImage: object,
    agentDefaults: object, livenessProbe: object, readinessProbe: object, startupProbe: object, authPath,
    logLevel, logFormat, revokeOnShutdown: bool, webhook: object, failurePolicy, namespaceSelector: object,
    objectSelector: object, webhookAnnotations: object, certs: object, securityContext: object, resources:
    object, extraEnvironmentVars: object, affinity: any, topologySpreadConstraints: any, tolerations: any,
    nodeSelector: any, priorityClassName, annotations: any, extraLabels: object, hostNetwork: bool, service:
    object, serviceAccount: object, podDisruptionBudget: object, strategy: object}, server: {enabled: any,
    enterpriseLicense: object, serviceCA: object, image: object, updateStrategyType, logLevel, logFormat,
    resources: object, ingress: object, httproute: object, hostAliases: [any], route: object, authDelegator:
    object, extraInitContainers: any, extraContainers: any, shareProcessNamespace: bool, extraArgs,
    extraPorts: any, readinessProbe: object, livenessProbe: object, terminationGracePeriodSeconds: int,
    preStopSleepSeconds: int, preStop: [any], postStart: [any], extraEnvironmentVars: object,
    extraSecretEnvironmentVars: [any], extraVolumes: [any], volumes: any, volumeMounts: any, affinity: any,
    topologySpreadConstraints: any, tolerations: any, nodeSelector: any, networkPolicy: object,
    priorityClassName, extraLabels: object, annotations: any, includeConfigAnnotation: bool, service: object,
    dataStorage: {enabled: bool, size, mountPath, storageClass: any, accessMode, annotations: any, labels:
    object}, persistentVolumeClaimRetentionPolicy: object, auditStorage: object, dev: {enabled: bool,
    devRootToken}, standalone: {enabled: any, config: any}, ha: {enabled: bool, replicas: int, apiAddr: any,
    clusterAddr: any, raft: {enabled: bool, setNodeId: bool, config: any}, config: any, disruptionBudget:
    object}, serviceAccount: object, statefulSet: object, hostNetwork: bool}, ui: {enabled: bool,
    publishNotReadyAddresses: bool, activeVaultPodOnly: bool, serviceType, serviceNodePort: any, externalPort:
    int, targetPort: int, serviceIPFamilyPolicy, serviceIPFamilies: [any], externalTrafficPolicy, annotations:
    any}, csi: {enabled: bool, image: object, volumes: any, volumeMounts: any, resources: object,
    hmacSecretName, hostNetwork: bool, daemonSet: object, pod: object, agent: object, priorityClassName,
    serviceAccount: object, readinessProbe: object, livenessProbe: object, logLevel, debug: bool, extraArgs:
    [any]}, serverTelemetry: {serviceMonitor: object, prometheusRules: object}, fullnameOverride, nameOverride
  `,
  defaults: {
    injector: { enabled: true, replicas: 1 },
    server: {
      dataStorage: { enabled: true, size: "10Gi", accessMode: "ReadWriteOnce" },
      standalone: { enabled: "-" },
      ha: { enabled: false, replicas: 3 },
    },
    ui: { enabled: false, serviceType: "ClusterIP" },
  },
  templates: {
    "server.yaml": workload({
      kind: "StatefulSet",
      component: "server",
      image: "hashicorp/vault",
      replicas: "(ternary .Values.server.ha.replicas 1 .Values.server.ha.enabled)",
      pods: [".Values.server"],
      ports: { http: 8200, "https-internal": 8201 },
      service: ".Values.server.service",
      claim: ".Values.server.dataStorage",
    }),
    "account.yaml": `
apiVersion: v1
kind: ServiceAccount
metadata:
  name: {{ ${fullname} }}
  namespace: {{ .Release.Namespace }}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata:
  name: {{ ${fullname} }}-server-binding
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: ClusterRole
  name: system:auth-delegator
subjects:
  - kind: ServiceAccount
    name: {{ ${fullname} }}
    namespace: {{ .Release.Namespace }}
`,
    "injector.yaml": workload({
      kind: "Deployment",
      name: suffixed("agent-injector"),
      component: "sidecar-injector",
      image: "hashicorp/vault-k8s",
      replicas: ".Values.injector.replicas",
      pods: [".Values.injector"],
      ports: { https: [443, 8080] },
      when: 'and .Values.injector.enabled (ne (toString .Values.injector.enabled) "-")',
    }),
    "ui.yaml": `
{{- if .Values.ui.enabled }}
apiVersion: v1
kind: Service
metadata:
  name: {{ ${fullname} }}-ui
  namespace: {{ .Release.Namespace }}
spec:
  type: {{ .Values.ui.serviceType }}
  selector:
    app.kubernetes.io/name: {{ .Chart.Name }}
    app.kubernetes.io/instance: {{ .Release.Name }}
    app.kubernetes.io/component: server
  ports:
    - name: http
      port: 8200
{{- end }}
`,
  },
};
