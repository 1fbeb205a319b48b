import { createHash } from "node:crypto";
import { isDeepStrictEqual } from "node:util";
import { asciiName } from "../../manifests/names";
import { KEYS } from "../secrets/keys";
import { type HandlerContext, type Props, type ResourceHandler, UserError } from "../plugin/handler";
import { CloudflareRefusal } from "./answer";
import { certificateRequest } from "./certificate-request";
import { CertificatesApi, NO_ACCESS, NOT_AUTHORIZED, type OriginCertificate } from "./certificates-api";
import { AnswerLost, type ClientOptions, type CloudflareAccess, CloudflareClient } from "./client";
import { differences } from "./differences";

interface Inputs extends CloudflareAccess {
  readonly zoneId: string;
  readonly hostnames: readonly string[];
  readonly days: number;
  readonly privateKey: string;
}

/** What Origin CA says of a token that may not do this. */
const REFUSALS: readonly number[] = [NOT_AUTHORIZED, NO_ACCESS];

/**
 * Handler of `handoff:cloudflare:CertificateMark`: a private key, known to the state before a certificate is signed for it.
 * It goes after the certificate, and revokes what was signed for it and no state knows of.
 */
export const certificateMarkHandler: ResourceHandler = {
  computed: ["privateKey"],
  secrets: ["privateKey"],

  // Where nothing else is replaced, the certificate is of the former key.
  place: ({ zoneId, keepers }, name) => [zoneId, keepers, name],

  diff: (_ctx, _id, olds, news) => Promise.resolve(differences(olds.inputs, news, ["zoneId", "keepers"])),

  preview: (_ctx, news, olds) =>
    Promise.resolve({ ...news, ...(olds !== undefined && { privateKey: olds.outputs.privateKey }) }),

  async create(_ctx, news) {
    const privateKey = await KEYS.tlsKey.generate();
    const publicKey = await KEYS.tlsKey.publicOf(privateKey);
    const id = createHash("sha256").update(publicKey).digest("hex").slice(0, 16);
    return { id, outputs: { ...news, privateKey } };
  },

  update: (_ctx, _id, olds, news) =>
    Promise.resolve({ outputs: { ...news, privateKey: olds.outputs.privateKey } }),

  read: (_ctx, id, olds) => Promise.resolve({ id, ...olds }),

  async delete(ctx, _id, { inputs, outputs }) {
    const { zoneId } = inputsOf(inputs);
    const certificates = api(ctx, inputs, "environment");
    for (const { id } of await certificates.ofKey(zoneId, String(outputs.privateKey)).catch(explain)) {
      await certificates.revoke(id).catch(explain);
      ctx.info(`revoked the certificate ${id}, whose making was never recorded`);
    }
  },
};

/** Handler of `handoff:cloudflare:SignedCertificate`. */
export const signedCertificateHandler: ResourceHandler = {
  computed: ["certificate", "expiresOn"],

  // One that is made anew is what was signed before.
  place: ({ zoneId, hostnames, days, privateKey }) => [zoneId, hostnames, days, privateKey],

  diff: (_ctx, _id, olds, news) =>
    Promise.resolve(differences(olds.inputs, news, ["zoneId", "hostnames", "days", "privateKey"])),

  async create(ctx, news) {
    const inputs = inputsOf(news);
    const certificates = api(ctx, news, "given");
    const signed = await signOnce(certificates, inputs).catch(explain);
    return { id: signed.id, outputs: outputs(news, signed) };
  },

  // How Cloudflare is reached, and nothing else.
  update: (_ctx, _id, olds, news) => Promise.resolve({ outputs: { ...olds.outputs, ...news } }),

  async read(ctx, id, olds) {
    const found = await api(ctx, olds.inputs, "environment").get(id).catch(explain);
    return found && { id, inputs: olds.inputs, outputs: outputs(olds.outputs, found) };
  },

  async delete(ctx, id, { inputs }) {
    await api(ctx, inputs, "environment").revoke(id).catch(explain);
  },
};

/** Takes what a run that was killed, or got no answer, had signed for this key; else it is signed now. */
async function signOnce(certificates: CertificatesApi, inputs: Inputs): Promise<OriginCertificate> {
  const { zoneId, privateKey, hostnames, days } = inputs;
  const there = async () =>
    (await certificates.ofKey(zoneId, privateKey)).find(
      (one) => isDeepStrictEqual(named(one.hostnames), named(hostnames)) && one.days === days,
    );
  const known = await there();
  if (known !== undefined) return known;
  const csr = await certificateRequest(privateKey, hostnames);
  try {
    return await certificates.sign(csr, hostnames, days);
  } catch (error) {
    if (!(error instanceof AnswerLost)) throw error;
    return (await there()) ?? (await certificates.sign(csr, hostnames, days));
  }
}

function named(hostnames: readonly string[]): string[] {
  return hostnames.map(asciiName).sort();
}

function api(ctx: HandlerContext, props: Props, first: ClientOptions["first"]): CertificatesApi {
  return new CertificatesApi(new CloudflareClient(ctx, inputsOf(props), { first }));
}

function outputs(props: Props, { certificate, expiresOn }: OriginCertificate): Props {
  return { ...props, certificate, expiresOn };
}

function explain(error: unknown): never {
  if (!(error instanceof CloudflareRefusal)) throw error;
  if (!error.unauthorized && !error.codes.some((code) => REFUSALS.includes(code))) throw error;
  throw new UserError(
    `${error.message}\n→ Give the token the permission "Zone / SSL and Certificates / Edit" of the zone of each host, which has to be active.`,
  );
}

function inputsOf(props: Props): Inputs {
  return props as unknown as Inputs;
}
