import { createPrivateKey, createPublicKey, type KeyObject } from "node:crypto";
import { utils } from "ssh2";
import { InputError } from "../files";
import type { GitAuth } from "../git/auth";

/**
 * The keys of the Secret by which source-controller signs in to a git host, as `flux create secret git` names them
 * (https://fluxcd.io/flux/components/source/gitrepositories/#secret-reference).
 * @throws InputError when the SSH key can't be read; the key isn't repeated.
 */
export function gitSecretData(auth: GitAuth): Readonly<Record<string, string>> {
  const data: Record<string, string> = {};
  if (auth.ssh !== undefined) {
    if ("agent" in auth.ssh) {
      throw new InputError("Flux can't use an ssh-agent: give it a deploy key of its own");
    }
    const { privateKey, passphrase, knownHosts } = auth.ssh;
    data.identity = lines(privateKey);
    data["identity.pub"] = publicKeyOf(privateKey, passphrase);
    data.known_hosts = lines(knownHosts);
    if (passphrase !== undefined && passphrase !== "") data.password = passphrase;
  }
  if (auth.basic !== undefined) {
    data.username = auth.basic.username;
    data.password = auth.basic.password;
  }
  if (auth.bearer !== undefined) data.bearerToken = auth.bearer.token;
  if (auth.githubApp !== undefined) {
    const { appId, installationId, privateKey, apiUrl } = auth.githubApp;
    data.githubAppID = appId;
    data.githubAppInstallationID = installationId;
    data.githubAppPrivateKey = lines(privateKey);
    if (apiUrl !== undefined) data.githubAppBaseURL = apiUrl;
  }
  if (auth.ca !== undefined) data["ca.crt"] = auth.ca;
  return data;
}

/** With the line ends that OpenSSH's formats have. */
function lines(text: string): string {
  const unix = text.replaceAll("\r\n", "\n");
  return unix.endsWith("\n") ? unix : `${unix}\n`;
}

/** The line of an authorized_keys file that belongs to a private key in any format that Flux reads. */
function publicKeyOf(privateKey: string, passphrase: string | undefined): string {
  if (/^-----BEGIN PRIVATE KEY-----/.test(privateKey.trim())) return publicKeyOfPkcs8(privateKey);
  const key = utils.parseKey(lines(privateKey), passphrase);
  if (key instanceof Error) throw unreadable(key.message);
  if (!key.isPrivateKey()) throw unreadable("it is a public key");
  return `${key.type} ${key.getPublicSSH().toString("base64")}\n`;
}

/**
 * The public line of a PKCS #8 key. The SSH library doesn't read that format, in which `tls.PrivateKey`, OpenSSL and
 * node:crypto give keys.
 */
export function publicKeyOfPkcs8(privateKey: string): string {
  let key: KeyObject;
  try {
    key = createPrivateKey(privateKey);
  } catch {
    throw unreadable("malformed PKCS #8");
  }
  if (key.asymmetricKeyType === "rsa") {
    return publicKeyOf(key.export({ type: "pkcs1", format: "pem" }) as string, undefined);
  }
  if (key.asymmetricKeyType === "ec") {
    return publicKeyOf(key.export({ type: "sec1", format: "pem" }) as string, undefined);
  }
  if (key.asymmetricKeyType !== "ed25519") throw unreadable("use ECDSA, Ed25519 or RSA");
  const { x = "" } = createPublicKey(key).export({ format: "jwk" });
  const parts = [Buffer.from("ssh-ed25519"), Buffer.from(x, "base64url")].flatMap((part) => {
    const length = Buffer.alloc(4);
    length.writeUInt32BE(part.length);
    return [length, part];
  });
  return `ssh-ed25519 ${Buffer.concat(parts).toString("base64")}\n`;
}

function unreadable(reason: string): InputError {
  return new InputError(
    `the SSH private key can't be read: ${reason.replace(/[.?]+$/, "")}. ` +
      "It must be in PEM or OpenSSH format, with its passphrase where it has one",
  );
}
