/** Forgejo: the chart is in the registry only. It keeps the name `gitea` for the app's settings. */
import type { Chart } from "../chart";
import { ingress } from "../ingress";
import { suffixed, workload } from "../workload";

export const forgejo: Chart = {
  name: "forgejo",
  oci: "forgejo-helm/forgejo",
  versions: [
    { version: "17.1.5", appVersion: "15.0.5" },
    { version: "17.1.3", appVersion: "15.0.3" },
  ],
  values: `
    global: {imageRegistry, imagePullSecrets: [any], storageClass, hostAliases: [object], compatibility:
    object}, replicaCount: int, strategy: object, clusterDomain, namespace, image: {registry, repository, tag,
    digest, pullPolicy, rootless: bool, fullOverride}, imagePullSecrets: [any], podSecurityContext: object,
    containerSecurityContext: object, securityContext: object, podDisruptionBudget: object, service: {http:
    object, ssh: object}, ingress: {enabled: bool, className: any, ingressClassName: any, annotations: object,
    hosts: [object], tls: [object], pathType, apiVersion}, httpRoute: object, route: object, resources:
    object, schedulerName, nodeSelector: object, tolerations: [object], affinity: object,
    topologySpreadConstraints: [object], dnsConfig: object, priorityClassName, deployment: object,
    serviceAccount: object, persistence: {enabled: bool, create: bool, mount: bool, claimName, size,
    accessModes: [string], labels: object, annotations: object, storageClass: any, subPath: any, volumeName},
    extraContainers: [object], extraInitContainers: [object], extraVolumes: [object],
    extraContainerVolumeMounts: [object], extraInitVolumeMounts: [object], extraVolumeMounts: [object],
    initPreScript, initContainers: object, signing: object, gitea: {admin: {username, password, email,
    existingSecret: any, passwordMode: string(keepUpdated|initialOnlyNoReset|initialOnlyRequireReset)},
    metrics: object, ldap: [object], oauth: [{name!, provider!, existingSecret, key, secret, autoDiscoverUrl,
    ...}], additionalConfigSources: [object], additionalConfigFromEnvs: [object], podAnnotations: object,
    config: object, ssh: object, livenessProbe: object, readinessProbe: object, startupProbe: object},
    checkDeprecation: bool, test: object, extraDeploy: [any], fullnameOverride, nameOverride
  `,
  defaults: {
    replicaCount: 1,
    image: { repository: "forgejo/forgejo", registry: "code.forgejo.org" },
    persistence: { enabled: true, create: true, claimName: "gitea-shared-storage", size: "10Gi" },
    ingress: { enabled: false },
    gitea: { admin: { username: "gitea_admin", passwordMode: "keepUpdated" } },
  },
  templates: {
    "forgejo.yaml": workload({
      kind: "Deployment",
      component: "forgejo",
      image: "code.forgejo.org/forgejo/forgejo",
      replicas: ".Values.replicaCount",
      pods: ['(dict "extraEnv" .Values.gitea.additionalConfigFromEnvs)', ".Values"],
      secrets: [".Values.gitea.admin.existingSecret"],
      claim: '(dict "enabled" .Values.persistence.enabled "existingClaim" .Values.persistence.claimName)',
    }),
    "storage.yaml": `
{{- if and .Values.persistence.enabled .Values.persistence.create }}
apiVersion: v1
kind: PersistentVolumeClaim
metadata:
  name: {{ .Values.persistence.claimName }}
  namespace: {{ .Release.Namespace }}
  annotations:
    helm.sh/resource-policy: keep
spec: {{- include "sandbox.claim" .Values.persistence | nindent 2 }}
{{- end }}
`,
    "services.yaml": service("http", 3000) + "---\n" + service("ssh", 22),
    "ingress.yaml": ingress({ values: ".Values.ingress", service: suffixed("http"), port: 3000 }),
  },
};

function service(name: string, port: number): string {
  return `apiVersion: v1
kind: Service
metadata:
  name: {{ ${suffixed(name)} }}
  namespace: {{ .Release.Namespace }}
spec:
  type: {{ (.Values.service.${name} | default dict).type | default "ClusterIP" }}
  selector:
    app.kubernetes.io/name: {{ .Chart.Name }}
    app.kubernetes.io/instance: {{ .Release.Name }}
  ports:
    - name: ${name}
      port: {{ (.Values.service.${name} | default dict).port | default ${port} }}
`;
}
