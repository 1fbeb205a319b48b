import "reflect-metadata";
import { webcrypto } from "node:crypto";
import { isIP } from "node:net";
import * as x509 from "@peculiar/x509";

const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" } as const;
const tomorrow = (): Date => new Date(Date.now() + 24 * 60 * 60 * 1000);

export interface TestAuthority {
  readonly certificate: string;
  readonly keys: webcrypto.CryptoKeyPair;
}

/** A certificate authority of an organization's own. */
export async function createAuthority(): Promise<TestAuthority> {
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
  const certificate = await x509.X509CertificateGenerator.createSelfSigned(
    {
      name: "CN=Test authority",
      keys,
      signingAlgorithm: algorithm,
      notAfter: tomorrow(),
      extensions: [new x509.BasicConstraintsExtension(true, 0, true)],
    },
    webcrypto,
  );
  return { certificate: certificate.toString("pem"), keys };
}

/** Key and certificate of a server at these addresses or names. */
export async function signHost(
  authority: TestAuthority,
  ...addresses: readonly [string, ...string[]]
): Promise<{ key: string; cert: string }> {
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
  const certificate = await x509.X509CertificateGenerator.create(
    {
      subject: `CN=${addresses[0]}`,
      issuer: "CN=Test authority",
      publicKey: keys.publicKey,
      signingKey: authority.keys.privateKey,
      signingAlgorithm: algorithm,
      notAfter: tomorrow(),
      extensions: [
        new x509.SubjectAlternativeNameExtension(
          addresses.map((value) => ({ type: isIP(value) ? "ip" : "dns", value })),
        ),
      ],
    },
    webcrypto,
  );
  const pkcs8 = Buffer.from(await webcrypto.subtle.exportKey("pkcs8", keys.privateKey));
  const key = x509.PemConverter.encode(pkcs8, "PRIVATE KEY");
  return { key, cert: certificate.toString("pem") };
}
