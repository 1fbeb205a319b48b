import { createPrivateKey, createPublicKey, generateKeyPairSync } from "node:crypto";
import { utils } from "ssh2";
import type { KeyKind } from "../../manifests/secrets/credential-kind";

interface Kind {
  /** A new private key. */
  readonly generate: () => Promise<string> | string;
  /** Throws for a text that is no such key. */
  readonly publicOf: (privateKey: string) => Promise<string> | string;
  /** A given private key as the programs that it is for read it. */
  readonly asFile: (privateKey: string) => string;
  /** What a private key is, for the reader. */
  readonly shape: string;
}

/** OpenSSH reads no key without its last newline, nor with Windows' line ends. */
const pem = (text: string): string => `${text.trim().replaceAll(/\r\n?/g, "\n")}\n`;

/** How keys of each kind are made and read. */
export const KEYS: Readonly<Record<KeyKind, Kind>> = {
  ageKey: {
    asFile: (text) => text.trim(),
    shape: "the line AGE-SECRET-KEY-1… of a file of age-keygen",
    generate: async () => await (await import("age-encryption")).generateX25519Identity(),
    publicOf: async (privateKey) => await (await import("age-encryption")).identityToRecipient(privateKey),
  },
  sshKey: {
    asFile: pem,
    shape: "a private key in OpenSSH's format or PEM, without a passphrase",
    generate: () => {
      // One of 256 is written without a leading zero, and nobody can read it, OpenSSH neither.
      for (;;) {
        const { private: key } = utils.generateKeyPairSync("ed25519");
        if (!(utils.parseKey(key) instanceof Error)) return key;
      }
    },
    publicOf: (privateKey) => {
      const key = utils.parseKey(privateKey);
      if (key instanceof Error || !key.isPrivateKey()) throw new Error("no private key");
      return `${key.type} ${key.getPublicSSH().toString("base64")}`;
    },
  },
  tlsKey: {
    asFile: pem,
    shape: "a private key in PEM, without a passphrase",
    generate: () => {
      const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
      return privateKey.export({ type: "pkcs8", format: "pem" }).toString();
    },
    publicOf: (privateKey) =>
      createPublicKey(createPrivateKey(privateKey)).export({ type: "spki", format: "pem" }).toString(),
  },
};
