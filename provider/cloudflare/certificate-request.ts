import { createPrivateKey, createPublicKey, webcrypto } from "node:crypto";

const P256 = { name: "ECDSA", namedCurve: "P-256" } as const;

/**
 * A request for a certificate (PKCS #10, PEM), signed by its own key.
 * @param privateKey ECDSA P-256, PKCS #8 in PEM
 */
export async function certificateRequest(privateKey: string, hostnames: readonly string[]): Promise<string> {
  await import("reflect-metadata");
  const x509 = await import("@peculiar/x509");
  const { subtle } = webcrypto;
  const key = createPrivateKey(privateKey);
  const [pkcs8, spki] = [
    key.export({ type: "pkcs8", format: "der" }),
    createPublicKey(key).export({ type: "spki", format: "der" }),
  ];
  const request = await x509.Pkcs10CertificateRequestGenerator.create(
    {
      keys: {
        privateKey: await subtle.importKey("pkcs8", pkcs8, P256, false, ["sign"]),
        publicKey: await subtle.importKey("spki", spki, P256, true, ["verify"]),
      },
      signingAlgorithm: { ...P256, hash: "SHA-256" },
      extensions: [
        new x509.SubjectAlternativeNameExtension(hostnames.map((value) => ({ type: "dns" as const, value }))),
      ],
    },
    webcrypto,
  );
  return request.toString("pem");
}
