import { textOf } from "../../manifests/shape";
import { KEYS } from "../secrets/keys";
import { pause } from "../http/patience";
import { type HandlerContext, UserError } from "../plugin/handler";
import { CloudflareRefusal, objectOf } from "./answer";
import { certificateRequest } from "./certificate-request";
import { CertificatesApi } from "./certificates-api";
import { AnswerLost, type CloudflareAccess, CloudflareClient } from "./client";

export interface ProofInputs extends CloudflareAccess {
  readonly markedName: string;
  readonly zoneIds: readonly string[];
  readonly addresses?: readonly string[];
  readonly value: string;
}

export interface ProofOptions {
  /** Milliseconds between two tries of a token that isn't taken. */
  readonly interval?: number;
  /** Milliseconds after which one that isn't taken counts as refused: Cloudflare's places learn of it one by one. */
  readonly limit?: number;
}

/** The shortest that Origin CA signs for. */
const DAYS = 7;

/**
 * Has a certificate signed by the token for a name in each of its zones, and revokes it. The names bear the token's mark:
 * what a killed run had signed is found by them. The key of the certificate is forgotten before this returns.
 * @throws UserError when the token isn't taken
 */
export async function proveToken(
  ctx: HandlerContext,
  inputs: ProofInputs,
  { interval = 3_000, limit = 60_000 }: ProofOptions = {},
): Promise<void> {
  const { zoneIds, value, baseUrl, markedName } = inputs;
  const hostnames = await hostnamesOf(ctx, inputs);
  const [zoneId] = zoneIds;
  if (hostnames === undefined || zoneId === undefined) return;
  const certificates = new CertificatesApi(new CloudflareClient(ctx, { apiToken: value, baseUrl }));
  const started = Date.now();
  for (;;) {
    try {
      await signAndRevoke(certificates, zoneId, labelOf(markedName), hostnames);
      return;
    } catch (error) {
      if (!(error instanceof CloudflareRefusal) || error.status >= 500) throw error;
      if (error.elsewhere && (inputs.addresses ?? []).length > 0) {
        ctx.warn(
          `the API token ${markedName} isn't proven: it is good for ${inputs.addresses?.join(", ") ?? ""} alone, and this machine isn't there\n→ Look at the issuer in the cluster: \`npm run doctor\` tells whether it has certificates signed.`,
        );
        return;
      }
      const waits = error.unauthorized && !error.elsewhere && Date.now() - started < limit;
      if (!waits) throw new UserError(refused(markedName, error));
      const waiting = `waiting until Cloudflare takes the API token ${markedName}`;
      ctx.status(waiting);
      await pause(ctx, interval, waiting);
    }
  }
}

/**
 * Revokes what a killed proof left, by its token. Where that isn't taken any more it is left: nobody has its key, and it
 * ends within days.
 */
export async function revokeProof(
  ctx: HandlerContext,
  { value, zoneId, baseUrl }: { readonly value: string; readonly zoneId: string; readonly baseUrl?: string },
  markedName: string,
): Promise<void> {
  const certificates = new CertificatesApi(new CloudflareClient(ctx, { apiToken: value, baseUrl }));
  try {
    await revokeNamed(certificates, zoneId, labelOf(markedName));
  } catch (error) {
    ctx.signal.throwIfAborted();
    if (!(error instanceof UserError)) throw error;
  }
}

/** First label of the names that a token is proven by. */
function labelOf(markedName: string): string {
  return `handoff-${markedName.split(" ").at(-1) ?? ""}`;
}

async function signAndRevoke(
  certificates: CertificatesApi,
  zoneId: string,
  label: string,
  hostnames: readonly string[],
): Promise<void> {
  await revokeNamed(certificates, zoneId, label);
  const csr = await certificateRequest(await KEYS.tlsKey.generate(), hostnames);
  const sign = () => certificates.sign(csr, hostnames, DAYS);
  try {
    await certificates.revoke((await sign()).id);
  } catch (error) {
    if (!(error instanceof AnswerLost)) throw error;
    // What was signed is as good a proof.
    if ((await revokeNamed(certificates, zoneId, label)) === 0) await certificates.revoke((await sign()).id);
  }
}

/** @returns how many there were */
async function revokeNamed(certificates: CertificatesApi, zoneId: string, label: string): Promise<number> {
  const found = (await certificates.ofZone(zoneId)).filter(({ hostnames }) =>
    hostnames.some((name) => name.startsWith(`${label}.`)),
  );
  for (const { id } of found) await certificates.revoke(id);
  return found.length;
}

/** The names of the zones are told by the token that makes tokens, since the new one may not read them. */
async function hostnamesOf(
  ctx: HandlerContext,
  { apiToken, apiTokenVariable, baseUrl, zoneIds, markedName }: ProofInputs,
): Promise<readonly string[] | undefined> {
  const client = new CloudflareClient(ctx, { apiToken, apiTokenVariable, baseUrl });
  try {
    const names = zoneIds.map(async (id) => {
      const { name } = objectOf(await client.call("GET", `/zones/${id}`), `zone ${id}`);
      return textOf(name) ?? "";
    });
    return (await Promise.all(names)).map((zone) => `${labelOf(markedName)}.${zone}`);
  } catch (error) {
    if (!(error instanceof CloudflareRefusal) || !error.unauthorized) throw error;
    ctx.warn(
      `the API token ${markedName} isn't proven: ${error.message}\n→ Give the token that makes it "Zone / Zone / Read" of its zones.`,
    );
    return undefined;
  }
}

function refused(markedName: string, { message }: CloudflareRefusal): string {
  return `the new API token ${markedName} has no certificate signed: ${message}\n→ Nothing took it, and a former one stays good. Look at it in the dashboard (Manage account → API tokens, or My Profile): it needs Zone / SSL and Certificates / Edit of its zones, which have to be active. Then run \`pulumi up\` again.`;
}
