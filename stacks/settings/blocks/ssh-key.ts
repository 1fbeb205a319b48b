import { z } from "zod";
import { text } from "../fields";
import { referencedText, type Environment, type TextCheck } from "../references";

/** A private key, and the host that takes it. */
export function sshKey(env: Environment) {
  return {
    privateKey: referencedText(env, privateKey).describe(
      "Deploy key in PEM or OpenSSH format; the program's with write access.",
    ),
    passphrase: referencedText(env).optional().describe("Passphrase of the key, when it has one."),
    knownHosts: knownHosts(env).describe(
      "Public keys of the host, from its documentation. They are never fetched from the host itself.",
    ),
  };
}

/** Lines of a known_hosts file: plainly, since they are public, or by a reference. */
export function knownHosts(env: Environment) {
  return z.union([text(/\S/, "lines of a known_hosts file"), referencedText(env)], {
    error: "lines of a known_hosts file, or env, file or config that holds them",
  });
}

export const privateKey: TextCheck = (value) => {
  if (/-----BEGIN ([A-Z]+ )?PRIVATE KEY-----/.test(value)) return undefined;
  const found = /^(ssh|ecdsa)-\S+ /.test(value) ? "a public key" : "a text that isn't a key";
  return { found, allowed: "a private key in PEM or OpenSSH format" };
};
