/** The certificate authorities behind Origin CA: real ones, made once and kept in the state. */
import "reflect-metadata";
import { webcrypto } from "node:crypto";
import * as x509 from "@peculiar/x509";

const day = 24 * 60 * 60 * 1000;

/** The vendor has one root for each kind of signature. */
export type SignatureKind = "rsa" | "ecc";

export interface Authority {
  readonly certificate: string;
  readonly key: string;
}

export type Authorities = Readonly<Record<SignatureKind, Authority>>;

export interface Signed {
  readonly id: string;
  readonly certificate: string;
  readonly expiresOn: Date;
}

const algorithms = {
  ecc: { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" },
  rsa: {
    name: "RSASSA-PKCS1-v1_5",
    hash: "SHA-256",
    modulusLength: 2048,
    publicExponent: new Uint8Array([1, 0, 1]),
  },
} as const;

let made: Promise<Authorities> | undefined;

/** The same for all stand-ins of a process: tests start many, and an RSA key takes longer than a test. */
export async function createAuthorities(): Promise<Authorities> {
  made ??= Promise.all([createAuthority("rsa"), createAuthority("ecc")]).then(([rsa, ecc]) => ({ rsa, ecc }));
  return await made;
}

async function createAuthority(kind: SignatureKind): Promise<Authority> {
  const keys = await webcrypto.subtle.generateKey(algorithms[kind], true, ["sign", "verify"]);
  const certificate = await x509.X509CertificateGenerator.createSelfSigned(
    {
      name: `O=Sandbox, CN=Sandbox Origin CA ${kind.toUpperCase()}`,
      keys,
      signingAlgorithm: algorithms[kind],
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

/** Whether the text is a request that its own key signed. */
export async function isRequest(csr: string): Promise<boolean> {
  try {
    return await new x509.Pkcs10CertificateRequest(csr).verify(webcrypto);
  } catch {
    return false;
  }
}

/** Signs the request's key for the host names that the API was asked for, whatever names the request itself has. */
export async function sign(
  authorities: Authorities,
  kind: SignatureKind,
  csr: string,
  hostnames: readonly string[],
  days: number,
): Promise<Signed> {
  const { certificate: root, key } = authorities[kind];
  const signingAlgorithm = algorithms[kind];
  const pkcs8 = Buffer.from(key, "base64");
  const signingKey = await webcrypto.subtle.importKey("pkcs8", pkcs8, signingAlgorithm, false, ["sign"]);
  const serial = webcrypto.getRandomValues(Buffer.alloc(16));
  serial[0] = ((serial[0] ?? 0) & 0x3f) | 0x40; // positive, and of a fixed length
  const notAfter = new Date(Date.now() + days * day);
  const certificate = await x509.X509CertificateGenerator.create(
    {
      serialNumber: serial.toString("hex"),
      subject: "O=Sandbox, CN=Sandbox Origin Certificate",
      issuer: new x509.X509Certificate(root).subject,
      notBefore: new Date(),
      notAfter,
      publicKey: new x509.Pkcs10CertificateRequest(csr).publicKey,
      signingKey,
      signingAlgorithm,
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
  const id = BigInt(`0x${serial.toString("hex")}`).toString();
  return { id, certificate: certificate.toString("pem"), expiresOn: notAfter };
}
