/** cert-manager, and Cloudflare's issuer beside it. */
import type { Chart } from "../chart";

export const certManager: Chart = {
  name: "cert-manager",
  repository: "jetstack",
  oci: "jetstack/charts/cert-manager",
  versions: ["v1.21.2", "v1.20.0", "v1.17.2"].map((version) => ({ version, appVersion: version })),
  values: `
    global: object, installCRDs: bool, crds: {enabled: bool, keep: bool}, replicaCount: int, strategy: object,
    podDisruptionBudget: object, featureGates, maxConcurrentChallenges: int, image: object, clusterResourceNamespace,
    namespace, fullnameOverride, nameOverride, creator, serviceAccount: object, automountServiceAccountToken: bool,
    enableCertificateOwnerRef: bool, config: object, dns01RecursiveNameservers, dns01RecursiveNameserversOnly: bool,
    disableAutoApproval: bool, approveSignerNames: [string], extraArgs: [string], extraEnv: [object], resources: object,
    securityContext: object, containerSecurityContext: object, volumes: [object], volumeMounts: [object],
    deploymentAnnotations: object, podAnnotations: object, podLabels: object, serviceAnnotations: object,
    serviceLabels: object, serviceIPFamilyPolicy, serviceIPFamilies: [string], podDnsPolicy, podDnsConfig: object,
    hostAliases: [object], nodeSelector: object, ingressShim: object, http_proxy, https_proxy, no_proxy, affinity: object,
    tolerations: [object], topologySpreadConstraints: [object], livenessProbe: object, enableServiceLinks: bool,
    prometheus: {enabled: bool, servicemonitor: object, podmonitor: object},
    webhook: {replicaCount: int, timeoutSeconds: int, hostNetwork: bool, securePort: int, resources: object,
      nodeSelector: object, tolerations: [object], affinity: object, extraArgs: [string], image: object, ...},
    cainjector: {enabled: bool, replicaCount: int, resources: object, nodeSelector: object, tolerations: [object],
      affinity: object, extraArgs: [string], image: object, ...},
    acmesolver: object, startupapicheck: {enabled: bool, ...}, networkPolicy: object, extraObjects: [any], enabled: bool
  `,
  defaults: {
    installCRDs: false,
    // Kept, as there: uninstalling must not delete everybody's certificates.
    crds: { enabled: false, keep: true },
    replicaCount: 1,
    image: { repository: "quay.io/jetstack/cert-manager-controller" },
    webhook: { replicaCount: 1, image: { repository: "quay.io/jetstack/cert-manager-webhook" } },
    cainjector: {
      enabled: true,
      replicaCount: 1,
      image: { repository: "quay.io/jetstack/cert-manager-cainjector" },
    },
  },
  templates: { folder: "cert-manager" },
};

export const originCaIssuer: Chart = {
  name: "origin-ca-issuer",
  oci: "cloudflare/origin-ca-issuer-charts/origin-ca-issuer",
  versions: [{ version: "0.6.10", appVersion: "v0.15.0" }],
  values: `
    global: object, nameOverride, fullnameOverride, certmanager: object,
    controller: {image: object, replicaCount: int, clusterResourceNamespace, disableApprovedCheck: bool,
      deploymentAnnotations: object, deploymentLabels: object, podAnnotations: object, podLabels: object,
      resources: object, nodeSelector: object, tolerations: [object], affinity: object, extraArgs: [string],
      securityContext: object, ...}
  `,
  defaults: {
    controller: {
      image: { repository: "cloudflare/origin-ca-issuer", pullPolicy: "Always" },
      replicaCount: 1,
      // The namespace of the Secrets of ClusterOriginIssuers; empty is the release's.
      clusterResourceNamespace: "",
      disableApprovedCheck: false,
    },
  },
  templates: { folder: "origin-ca-issuer" },
};
