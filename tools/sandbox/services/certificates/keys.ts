/** Private keys and signing requests, and what is said about a certificate. */
import "reflect-metadata";
import {
  createPrivateKey,
  generateKeyPairSync,
  webcrypto,
  X509Certificate,
  type KeyObject,
} from "node:crypto";
import * as x509 from "@peculiar/x509";
import type { Certificate } from "./types";

export interface KeyAndRequest {
  /** PEM, in the encoding that the Certificate asks for. */
  readonly key: string;
  readonly csr: string;
}

/** A new key as the Certificate wants it (RSA 2048 when it does not say), and a request for its names. */
export async function createRequest(spec: Certificate["spec"]): Promise<KeyAndRequest> {
  const { algorithm = "RSA", size, encoding = "PKCS1" } = spec.privateKey ?? {};
  const key = generateKey(algorithm, size);
  const type = encoding === "PKCS8" ? "pkcs8" : algorithm === "RSA" ? "pkcs1" : "sec1";
  const pem = key.export({ type, format: "pem" }).toString();
  return { key: pem, csr: await request(key, spec) };
}

function generateKey(algorithm: string, size: number | undefined): KeyObject {
  if (algorithm === "RSA") return generateKeyPairSync("rsa", { modulusLength: size ?? 2048 }).privateKey;
  if (algorithm === "ECDSA") return generateKeyPairSync("ec", { namedCurve: `P-${size ?? 256}` }).privateKey;
  throw new Error(`Origin CA takes RSA and ECDSA keys, not ${algorithm}`);
}

async function request(key: KeyObject, { dnsNames = [], commonName }: Certificate["spec"]): Promise<string> {
  const details = key.asymmetricKeyDetails;
  const curves: Record<string, string> = { prime256v1: "P-256", secp384r1: "P-384", secp521r1: "P-521" };
  const signingAlgorithm =
    key.asymmetricKeyType === "ec"
      ? { name: "ECDSA", namedCurve: curves[details?.namedCurve ?? ""] ?? "P-256", hash: "SHA-256" }
      : { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" };
  const pkcs8 = key.export({ type: "pkcs8", format: "der" });
  const privateKey = await webcrypto.subtle.importKey("pkcs8", pkcs8, signingAlgorithm, true, ["sign"]);
  const jwk = await webcrypto.subtle.exportKey("jwk", privateKey);
  const publicJwk = { kty: jwk.kty, crv: jwk.crv, x: jwk.x, y: jwk.y, n: jwk.n, e: jwk.e };
  const publicKey = await webcrypto.subtle.importKey("jwk", publicJwk, signingAlgorithm, true, ["verify"]);
  const names = dnsNames.map((value) => ({ type: "dns" as const, value }));
  const made = await x509.Pkcs10CertificateRequestGenerator.create(
    {
      name: commonName ? `CN=${commonName}` : undefined,
      keys: { privateKey, publicKey },
      signingAlgorithm,
      extensions: [new x509.SubjectAlternativeNameExtension(names)],
    },
    webcrypto,
  );
  return made.toString("pem");
}

export interface Inspected {
  readonly notBefore: Date;
  readonly notAfter: Date;
  readonly names: readonly string[];
}

/** undefined when the texts are no certificate and the key to it. */
export function inspect(certificate: string, key: string): Inspected | undefined {
  try {
    const parsed = new X509Certificate(certificate);
    if (!parsed.checkPrivateKey(createPrivateKey(key))) return undefined;
    const names = (parsed.subjectAltName ?? "").split(", ").map((name) => name.replace(/^DNS:/, ""));
    return { notBefore: new Date(parsed.validFrom), notAfter: new Date(parsed.validTo), names };
  } catch {
    return undefined;
  }
}
