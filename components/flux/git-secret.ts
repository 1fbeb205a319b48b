import { utils } from "ssh2";
import type { GitAuth } from "../git/credentials";

/**
 * The keys of the Secret by which source-controller signs in to a git host, as `flux create secret git` names them
 * (https://fluxcd.io/flux/components/source/gitrepositories/#secret-reference).
 * @throws Error when the SSH key can't be read.
 */
export function gitSecretData(auth: GitAuth): Readonly<Record<string, string>> {
  const data: Record<string, string> = {};
  if (auth.ssh !== undefined) {
    const { privateKey, passphrase, knownHosts } = auth.ssh;
    data.identity = lines(privateKey);
    data["identity.pub"] = publicKeyOf(privateKey, passphrase);
    data.known_hosts = lines(knownHosts);
    if (passphrase !== undefined) data.password = passphrase;
  }
  if (auth.basic !== undefined) {
    data.username = auth.basic.username;
    data.password = auth.basic.password;
  }
  if (auth.bearer !== undefined) data.bearerToken = auth.bearer.token;
  if (auth.ca !== undefined) data["ca.crt"] = auth.ca;
  return data;
}

/** With the final newline that OpenSSH's formats have. */
function lines(text: string): string {
  return text.endsWith("\n") ? text : `${text}\n`;
}

function publicKeyOf(privateKey: string, passphrase: string | undefined): string {
  const key = utils.parseKey(privateKey, passphrase);
  if (key instanceof Error) {
    throw new Error(
      `the SSH private key can't be read: ${key.message}. It must be in PEM or OpenSSH format, with its passphrase where it has one`,
    );
  }
  return `${key.type} ${key.getPublicSSH().toString("base64")}\n`;
}
