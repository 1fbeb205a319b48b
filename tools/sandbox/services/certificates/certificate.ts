/** Certificate: a key, a request, Origin CA's signature, and the TLS Secret; renewed before it ends. */
import { changedCondition, isReady, milliseconds, now, type Condition } from "../controllers/conditions";
import type { Cluster, Secret } from "../controllers/cluster";
import { pathOf } from "../controllers/follow";
import type { Controller } from "../controllers/run";
import { OriginCa } from "./cloudflare-ca";
import { issuerToken } from "./issuer";
import { createRequest, inspect, type Inspected } from "./keys";
import { certificateApi, issuerApi, issuerGroup, type Certificate, type OriginIssuer } from "./types";

const component = "cert-manager-certificates-issuing";
const nameAnnotation = "cert-manager.io/certificate-name";
const waitDelay = 500;
const refusedDelay = 15_000;
const day = 24 * 60 * 60 * 1000;

export function certificateController(cluster: Cluster, baseURL: string): Controller {
  return {
    name: "certificates",
    path: `${certificateApi}/certificates`,
    reconcile: (key) => reconcile(cluster, baseURL, key),
    also: [
      {
        path: `/api/v1/secrets?labelSelector=${encodeURIComponent("controller.cert-manager.io/fao=true")}`,
        keys: ({ metadata }) => {
          const name = metadata.annotations?.[nameAnnotation];
          return name ? [`${metadata.namespace ?? ""}/${name}`] : [];
        },
      },
    ],
  };
}

async function reconcile(cluster: Cluster, baseURL: string, key: string): Promise<number | undefined> {
  const path = pathOf(certificateApi, "certificates", key);
  const certificate = await cluster.get<Certificate>(path);
  if (!certificate || certificate.metadata.deletionTimestamp) return undefined;
  const { spec, metadata } = certificate;
  const namespace = metadata.namespace ?? "";

  const current = upToDate(certificate, await cluster.secret(namespace, spec.secretName));
  if (current) return reportReady(cluster, path, certificate, current, certificate.status?.revision ?? 1);

  const issuer = await findIssuer(cluster, certificate);
  if ("fault" in issuer) {
    await report(cluster, path, certificate, "False", issuer.reason, issuer.fault);
    return waitDelay;
  }
  try {
    const issued = await issue(cluster, baseURL, certificate, issuer);
    return await reportReady(cluster, path, certificate, issued, (certificate.status?.revision ?? 0) + 1);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    await report(cluster, path, certificate, "False", "Failed", message);
    return refusedDelay;
  }
}

/** The certificate in the Secret, when it is still the one that is asked for and not due for renewal. */
function upToDate(certificate: Certificate, secret: Secret | undefined): Inspected | undefined {
  const { spec, metadata } = certificate;
  const text = (key: string) => Buffer.from(secret?.data?.[key] ?? "", "base64").toString("utf8");
  const found = inspect(text("tls.crt"), text("tls.key"));
  if (!found || !secret) return undefined;
  const wanted = JSON.stringify([...(spec.dnsNames ?? [])].sort());
  if (JSON.stringify([...found.names].sort()) !== wanted) return undefined;
  const annotations = secret.metadata.annotations ?? {};
  const issuer = annotations["cert-manager.io/issuer-name"] === spec.issuerRef.name;
  if (annotations[nameAnnotation] !== metadata.name || !issuer) return undefined;
  return renewalTime(spec, found).getTime() > Date.now() ? found : undefined;
}

/** A third of the time before the end, unless the Certificate says when. */
function renewalTime(spec: Certificate["spec"], { notBefore, notAfter }: Inspected): Date {
  const lifetime = notAfter.getTime() - notBefore.getTime();
  const before = spec.renewBefore ? milliseconds(spec.renewBefore) : lifetime / 3;
  return new Date(notAfter.getTime() - Math.min(before, lifetime - 1000));
}

type FoundIssuer = OriginIssuer | { readonly reason: string; readonly fault: string };

