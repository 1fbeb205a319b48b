import { createHmac } from "node:crypto";
import { z } from "zod";
import { anyText, choice, gitRef, mapping, repositoryPath, text } from "./fields";
import { Environment, TextCheck, credential, referencedText } from "./references";

const URLS = "ssh://git@host/org/repository.git or https://host/org/repository.git";

/** A git repository, its branch, the path in it, and how to sign in. */
export function repository(
  env: Environment,
  path: ReturnType<typeof repositoryPath> | ReturnType<typeof defaultPath>,
) {
  return mapping({
    url: text(/^(ssh|https?):\/\/[^\s/]+\/\S+$/, URLS).describe(
      "Address of the repository, for the program and for Flux.",
    ),
    branch: gitRef().default("main").describe("Branch that is written and followed."),
    path: path.describe("Folder in the repository."),
    auth: auth(env),
  });
}

export const defaultPath = (path: string) => repositoryPath().default(path);

function auth(env: Environment) {
  const methods = {
    ssh: mapping({
      privateKey: credential(env, privateKey).describe(
        "Deploy key with write access, in PEM or OpenSSH format.",
      ),
      passphrase: credential(env).optional().describe("Passphrase of the key, when it has one."),
      knownHosts: z
        .union([text(/\S/, "lines of a known_hosts file"), referencedText(env)], {
          error: "lines of a known_hosts file, or env, file or config that holds them",
        })
        .describe(
          "Public keys of the host, from its documentation. They are never fetched from the host itself.",
        ),
    }),
    basic: mapping({
      username: anyText("a user name").describe("User; for a token of GitHub or GitLab any text does."),
      password: credential(env).describe("Password or personal access token with write access."),
    }),
    bearer: mapping({ token: credential(env).describe("Token sent as `Authorization: Bearer`.") }),
  };
  const ca = referencedText(env, certificate)
    .optional()
    .describe(
      "Certificates (PEM) of the authority that signs the host's certificate, when it is a private one.",
    );
  return choice(methods, { ca }).describe(
    "How to sign in: `ssh` for ssh:// addresses, `basic` or `bearer` for https:// ones.",
  );
}

const privateKey: TextCheck = (value) => {
  if (/-----BEGIN ([A-Z]+ )?PRIVATE KEY-----/.test(value)) return undefined;
  const found = /^(ssh|ecdsa)-\S+ /.test(value) ? "a public key" : "a text that isn't a key";
  return { found, allowed: "a private key in PEM or OpenSSH format" };
};

const certificate: TextCheck = (value) =>
  value.includes("-----BEGIN CERTIFICATE-----")
    ? undefined
    : { found: "a text that isn't a certificate", allowed: "certificates in PEM format" };

/** True when the lines of a known_hosts file name the host of an ssh:// address. */
export function knowsHost(knownHosts: string, url: URL): boolean {
  const host = url.hostname.toLowerCase();
  const name = url.port === "" || url.port === "22" ? host : `[${host}]:${url.port}`;
  return knownHosts.split("\n").some((line) => {
    const fields = line.trim().split(/\s+/);
    const [patterns, type, key] = fields[0]?.startsWith("@") === true ? fields.slice(1) : fields;
    if (patterns === undefined || patterns.startsWith("#") || type === undefined || key === undefined)
      return false;
    return patterns.startsWith("|1|") ? matchesHashed(patterns, name) : matchesPatterns(patterns, name);
  });
}

function matchesHashed(field: string, name: string): boolean {
  const [, , salt = "", hash] = field.split("|");
  return createHmac("sha1", Buffer.from(salt, "base64")).update(name).digest("base64") === hash;
}

function matchesPatterns(field: string, name: string): boolean {
  const matches = (pattern: string) => {
    const escaped = pattern.toLowerCase().replaceAll(/[\\^$.+()|[\]{}]/g, "\\$&");
    return new RegExp(`^${escaped.replaceAll("*", ".*").replaceAll("?", ".")}$`).test(name);
  };
  const patterns = field.split(",");
  return (
    patterns.some((p) => !p.startsWith("!") && matches(p)) &&
    !patterns.some((p) => p.startsWith("!") && matches(p.slice(1)))
  );
}
