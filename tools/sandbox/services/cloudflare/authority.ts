/** The certificate authority behind Origin CA: a real one, made once and kept in the state. */
import "reflect-metadata";
import { webcrypto } from "node:crypto";
import * as x509 from "@peculiar/x509";

const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
const day = 24 * 60 * 60 * 1000;

export interface Authority {
  readonly certificate: string;
  readonly key: string;
}

export interface Signed {
  readonly id: string;
  readonly certificate: string;
  readonly expiresOn: Date;
}

export async function createAuthority(): Promise<Authority> {
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
  const certificate = await x509.X509CertificateGenerator.createSelfSigned(
    {
      name: "O=Sandbox, CN=Sandbox Origin CA",
      keys,
      signingAlgorithm: algorithm,
      notAfter: new Date(Date.now() + 20 * 365 * day),
      extensions: [
        new x509.BasicConstraintsExtension(true, 0, true),
        new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      ],
    },
    webcrypto,
  );
  const key = Buffer.from(await webcrypto.subtle.exportKey("pkcs8", keys.privateKey)).toString("base64");
  return { certificate: certificate.toString("pem"), key };
}

/** The request's key type, or undefined when the text is no valid, self-signed request. */
export async function requestKeyType(csr: string): Promise<"origin-rsa" | "origin-ecc" | undefined> {
  try {
    const request = new x509.Pkcs10CertificateRequest(csr);
    if (!(await request.verify(webcrypto))) return undefined;
    const { name } = request.publicKey.algorithm as { name: string };
    return name === "ECDSA" ? "origin-ecc" : "origin-rsa";
  } catch {
    return undefined;
  }
}

/** Signs the request's key for the host names that the API was asked for, whatever names the request itself has. */
export async function sign(
  authority: Authority,
  csr: string,
  hostnames: readonly string[],
  days: number,
): Promise<Signed> {
  const issuer = new x509.X509Certificate(authority.certificate);
  const signingKey = await webcrypto.subtle.importKey(
    "pkcs8",
    Buffer.from(authority.key, "base64"),
    algorithm,
    false,
    ["sign"],
  );
  const { publicKey } = new x509.Pkcs10CertificateRequest(csr);
  const serial = webcrypto.getRandomValues(Buffer.alloc(16));
  serial[0] = ((serial[0] ?? 0) & 0x3f) | 0x40; // positive, and of a fixed length
  const notAfter = new Date(Date.now() + days * day);
  const certificate = await x509.X509CertificateGenerator.create(
    {
      serialNumber: serial.toString("hex"),
      subject: "O=Sandbox, CN=Sandbox Origin Certificate",
      issuer: issuer.subject,
      notBefore: new Date(),
      notAfter,
      publicKey,
      signingKey,
      signingAlgorithm: algorithm,
      extensions: [
        new x509.BasicConstraintsExtension(false, undefined, true),
        new x509.KeyUsagesExtension(
          x509.KeyUsageFlags.digitalSignature | x509.KeyUsageFlags.keyEncipherment,
          true,
        ),
        new x509.ExtendedKeyUsageExtension([
          x509.ExtendedKeyUsage.serverAuth,
          x509.ExtendedKeyUsage.clientAuth,
        ]),
        new x509.SubjectAlternativeNameExtension(hostnames.map((value) => ({ type: "dns" as const, value }))),
      ],
    },
    webcrypto,
  );
  return {
    id: BigInt(`0x${serial.toString("hex")}`).toString(),
    certificate: certificate.toString("pem"),
    expiresOn: notAfter,
  };
}
