import * as pulumi from "@pulumi/pulumi";

/** Bytes that a vault takes of a secret. */
const LARGEST = 25 * 1024;

/** @throws pulumi.RunError for a value that no vault takes */
export function vaultValue(name: string, value: string): string {
  const bytes = Buffer.byteLength(value);
  if (bytes <= LARGEST) return value;
  throw new pulumi.RunError(
    `the secret ${name} has ${bytes} bytes, and Key Vault takes ${LARGEST} at most\n→ Split it, or keep it with \`secrets: sops\`.`,
  );
}