async function findIssuer(cluster: Cluster, { spec, metadata }: Certificate): Promise<FoundIssuer> {
  const { group = "cert-manager.io", kind = "Issuer", name } = spec.issuerRef;
  if (group !== issuerGroup || (kind !== "OriginIssuer" && kind !== "ClusterOriginIssuer")) {
    return {
      reason: "UnsupportedIssuer",
      fault: `the sandbox signs by ${issuerGroup} only, not by ${group} ${kind}`,
    };
  }
  const path =
    kind === "OriginIssuer"
      ? pathOf(issuerApi, "originissuers", `${metadata.namespace ?? ""}/${name}`)
      : pathOf(issuerApi, "clusteroriginissuers", `/${name}`);
  const issuer = await cluster.get<OriginIssuer>(path);
  if (!issuer) return { reason: "DoesNotExist", fault: `${kind} ${name} does not exist` };
  if (isReady(issuer.status?.conditions)) return issuer;
  return { reason: "IssuerNotReady", fault: `${kind} ${name} is not ready` };
}

/** @throws Error in the words of Cloudflare or of the Certificate's fault. */
async function issue(
  cluster: Cluster,
  baseURL: string,
  certificate: Certificate,
  issuer: OriginIssuer,
): Promise<Inspected> {
  const { spec } = certificate;
  const hostnames = spec.dnsNames ?? [];
  if (hostnames.length === 0) throw new Error("spec.dnsNames is empty: Origin CA signs for host names");
  if (spec.ipAddresses?.length) throw new Error("spec.ipAddresses: Origin CA does not sign for IP addresses");
  const { key, csr } = await createRequest(spec);
  const type = issuer.spec.requestType === "OriginRSA" ? "origin-rsa" : "origin-ecc";
  const days = milliseconds(spec.duration ?? "2160h") / day;
  const token = await issuerToken(cluster, issuer);
  const signed = await new OriginCa(baseURL, token).sign(csr, hostnames, type, days);
  const issued = inspect(signed, key);
  if (!issued) throw new Error("the certificate that Cloudflare gave does not fit the key");
  await cluster.applySecret(tlsSecret(certificate, signed, key), component);
  return issued;
}

function tlsSecret({ metadata, spec }: Certificate, signed: string, key: string): Secret {
  return {
    metadata: {
      name: spec.secretName,
      namespace: metadata.namespace,
      labels: { ...spec.secretTemplate?.labels, "controller.cert-manager.io/fao": "true" },
      annotations: {
        ...spec.secretTemplate?.annotations,
        [nameAnnotation]: metadata.name,
        "cert-manager.io/alt-names": (spec.dnsNames ?? []).join(","),
        "cert-manager.io/common-name": spec.commonName ?? "",
        "cert-manager.io/ip-sans": "",
        "cert-manager.io/uri-sans": "",
        "cert-manager.io/issuer-group": spec.issuerRef.group ?? "",
        "cert-manager.io/issuer-kind": spec.issuerRef.kind ?? "",
        "cert-manager.io/issuer-name": spec.issuerRef.name,
      },
    },
    type: "kubernetes.io/tls",
    data: {
      "tls.crt": Buffer.from(signed, "utf8").toString("base64"),
      "tls.key": Buffer.from(key, "utf8").toString("base64"),
    },
  };
}

async function reportReady(
  cluster: Cluster,
  path: string,
  certificate: Certificate,
  issued: Inspected,
  revision: number,
): Promise<number> {
  const renewal = renewalTime(certificate.spec, issued);
  await report(cluster, path, certificate, "True", "Ready", "Certificate is up to date and has not expired", {
    notBefore: now(issued.notBefore),
    notAfter: now(issued.notAfter),
    renewalTime: now(renewal),
    revision,
  });
  return Math.max(waitDelay, renewal.getTime() - Date.now());
}

async function report(
  cluster: Cluster,
  path: string,
  certificate: Certificate,
  status: Condition["status"],
  reason: string,
  message: string,
  more: { readonly notAfter?: string; readonly [field: string]: unknown } = {},
): Promise<void> {
  const observedGeneration = certificate.metadata.generation;
  const next = { type: "Ready", status, reason, message, observedGeneration };
  const condition = changedCondition(certificate.status?.conditions, next);
  const renewed = more.notAfter !== undefined && more.notAfter !== certificate.status?.notAfter;
  if (condition ?? renewed) {
    await cluster.patchStatus(path, { ...(condition ? { conditions: [condition] } : {}), ...more });
  }
  if (condition) {
    await cluster.event(certificate, component, status === "True" ? "Normal" : "Warning", reason, message);
  }
}
