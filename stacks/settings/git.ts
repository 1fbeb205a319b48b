import * as pulumi from "@pulumi/pulumi";
import { z } from "zod";
import type { GitAuth } from "../../components/git/credentials";
import { anyText, choice, gitRef, mapping, repositoryPath, text } from "./fields";
import { hostName, knowsHost } from "./known-hosts";
import { Environment, TextCheck, UnresolvedParams, referencedText } from "./references";

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
  }).transform(({ auth, ...repository }, context) => {
    const url = new URL(repository.url);
    if (auth.ssh !== undefined && !knowsHost(auth.ssh.knownHosts, url)) {
      const params: UnresolvedParams = {
        found: "no line for the host",
        hint: "Take it from the host's documentation",
      };
      const message = `a line that starts with ${hostName(url)}`;
      context.addIssue({ code: "custom", message, params, path: ["auth", "ssh", "knownHosts"] });
    }
    // As a whole: what is no secret in it is of no use by itself.
    const provider = auth.githubApp === undefined ? undefined : ("github" as const);
    return { ...repository, ...(provider && { provider }), auth: pulumi.secret<GitAuth>(auth) };
  });
}

export const defaultPath = (path: string) => repositoryPath().default(path);

function auth(env: Environment) {
  const methods = {
    ssh: mapping({
      privateKey: referencedText(env, privateKey).describe(
        "Deploy key with write access, in PEM or OpenSSH format.",
      ),
      passphrase: referencedText(env).optional().describe("Passphrase of the key, when it has one."),
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
      password: referencedText(env).describe("Password or personal access token with write access."),
    }),
    bearer: mapping({ token: referencedText(env).describe("Token sent as `Authorization: Bearer`.") }),
    githubApp: mapping({
      appId: text(/^\d+$/, "the number of the App").describe("Number of the App."),
      installationId: text(/^\d+$/, "the number of the installation").describe(
        "Number of its installation in the organization.",
      ),
      privateKey: referencedText(env, privateKey).describe("Private key of the App, as GitHub made it."),
      apiUrl: text(/^https?:\/\/\S+$/, "an https:// address")
        .optional()
        .describe("Address of the API. Left out: GitHub's, or https://<host>/api/v3."),
    }).describe("An installation of a GitHub App with write access to the repository's contents."),
  };
  const ca = referencedText(env, certificate)
    .optional()
    .describe(
      "Certificates (PEM) of the authority that signs the host's certificate, when it is a private one.",
    );
  const proxy = referencedText(env, proxyAddress)
    .optional()
    .describe("Address of an HTTP proxy that the program goes by. Flux goes its own way.");
  return choice(methods, { ca, proxy }).describe(
    "How to sign in: `ssh` for ssh:// addresses, `basic`, `bearer` or `githubApp` for https:// ones.",
  );
}

const privateKey: TextCheck = (value) => {
  if (/-----BEGIN ([A-Z]+ )?PRIVATE KEY-----/.test(value)) return undefined;
  const found = /^(ssh|ecdsa)-\S+ /.test(value) ? "a public key" : "a text that isn't a key";
  return { found, allowed: "a private key in PEM or OpenSSH format" };
};

const proxyAddress: TextCheck = (value) =>
  /^https?:\/\/[^\s/]+\/?$/.test(value)
    ? undefined
    : { found: "a text that isn't the address of a proxy", allowed: "http://user:password@proxy:3128" };

const certificate: TextCheck = (value) =>
  value.includes("-----BEGIN CERTIFICATE-----")
    ? undefined
    : { found: "a text that isn't a certificate", allowed: "certificates in PEM format" };
