import type { FolderContent } from "../app";
import { duration, type Duration } from "../flux/names";
import { secret, type AppSecret } from "../secrets/app-secret";
import { value } from "../secrets/secret-text";
import { withComments, type Commented, type Manifest } from "../yaml";

/** Whatever leads from a public name to a Service of an app, in the app's namespace. */
export interface IngressOptions {
  readonly name: string;
  /** @default `name` */
  readonly namespace?: string;
  /** Service that it leads to. @default `name` */
  readonly service?: string;
  readonly hosts: readonly string[];
  /** Port of the Service. */
  readonly port: number;
}

export interface IngressDetails {
  /** @default "nginx" */
  readonly ingressClass?: string;
  /** Above the metadata. */
  readonly comment?: string;
  /** With the certificate of {@link certificate}. @default true */
  readonly certified?: boolean;
}

/** An Ingress for an app's hosts. */
export function ingress(
  { name, namespace = name, service = name, hosts, port }: IngressOptions,
  { ingressClass = "nginx", comment, certified = true }: IngressDetails = {},
): Commented {
  const backend = { service: { name: service, port: { number: port } } };
  const object: Manifest = {
    apiVersion: "networking.k8s.io/v1",
    kind: "Ingress",
    metadata: { name, namespace },
    spec: {
      ingressClassName: ingressClass,
      tls: certified ? [{ hosts: [...hosts], secretName: tlsSecret(name) }] : undefined,
      rules: hosts.map((host) => ({ host, http: { paths: [{ path: "/", pathType: "Prefix", backend }] } })),
    },
  };
  return withComments(object, comment === undefined ? {} : { metadata: comment });
}

/** A Traefik IngressRoute on `websecure`: https://doc.traefik.io/traefik/reference/routing-configuration/kubernetes/crd/http/ingressroute/ */
export function ingressRoute(
  { name, namespace = name, service = name, hosts, port }: IngressOptions,
  certified = false,
): Manifest {
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
          services: [{ name: service, port }],
        },
      ],
      // Without a Secret it is Traefik's default certificate.
      tls: certified ? { secretName: tlsSecret(name) } : {},
    },
  };
}

export interface CertificateOptions extends Pick<IngressOptions, "name" | "namespace" | "hosts"> {
  /** OriginIssuer in that namespace. @default "cloudflare-origin" */
  readonly issuer?: string;
  /** @default "8760h" */
  readonly duration?: Duration;
  /** @default "720h" */
  readonly renewBefore?: Duration;
}

/** Of Cloudflare's issuers of cert-manager. */
export const ISSUER_GROUP = "cert-manager.k8s.cloudflare.com";

/** Name of the OriginIssuer of a namespace. */
const ISSUER = "cloudflare-origin";

/** Certificate of Cloudflare's Origin CA: https://cert-manager.io/docs/usage/certificate/ */
export function certificate(options: CertificateOptions): Manifest {
  const { name, namespace = name, issuer = ISSUER, hosts } = options;
  const { duration: valid = "8760h", renewBefore = "720h" } = options;
  return {
    apiVersion: "cert-manager.io/v1",
    kind: "Certificate",
    metadata: { name: tlsSecret(name), namespace },
    spec: {
      secretName: tlsSecret(name),
      issuerRef: { group: ISSUER_GROUP, kind: "OriginIssuer", name: issuer },
      dnsNames: [...hosts],
      duration: duration(valid, "certificate duration"),
      renewBefore: duration(renewBefore, "certificate renewBefore"),
    },
  };
}

const ISSUER_TOKEN = { name: "cfapi-token", key: "api-token" } as const;

/**
 * https://github.com/cloudflare/origin-ca-issuer: an API token, since service keys no longer work.
 * @param prefix of its name and its Secret's, where the namespace has another one
 */
export function originIssuer(
  namespace: string,
  requestType: "OriginECC" | "OriginRSA" = "OriginECC",
  prefix = "",
): Manifest {
  const { name, key } = ISSUER_TOKEN;
  return {
    apiVersion: `${ISSUER_GROUP}/v1`,
    kind: "OriginIssuer",
    metadata: { name: prefix + ISSUER, namespace },
    spec: { requestType, auth: { tokenRef: { name: prefix + name, key } } },
  };
}

/** The token of an OriginIssuer. Its value is an API token with "SSL and Certificates Write" on the zones. */
export function originIssuerSecret(namespace: string, prefix = ""): AppSecret {
  const data = { [ISSUER_TOKEN.key]: value(originIssuerToken(namespace)) };
  return secret(prefix + ISSUER_TOKEN.name, namespace, data);
}

/** Name of the value of {@link originIssuerSecret}. */
export function originIssuerToken(namespace: string): string {
  return `${namespace}-cfapi-token`;
}

/**
 * The files that lead a namespace's hosts to a Service of it.
 * @param kind `traefik`: an IngressRoute; else an Ingress of that class
 * @param certified with a certificate of Cloudflare's Origin CA, its issuer, and the issuer's token
 * @param prefix of the issuer's name, where the namespace may have another one
 */
export function entranceFolder(
  options: IngressOptions,
  kind: string,
  certified: boolean,
  prefix = "",
): FolderContent {
  const { name, namespace = name } = options;
  return {
    ...(kind === "traefik"
      ? { "ingressroute.yaml": ingressRoute(options, certified) }
      : { "ingress.yaml": ingress(options, { ingressClass: kind, certified }) }),
    ...(certified && {
      [`secret-${ISSUER_TOKEN.name}.yaml`]: originIssuerSecret(namespace, prefix),
      "originissuer.yaml": originIssuer(namespace, undefined, prefix),
      "certificate.yaml": certificate({ ...options, issuer: prefix + ISSUER }),
    }),
  };
}

function tlsSecret(name: string): string {
  return `${name}-tls`;
}
