import { X509Certificate } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { isObject } from "../../manifests/shape";
import { CloudflareClient } from "../../provider/cloudflare/client";
import { tokenEnd } from "../../provider/cloudflare/token-end";
import { UserError } from "../../provider/plugin/handler";
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
  const unmet: Finding[] = [];
  const looks = [cloudflareTokens(patient), kubeconfigCredentials(patient), renewedByUp(patient)].map(
    async (look) =>
      look.catch((error: unknown) => {
        if (!(error instanceof UserError)) throw error;
        unmet.push({ verdict: "skipped", text: error.message });
        return [];
      }),
  );
  const known = (await Promise.all(looks)).flat();
  const bad = known.flatMap((one) => expiring(one, now) ?? []);
  if (bad.length > 0 || unmet.length > 0) return [...bad, ...unmet];
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

async function cloudflareTokens(patient: Patient): Promise<Expiring[]> {
  const { cloudflare } = await patient.preflight();
  if (cloudflare === undefined) return [];
  const { accountId, apiToken, originCaToken } = cloudflare;
  const given = [
    { setting: "cloudflare.apiToken", token: apiToken },
    ...(originCaToken === undefined
      ? []
      : [{ setting: "cloudflare.originCaToken.value", token: originCaToken }]),
  ];
  return await Promise.all(
    given.map(async ({ setting, token }) => ({
      what: `the token of \`${setting}\``,
      until: await tokenEnd(new CloudflareClient(QUIET, { ...cloudflare, apiToken: token }), accountId),
      fix: `roll it in Cloudflare's dashboard, and put the new one where \`${setting}\` says`,
    })),
  );
}

/** Its client certificate or token, whether or not the cluster takes it any more. */
async function kubeconfigCredentials(patient: Patient): Promise<Expiring[]> {
  const { config } = await patient.connected();
  const { certData, certFile, token } = config.getCurrentUser() ?? {};
  const fix =
    "get a new kubeconfig from whoever runs the cluster, and put it where `cluster.kubeconfig` says";
  const pem =
    certData !== undefined
      ? Buffer.from(certData, "base64").toString("utf8")
      : certFile !== undefined && existsSync(certFile)
        ? readFileSync(certFile, "utf8")
        : undefined;
  return [
    { what: "the kubeconfig's client certificate", until: pem && endOfCertificate(pem), fix },
    { what: "the kubeconfig's token", until: endOfToken(token), fix },
  ];
}

function endOfCertificate(pem: string): string | undefined {
  try {
    return new Date(new X509Certificate(pem).validTo).toISOString();
  } catch {
    return undefined;
  }
}

/** A token of the cluster's own may be a JWT, which tells its end (https://www.rfc-editor.org/rfc/rfc7519#section-4.1.4). */
function endOfToken(token: string | undefined): string | undefined {
  try {
    const claims: unknown = JSON.parse(Buffer.from(token?.split(".")[1] ?? "", "base64url").toString("utf8"));
    return isObject(claims) && typeof claims.exp === "number"
      ? new Date(claims.exp * 1000).toISOString()
      : undefined;
  } catch {
    return undefined;
  }
}

/** Certificates of `cloudflare.certificates: direct`, and the issuer's token: no controller renews them. */
async function renewedByUp(patient: Patient): Promise<Expiring[]> {
  const { certificates = {}, originCaTokenEnds } = await patient.outputs();
  return [
    ...Object.entries(certificates).map(([name, until]) => ({
      what: `the certificate ${name}`,
      until,
      fix: "`pulumi up` has another one signed",
    })),
    {
      what: "the token of the Origin CA issuer",
      until: originCaTokenEnds,
      fix: "`pulumi up` makes another one in the last third of its days, and revokes this one",
    },
  ];
}
