import type { App, AppKustomization, DirectCertificate, FolderContent } from "../app";
import { ORIGIN_CA_ISSUER } from "../catalog/origin-ca-issuer";
import { secret, valuesOf, type SecretsMode } from "../secrets/app-secret";
import { value } from "../secrets/secret-text";
import { ISSUER_GROUP, originIssuerToken } from "./ingress";

/** Fields of a Certificate of cert-manager's. */
interface Certificate {
  readonly kind: "Certificate";
  readonly metadata: { readonly namespace: string };
  readonly spec: {
    readonly secretName: string;
    readonly dnsNames: readonly string[];
    readonly issuerRef: { readonly group?: string };
  };
}

/**
 * The app for a cluster without an Origin CA issuer: its Certificates become Secrets of the same names, which take
 * certificates that the program has signed. Certificates of other issuers stay.
 * @param via the way of the Secrets, where it isn't the system's first one
 */
export function withDirectCertificates(app: App, via?: SecretsMode["from"]): App {
  const certificates: DirectCertificate[] = [];
  const kustomizations = app.kustomizations.map((one): AppKustomization => {
    const { manifests, dependsOn, ...rest } = one;
    const others = dependsOn?.filter(({ name }) => name !== ORIGIN_CA_ISSUER) ?? [];
    return {
      ...rest,
      ...(others.length > 0 && { dependsOn: others }),
      ...(manifests && { manifests: folder(manifests, certificates, via) }),
    };
  });
  return { ...app, kustomizations, ...(certificates.length > 0 && { certificates }) };
}

/** Hosts of the app's Certificates that an issuer of Cloudflare's Origin CA is to sign. */
export function issuedHosts({ kustomizations }: App): string[] {
  const sources = kustomizations.flatMap(({ manifests = {} }) => Object.values(manifests));
  return sources.filter(isCertificate).flatMap(({ spec }) => spec.dnsNames);
}

function folder(
  content: FolderContent,
  certificates: DirectCertificate[],
  via: SecretsMode["from"] | undefined,
): FolderContent {
  const files = Object.entries(content).flatMap(([file, source]): [string, FolderContent[string]][] => {
    if (isCertificate(source)) {
      const { spec, metadata } = source;
      const name = valueName(metadata.namespace, spec.secretName);
      certificates.push({ value: name, hosts: spec.dnsNames });
      const data = { "tls.crt": value(name, "certificate"), "tls.key": value(name, "privateKey") };
      const type = "kubernetes.io/tls";
      return [
        [
          file.replace("certificate", `secret-${spec.secretName}`),
          secret(spec.secretName, metadata.namespace, data, { type, via }),
        ],
      ];
    }
    return isOfIssuer(source) ? [] : [[file, source]];
  });
  return Object.fromEntries(files);
}

/** The Secret's name, which begins with the namespace of most apps already. */
function valueName(namespace: string, secretName: string): string {
  return secretName.startsWith(`${namespace}-`) ? secretName : `${namespace}-${secretName}`;
}

function isCertificate(source: FolderContent[string]): source is FolderContent[string] & Certificate {
  if (source === undefined || !("kind" in source) || source.kind !== "Certificate") return false;
  const { issuerRef } = source.spec as Certificate["spec"];
  return issuerRef.group === ISSUER_GROUP;
}

/** An OriginIssuer, and the Secret of its token. */
function isOfIssuer(source: FolderContent[string]): boolean {
  if (source === undefined) return false;
  if ("kind" in source) return source.kind === "OriginIssuer";
  if (!("secret" in source)) return false;
  return valuesOf(source).includes(originIssuerToken(source.secret.namespace));
}
