import { X509Certificate, createPrivateKey } from "node:crypto";
import { isObject, textOf } from "../../manifests/shape";
import { CloudflareRefusal, notUnderstood, objectOf } from "./answer";
import type { CloudflareClient } from "./client";

/** https://developers.cloudflare.com/api/resources/origin_ca_certificates/ */
export interface OriginCertificate {
  readonly id: string;
  /** PEM, as OpenSSL and Go write it. */
  readonly certificate: string;
  readonly hostnames: readonly string[];
  readonly days: number | undefined;
  /** RFC 3339. */
  readonly expiresOn: string;
}

/** "User is not authorized to perform this action", of Origin CA alone. */
export const NOT_AUTHORIZED = 1016;
/** "Failed to validate requested hostname: This zone is either not part of your account, or you do not have access to it". */
export const NO_ACCESS = 1010;
/** "Failed to read certificate": there is none of this number. */
const NO_CERTIFICATE = 1101;

/** Of no key. */
const NO_REQUEST = "-----BEGIN CERTIFICATE REQUEST-----\nAA==\n-----END CERTIFICATE REQUEST-----\n";

/** A request that nothing can be signed for: how it is refused shows whether the token may have certificates signed. */
export async function signNothing(client: CloudflareClient, hostname: string): Promise<void> {
  const request = {
    ...{ csr: NO_REQUEST, hostnames: [hostname] },
    ...{ request_type: "origin-ecc", requested_validity: 7 },
  };
  await client.call("POST", "/certificates", request, true);
}

/** Certificates of Cloudflare's Origin CA. Those that were revoked count as gone. */
export class CertificatesApi {
  constructor(private readonly client: CloudflareClient) {}

  /** @throws AnswerLost when it may have been signed */
  async sign(csr: string, hostnames: readonly string[], days: number): Promise<OriginCertificate> {
    const request = { csr, hostnames, request_type: "origin-ecc", requested_validity: days };
    const signed = certificateIn(await this.client.call("POST", "/certificates", request));
    if (signed === undefined) throw notUnderstood("POST /certificates", "is no certificate");
    return signed;
  }

  async get(id: string): Promise<OriginCertificate | undefined> {
    const found = await this.client.call("GET", `/certificates/${id}`).catch(unlessGone);
    if (found === undefined) return undefined;
    const answer = objectOf(found, `certificate ${id}`);
    if (isRevoked(answer)) return undefined;
    const certificate = certificateIn(answer);
    if (certificate === undefined) throw notUnderstood(`certificate ${id}`, "is no certificate");
    return certificate;
  }

  /** The certificates that lie in a zone. */
  async ofZone(zoneId: string): Promise<OriginCertificate[]> {
    const all = await this.client.list(`/certificates?zone_id=${zoneId}`);
    return all.filter((one) => !isRevoked(one)).flatMap((one) => certificateIn(one) ?? []);
  }

  /** Those of a zone that were signed for a private key. */
  async ofKey(zoneId: string, privateKey: string): Promise<OriginCertificate[]> {
    const key = createPrivateKey(privateKey);
    const all = await this.ofZone(zoneId);
    return all.filter(({ certificate }) => new X509Certificate(certificate).checkPrivateKey(key));
  }

  async revoke(id: string): Promise<void> {
    try {
      await this.client.call("DELETE", `/certificates/${id}`);
    } catch (error) {
      // One that somebody revoked already.
      if (!(error instanceof CloudflareRefusal) || error.unauthorized) throw error;
      if ((await this.get(id)) !== undefined) throw error;
    }
  }
}

function unlessGone(error: unknown): undefined {
  if (error instanceof CloudflareRefusal && error.byApi && error.status < 500) {
    if (error.missing || error.codes.includes(NO_CERTIFICATE)) return undefined;
  }
  throw error;
}

function isRevoked({ revoked_at }: { readonly revoked_at?: unknown }): boolean {
  return revoked_at !== undefined && revoked_at !== null && revoked_at !== "";
}

function certificateIn(answer: unknown): OriginCertificate | undefined {
  if (!isObject(answer)) return undefined;
  const { id, certificate, hostnames, requested_validity: days } = answer;
  const [known, pem] = [textOf(id), textOf(certificate)];
  if (known === undefined || pem === undefined) return undefined;
  try {
    const read = new X509Certificate(pem);
    return {
      id: known,
      certificate: read.toString(),
      hostnames: Array.isArray(hostnames) ? hostnames.map(String) : [],
      days: typeof days === "number" ? days : undefined,
      // The API tells it in a form of Go's; the certificate is what counts.
      expiresOn: new Date(read.validTo).toISOString(),
    };
  } catch {
    return undefined;
  }
}
