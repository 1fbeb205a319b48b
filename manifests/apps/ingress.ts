import { duration, type Duration } from "../flux/names";
import { secret, type AppSecret } from "../secrets/app-secret";
import { value } from "../secrets/secret-text";
import { withComments, type Commented, type Manifest } from "../yaml";

/** Whatever leads from a public name to a Service of an app, in the app's namespace. */
export interface IngressOptions {
  /** Of the Ingress, and of the Service that it leads to. */
  readonly name: string;
  /** @default `name` */
  readonly namespace?: string;
  readonly hosts: readonly string[];
  /** Port of the Service. */
  readonly port: number;
}

/** An Ingress for an app's hosts, with the certificate of `certificate`. */
export function ingress(
  { name, namespace = name, hosts, port }: IngressOptions,
  { ingressClass = "nginx", comment }: { readonly ingressClass?: string; readonly comment?: string } = {},
): Commented {
  const backend = { service: { name, port: { number: port } } };
  const object: Manifest = {
    apiVersion: "networking.k8s.io/v1",
    kind: "Ingress",
    metadata: { name, namespace },
    spec: {
      ingressClassName: ingressClass,
      tls: [{ hosts: [...hosts], secretName: tlsSecret(name) }],
      rules: hosts.map((host) => ({ host, http: { paths: [{ path: "/", pathType: "Prefix", backend }] } })),
    },
  };
  return withComments(object, comment === undefined ? {} : { metadata: comment });
}

/** A Traefik IngressRoute on `websecure`: https://doc.traefik.io/traefik/reference/routing-configuration/kubernetes/crd/http/ingressroute/ */
export function ingressRoute({ name, namespace = name, hosts, port }: IngressOptions): Manifest {
  return {
    apiVersion: "traefik.io/v1alpha1",
    kind: "IngressRoute",
    metadata: { name, namespace },
    spec: {
      entryPoints: ["websecure"],
      routes: [
        {
          match: hosts.map((host) => `Host(\`${host}\`)`).join(" || "),
          kind: "Rule",
          services: [{ name, port }],
        },
      ],
      // Traefik's default certificate.
      tls: {},
    },
  };
}

export interface CertificateOptions extends Pick<IngressOptions, "name" | "namespace" | "hosts"> {
  /** @default "8760h" */
  readonly duration?: Duration;
  /** @default "720h" */
  readonly renewBefore?: Duration;
}

/** Name of the OriginIssuer of a namespace. */
const ISSUER = "cloudflare-origin";

/** Certificate of Cloudflare's Origin CA: https://cert-manager.io/docs/usage/certificate/ */
export function certificate(options: CertificateOptions): Manifest {
  const { name, namespace = name, hosts, duration: valid = "8760h", renewBefore = "720h" } = options;
  return {
    apiVersion: "cert-manager.io/v1",
    kind: "Certificate",
    metadata: { name: tlsSecret(name), namespace },
    spec: {
      secretName: tlsSecret(name),
      issuerRef: { group: "cert-manager.k8s.cloudflare.com", kind: "OriginIssuer", name: ISSUER },
      dnsNames: [...hosts],
      duration: duration(valid, "certificate duration"),
      renewBefore: duration(renewBefore, "certificate renewBefore"),
    },
  };
}

const ISSUER_TOKEN = { name: "cfapi-token", key: "api-token" } as const;

/** https://github.com/cloudflare/origin-ca-issuer: an API token, since service keys no longer work. */
export function originIssuer(
  namespace: string,
  requestType: "OriginECC" | "OriginRSA" = "OriginECC",
): Manifest {
  return {
    apiVersion: "cert-manager.k8s.cloudflare.com/v1",
    kind: "OriginIssuer",
    metadata: { name: ISSUER, namespace },
    spec: { requestType, auth: { tokenRef: { ...ISSUER_TOKEN } } },
  };
}

/** The token of a namespace's OriginIssuer. Its value is an API token with "SSL and Certificates Write" on the zones. */
export function originIssuerSecret(namespace: string): AppSecret {
  return secret(ISSUER_TOKEN.name, namespace, { [ISSUER_TOKEN.key]: value(originIssuerToken(namespace)) });
}

/** Name of the value of {@link originIssuerSecret}. */
export function originIssuerToken(namespace: string): string {
  return `${namespace}-cfapi-token`;
}

function tlsSecret(name: string): string {
  return `${name}-tls`;
}
