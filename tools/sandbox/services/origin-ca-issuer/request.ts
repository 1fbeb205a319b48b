/** CertificateRequests of Origin CA issuers: signed once they are approved. */
import "reflect-metadata";
import * as x509 from "@peculiar/x509";
import { changedCondition, isReady, milliseconds, now, type Condition } from "../controllers/conditions";
import type { Cluster } from "../controllers/cluster";
import { pathOf } from "../controllers/follow";
import type { Controller } from "../controllers/run";
import { OriginCa } from "./cloudflare-ca";
import { issuerToken } from "./issuer";
import {
  type CertificateRequest,
  component,
  issuerApi,
  issuerGroup,
  type OriginIssuer,
  requestApi,
} from "./types";

const SUBJECT_ALTERNATIVE_NAMES = "2.5.29.17";
const waitDelay = 1000;
/** How long after a request a refusal of Cloudflare may pass; then it has failed for good. */
const retryTime = 60_000;
const day = 24 * 60 * 60 * 1000;

export function requestController(cluster: Cluster, baseURL: string): Controller {
  return {
    name: "certificaterequests",
    path: `${requestApi}/certificaterequests`,
    reconcile: (key) => reconcileRequest(cluster, baseURL, key),
  };
}

/** Gives after how many milliseconds to look again. */
export async function reconcileRequest(
  cluster: Cluster,
  baseURL: string,
  key: string,
): Promise<number | undefined> {
  const path = pathOf(requestApi, "certificaterequests", key);
  const request = await cluster.get<CertificateRequest>(path);
  if (!request || request.metadata.deletionTimestamp) return undefined;
  const { group, kind = "OriginIssuer", name } = request.spec.issuerRef;
  if (group !== issuerGroup || (kind !== "OriginIssuer" && kind !== "ClusterOriginIssuer")) return undefined;
  const ready = conditionOf(request, "Ready");
  if (ready?.status === "True" || ready?.reason === "Failed" || ready?.reason === "Denied") return undefined;
  const report = (outcome: Outcome): Promise<void> => tell(cluster, path, request, outcome);
  if (conditionOf(request, "Denied")?.status === "True") {
    await report(
      failed("Denied", "Detected that the CertificateRequest is denied, so it will never be Ready."),
    );
    return undefined;
  }
  // Approving it is cert-manager's, or somebody else's who may.
  if (conditionOf(request, "Approved")?.status !== "True") return undefined;

  const issuer = await cluster.get<OriginIssuer>(
    kind === "OriginIssuer"
      ? pathOf(issuerApi, "originissuers", `${request.metadata.namespace ?? ""}/${name}`)
      : pathOf(issuerApi, "clusteroriginissuers", `/${name}`),
  );
  if (!issuer || !isReady(issuer.status?.conditions)) {
    await report(pending(issuer ? notReady(issuer) : missing(kind, name), "Normal", "WaitingForIssuerReady"));
    return waitDelay;
  }
  try {
    const certificate = await sign(cluster, baseURL, request, issuer);
    await report({
      condition: {
        status: "True",
        reason: "Issued",
        message: "Succeeded signing the CertificateRequest",
      },
      event: { type: "Normal", reason: "Issued" },
      more: { certificate: Buffer.from(certificate).toString("base64") },
    });
    return undefined;
  } catch (error) {
    const words = error instanceof Error ? error.message : String(error);
    const until = Date.parse(request.metadata.creationTimestamp ?? "") + retryTime;
    if (Date.now() > until) {
      await report(failed("Failed", `Failed permanently to sign CertificateRequest: ${words}`));
      return undefined;
    }
    const message = `Failed to sign CertificateRequest, will retry: ${words}`;
    await report(pending(message, "Warning", "RetryableError"));
    return waitDelay;
  }
}

const conditionOf = ({ status }: CertificateRequest, type: string): Condition | undefined =>
  status?.conditions?.find((condition) => condition.type === type);

const missing = (kind: string, name: string): string =>
  `${kind}.${issuerGroup} "${name}" not found. Waiting for it to be created.`;

function notReady({ status }: OriginIssuer): string {
  const ready = status?.conditions?.find(({ type }) => type === "Ready");
  const current = ready ? `is "${ready.reason ?? ""}": ${ready.message ?? ""}.` : ": <none>.";
  return `Waiting for issuer to become ready. Current issuer ready condition ${current}`.replace(" :", ":");
}

/** @throws Error in the words of Cloudflare, or of what the issuer lacks. */
async function sign(
  cluster: Cluster,
  baseURL: string,
  { spec }: CertificateRequest,
  issuer: OriginIssuer,
): Promise<string> {
  const csr = Buffer.from(spec.request, "base64").toString("utf8");
  const token = await issuerToken(cluster, issuer);
  const type = issuer.spec.requestType === "OriginRSA" ? "origin-rsa" : "origin-ecc";
  const days = milliseconds(spec.duration ?? "2160h") / day;
  return new OriginCa(baseURL, token).sign(csr, hostnames(csr), type, days);
}

/** Host names that a request asks for. */
function hostnames(csr: string): readonly string[] {
  const names = new x509.Pkcs10CertificateRequest(csr).getExtension(SUBJECT_ALTERNATIVE_NAMES);
  if (!(names instanceof x509.SubjectAlternativeNameExtension)) return [];
  return names.names.items.filter(({ type }) => type === "dns").map(({ value }) => value);
}

interface Outcome {
  readonly condition: Omit<Condition, "type">;
  readonly event: { readonly type: "Normal" | "Warning"; readonly reason: string };
  readonly more?: object;
}

const pending = (message: string, type: "Normal" | "Warning", reason: string): Outcome => ({
  condition: { status: "False", reason: "Pending", message },
  event: { type, reason },
});

const failed = (reason: "Failed" | "Denied", message: string): Outcome => ({
  condition: { status: "False", reason, message },
  event: { type: "Warning", reason: "PermanentError" },
  more: { failureTime: now() },
});

async function tell(
  cluster: Cluster,
  path: string,
  request: CertificateRequest,
  { condition, event, more }: Outcome,
): Promise<void> {
  const before = request.status?.conditions ?? [];
  const changed = changedCondition(before, { type: "Ready", ...condition });
  if (changed === undefined) return;
  const conditions = [...before.filter(({ type }) => type !== "Ready"), changed];
  await cluster.patchStatus(path, { conditions, ...more });
  await cluster.event(request, component, event.type, event.reason, condition.message ?? "");
}
