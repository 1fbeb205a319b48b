import { X509Certificate } from "node:crypto";
import { isObject, textOf } from "../../manifests/shape";
import { CloudflareRefusal } from "../../provider/cloudflare/answer";
import { CloudflareClient } from "../../provider/cloudflare/client";
import { QUIET } from "./access";
import { type Finding, ok } from "./check";
import type { Patient } from "./patient";

const DAY = 24 * 3600 * 1000;
/** How long before its end a credential is told of. */
const SOON = 30 * DAY;

interface Expiring {
  readonly what: string;
  readonly until: string | undefined;
  readonly fix: string;
}

/** Credentials that end soon, or have ended: the Cloudflare token, the kubeconfig's certificates, those that `up` renews. */
export async function expiryFindings(patient: Patient, now = Date.now()): Promise<readonly Finding[]> {
  const found = await Promise.all([
    cloudflareToken(patient),
    kubeconfigCertificates(patient),
    directCertificates(patient),
  ]);
  const known = found.flat();
  const bad = known.flatMap((one) => expiring(one, now) ?? []);
  if (bad.length > 0) return bad;
  const first = known.flatMap(({ until = [] }) => until).sort()[0];
  return [
    ok(
      first === undefined
        ? "none has an end"
        : `none ends within 30 days; the first on ${first.slice(0, 10)}`,
    ),
  ];
}

export function expiring({ what, until, fix }: Expiring, now: number): Finding | undefined {
  const left = Date.parse(until ?? "") - now;
  if (Number.isNaN(left) || left > SOON) return undefined;
  const days = String(Math.floor(left / DAY));
  return left < 0
    ? { verdict: "fail", text: `${what} has expired on ${String(until)}`, fix }
    : { verdict: "warn", text: `${what} expires in ${days} days, on ${String(until)}`, fix };
}

/** A token may tell its own end (https://developers.cloudflare.com/fundamentals/api/how-to/create-via-api/#verify-your-token). */
async function cloudflareToken(patient: Patient): Promise<Expiring[]> {
  const { cloudflare } = await patient.preflight();
  if (cloudflare === undefined) return [];
  const client = new CloudflareClient(QUIET, cloudflare);
  const verify = async (path: string) => await client.call("GET", `${path}/tokens/verify`);
  try {
    const told = await verify("/user").catch(async (error: unknown) => {
      if (error instanceof CloudflareRefusal) return await verify(`/accounts/${cloudflare.accountId}`);
      throw error;
    });
    const fix = "roll it in Cloudflare's dashboard, and put the new one where `cloudflare.apiToken` says";
    return [
      {
        what: "the token of `cloudflare.apiToken`",
        until: isObject(told) ? textOf(told.expires_on) : undefined,
        fix,
      },
    ];
  } catch (error) {
    // The check of the zone says what is wrong with the token.
    if (error instanceof CloudflareRefusal) return [];
    throw error;
  }
}

async function kubeconfigCertificates(patient: Patient): Promise<Expiring[]> {
  const { config } = await patient.cluster();
  const data = config.getCurrentUser()?.certData;
  const pem = data === undefined ? undefined : Buffer.from(data, "base64").toString("utf8");
  if (pem?.includes("-----BEGIN CERTIFICATE-----") !== true) return [];
  const until = new Date(new X509Certificate(pem).validTo).toISOString();
  const fix =
    "get a new kubeconfig from whoever runs the cluster, and put it where `cluster.kubeconfig` says";
  return [{ what: "the kubeconfig's client certificate", until, fix }];
}

/** Those of `cloudflare.certificates: direct`, which no controller renews. */
async function directCertificates(patient: Patient): Promise<Expiring[]> {
  const { certificates = {} } = await patient.outputs();
  return Object.entries(certificates).map(([name, until]) => ({
    what: `the certificate ${name}`,
    until,
    fix: "`pulumi up` has another one signed",
  }));
}
