/** Cloudflare's issuer beside cert-manager. */
import type { Chart } from "../chart";

export const originCaIssuer: Chart = {
  name: "origin-ca-issuer",
  oci: "cloudflare/origin-ca-issuer-charts/origin-ca-issuer",
  versions: [{ version: "0.6.10", appVersion: "v0.15.0" }],
  values: `
    global: object, nameOverride, fullnameOverride, certmanager: {namespace, serviceAccountName, ...},
    controller: {image: object, replicaCount: int, clusterResourceNamespace, disableApprovedCheck: bool,
      deploymentAnnotations: object, deploymentLabels: object, podAnnotations: object, podLabels: object,
      resources: object, nodeSelector: object, tolerations: [object], affinity: object, extraArgs: [string],
      securityContext: object, ...}
  `,
  defaults: {
    // Whose controller may approve requests.
    certmanager: { namespace: "cert-manager", serviceAccountName: "cert-manager" },
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
