import type { FolderContent } from "../../app";

/** Let's Encrypt by HTTP-01, which Traefik answers: https://cert-manager.io/docs/configuration/acme/http01/ */
export function letsEncrypt(email: string): FolderContent {
  return {
    "clusterissuer.yaml": {
      apiVersion: "cert-manager.io/v1",
      kind: "ClusterIssuer",
      metadata: { name: "letsencrypt" },
      spec: {
        acme: {
          server: "https://acme-v02.api.letsencrypt.org/directory",
          email,
          privateKeySecretRef: { name: "letsencrypt" },
          solvers: [{ http01: { ingress: { ingressClassName: "traefik" } } }],
        },
      },
    },
  };
}
