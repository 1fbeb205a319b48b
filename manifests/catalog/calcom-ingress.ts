import { duration } from "../flux/names";
import { withComments, type Commented, type Manifest } from "../yaml";
import type { Calcom } from "./calcom-options";
import { ORIGIN_CA_SECRET } from "./calcom-secrets";

const ISSUER = "cloudflare-origin";

export function calcomIngress({ name, host, ingressClass }: Calcom): Commented {
  const object: Manifest = {
    apiVersion: "networking.k8s.io/v1",
    kind: "Ingress",
    metadata: { name, namespace: name },
    spec: {
      ingressClassName: ingressClass,
      tls: [{ hosts: [host], secretName: tlsSecret(name) }],
      rules: [
        {
          host,
          http: {
            paths: [
              { path: "/", pathType: "Prefix", backend: { service: { name, port: { number: 3000 } } } },
            ],
          },
        },
      ],
    },
  };
  return withComments(object, {
    metadata: [
      "No rate limits (nginx.ingress.kubernetes.io/limit-rps, limit-connections), on purpose: one page of Cal.com makes",
      "so many requests at once that usual limits answer 503 to real users. Cloudflare wards off floods at its edge.",
    ].join("\n"),
  });
}

/** https://github.com/cloudflare/origin-ca-issuer: an API token, since service keys no longer work. */
export function calcomOriginIssuer({ name, certificate }: Calcom): Manifest {
  return {
    apiVersion: "cert-manager.k8s.cloudflare.com/v1",
    kind: "OriginIssuer",
    metadata: { name: ISSUER, namespace: name },
    spec: { requestType: certificate.requestType, auth: { tokenRef: { ...ORIGIN_CA_SECRET } } },
  };
}

/** https://cert-manager.io/docs/usage/certificate/ */
export function calcomCertificate({ name, host, certificate }: Calcom): Manifest {
  return {
    apiVersion: "cert-manager.io/v1",
    kind: "Certificate",
    metadata: { name: tlsSecret(name), namespace: name },
    spec: {
      secretName: tlsSecret(name),
      issuerRef: { group: "cert-manager.k8s.cloudflare.com", kind: "OriginIssuer", name: ISSUER },
      dnsNames: [host],
      duration: duration(certificate.duration, "certificate duration"),
      renewBefore: duration(certificate.renewBefore, "certificate renewBefore"),
    },
  };
}

function tlsSecret(name: string): string {
  return `${name}-tls`;
}
