/** Tailscale's operator. Without `oauth` it takes its client from a Secret `operator-oauth` that is there already. */
import { tailscaleCrds } from "../../../crds/tailscale";
import type { Chart } from "../chart";
import { workload } from "../workload";

export const tailscaleOperator: Chart = {
  name: "tailscale-operator",
  repository: "tailscale",
  versions: [{ version: "1.94.2", appVersion: "v1.94.2" }],
  values: `
    nameOverride, fullnameOverride, oauth: {clientId, clientSecret, audience}, loginServer, oauthSecretVolume:
    object, installCRDs: bool, operatorConfig: {defaultTags: [any], image: object, logging, hostname,
    nodeSelector: object, resources: object, annotations: object, podAnnotations: object, podLabels: object,
    serviceAccountAnnotations: object, tolerations: [any], affinity: object, priorityClassName,
    podSecurityContext: object, securityContext: object, extraEnv: [any], sharedACMEAccountKey: bool, ...},
    ingressClass: {name, enabled: bool}, proxyConfig: {image: object, defaultTags, firewallMode,
    defaultProxyClass}, apiServerProxyConfig: {allowImpersonation, mode, ...}, imagePullSecrets: [any]
  `,
  defaults: {
    installCRDs: true,
    operatorConfig: { hostname: "tailscale-operator", defaultTags: ["tag:k8s-operator"] },
    proxyConfig: { defaultTags: "tag:k8s" },
    ingressClass: { name: "tailscale", enabled: true },
    apiServerProxyConfig: { mode: "false" },
  },
  crds: { of: () => tailscaleCrds, when: ".Values.installCRDs" },
  templates: {
    "operator.yaml": workload({
      kind: "Deployment",
      name: '"operator"',
      component: "operator",
      image: "tailscale/k8s-operator",
      pods: [
        `(dict "volumes" (list (dict "name" "oauth" "secret" (dict "secretName" "operator-oauth")))
         "volumeMounts" (list (dict "name" "oauth" "mountPath" "/oauth" "readOnly" true)))`,
        ".Values.operatorConfig",
      ],
    }),
    "oauth-secret.yaml": `
{{- if and .Values.oauth.clientId .Values.oauth.clientSecret }}
apiVersion: v1
kind: Secret
metadata:
  name: operator-oauth
  namespace: {{ .Release.Namespace }}
stringData:
  client_id: {{ .Values.oauth.clientId }}
  client_secret: {{ .Values.oauth.clientSecret }}
{{- end }}
`,
    "ingressclass.yaml": `
{{- if .Values.ingressClass.enabled }}
apiVersion: networking.k8s.io/v1
kind: IngressClass
metadata:
  name: {{ .Values.ingressClass.name }}
spec:
  controller: tailscale.com/ts-ingress
{{- end }}
`,
  },
};
