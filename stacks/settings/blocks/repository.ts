import * as pulumi from "@pulumi/pulumi";
import { z } from "zod";
import {
  anyText,
  choice,
  flag,
  httpUrl,
  mapping,
  oneOf,
  repositoryPath,
  retainedPath,
  text,
} from "../fields";
import { gitAddress, gitRef } from "../git-fields";
import { hostName, knowsHost } from "../known-hosts";
import { Environment, TextCheck, UnresolvedParams, referencedText } from "../references";
import type { CommitMode } from "../../../manifests/git/commit-mode";
import type { GitAuth } from "../../../manifests/git/auth";
import type { CommitSigning } from "../../../manifests/git/signing";
import { deployKey, deployKeyOf } from "./deploy-key";
import { privateKey, sshKey } from "./ssh-key";

/** A git repository, its branch, the path in it, and how to sign in. */
export function repository(
  env: Environment,
  path: ReturnType<typeof repositoryPath> | ReturnType<typeof defaultPath>,
) {
  return mapping({
    url: gitAddress().describe("Address of the repository, for the program and for Flux."),
    branch: gitRef().default("main").describe("Branch that is written and followed."),
    from: gitRef()
      .optional()
      .describe(
        "Branch at which `branch` begins, where it isn't there: it is then this stack's own, and removed with it unless others committed to it.",
      ),
    path: path.describe("Folder in the repository."),
    retain: z
      .array(retainedPath(), { error: "a list of paths" })
      .optional()
      .describe(
        "Paths that stay in the repository when this stack no longer writes them, or is destroyed. A final / stands for everything in a folder.",
      ),
    adopt: flag()
      .optional()
      .describe(
        "Files and entries that are there already with other content become this stack's, with its content, and go with it. Without it `up` stops at them.",
      ),
    formerPlace: oneOf(["retain", "remove"])
      .optional()
      .describe(
        "What becomes of our files where they were until `url` or `branch` changed. Left out: retain, they stay there.",
      ),
    auth: programAuth(env),
    fluxAuth: fluxAuth(env).optional(),
    deployKey: deployKey(env).optional(),
    pullRequest: pullRequest(env).optional(),
    githubApi: githubApi().optional(),
  }).transform(({ auth, fluxAuth = auth, deployKey, pullRequest, githubApi, ...repository }, context) => {
    const url = new URL(repository.url);
    const key = deployKey && deployKeyOf(deployKey, url, auth);
    const ways = [
      { path: ["auth", "ssh"], hosts: auth.ssh?.knownHosts, url },
      ...(fluxAuth === auth ? [] : [{ path: ["fluxAuth", "ssh"], hosts: fluxAuth.ssh?.knownHosts, url }]),
      { path: ["deployKey"], hosts: deployKey?.knownHosts, url: new URL(key?.fluxUrl ?? url) },
    ];
    for (const { path, hosts, url } of ways) {
      if (hosts === undefined || knowsHost(hosts, url)) continue;
      const params: UnresolvedParams = {
        found: "no line for the host",
        hint: "Take it from the host's documentation",
      };
      const message = `a line that starts with ${hostName(url)}`;
      context.addIssue({ code: "custom", message, params, path: [...path, "knownHosts"] });
    }
    const provider = fluxAuth.githubApp === undefined ? undefined : ("github" as const);
    // As a whole: what is no secret in it is of no use by itself.
    return {
      ...repository,
      ...(provider && { provider }),
      /** Address by which Flux reads. */
      fluxUrl: key?.fluxUrl ?? repository.url,
      auth: pulumi.secret<GitAuth>(auth),
      fluxAuth: pulumi.secret<GitAuth>(fluxAuth),
      ...(key && { deployKey: key.settings }),
      ...(pullRequest && { mode: pulumi.secret<CommitMode>({ pullRequest }) }),
      ...(githubApi && { mode: pulumi.secret<CommitMode>({ githubApi }) }),
    };
  });
}

export const defaultPath = (path: string) => repositoryPath().default(path);

/** Where a system keeps what its Kustomizations apply, beside the cluster's own folder. */
export const infrastructurePath = (path: string) =>
  defaultPath(path).describe(
    "Folder in Flux's repository of what Kustomizations apply. A file belongs to one stack: another cluster in the repository takes another folder.",
  );

function programAuth(env: Environment) {
  const agent = z
    .literal(true, { error: "true" })
    .describe(
      "The keys of the ssh-agent that SSH_AUTH_SOCK names. Flux has none: it takes a `fluxAuth` then.",
    );
  const key = sshKey(env);
  const ssh = choice(
    { privateKey: key.privateKey, agent },
    { passphrase: key.passphrase, knownHosts: key.knownHosts },
  ).transform(({ privateKey = "", passphrase, agent, knownHosts }) =>
    agent === undefined
      ? { privateKey, ...(passphrase && { passphrase }), knownHosts }
      : { agent, knownHosts },
  );
  const proxy = referencedText(env, proxyAddress)
    .optional()
    .describe("Address of an HTTP proxy that the program goes by. Flux goes its own way.");
  return choice({ ssh, ...tokens(env) }, { ca: authority(env), proxy }).describe(
    "How to sign in: `ssh` for ssh:// addresses, `basic`, `bearer` or `githubApp` for https:// ones.",
  );
}

function fluxAuth(env: Environment) {
  return choice({ ssh: mapping(sshKey(env)), ...tokens(env) }, { ca: authority(env) }).describe(
    "How Flux signs in, which only reads. Left out: as the program does.",
  );
}

function tokens(env: Environment) {
  return {
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
}

function authority(env: Environment) {
  return referencedText(env, certificate)
    .optional()
    .describe(
      "Certificates (PEM) of the authority that signs the host's certificate, when it is a private one.",
    );
}

function pullRequest(env: Environment) {
  return mapping({
    branch: gitRef().describe("Branch of ours that it comes from. It is created."),
    host: oneOf(["github", "gitlab", "gitea"]).describe("Whose API the host speaks."),
    token: referencedText(env)
      .optional()
      .describe("Token that may open pull requests. Left out: the one that git uses."),
    title: anyText("a title").optional().describe("Title. Left out: the commit's message."),
    apiUrl: httpUrl("https://git.example.com/api/v1")
      .optional()
      .describe("Address of the API. Left out: the usual one at the repository's host."),
  }).describe("Hand off by a pull request, for a branch that takes no direct pushes.");
}

function githubApi() {
  const apiUrl = httpUrl("https://api.example.ghe.com")
    .optional()
    .describe("Address of the API. Left out: GitHub's, or https://<host>/api/v3.");
  const error = "true, or a mapping of apiUrl";
  return z
    .union([z.literal(true, { error }), mapping({ apiUrl })], { error })
    .describe(
      "Commit by GitHub's API in place of git: signed by GitHub, with the token's identity as the author.",
    )
    .transform((value) => (value === true ? {} : value));
}

/** The key that commits are signed by. */
export function signing(env: Environment) {
  const passphrase = referencedText(env).optional().describe("Passphrase of the key, when it has one.");
  return choice(
    {
      ssh: mapping({
        privateKey: referencedText(env, privateKey).describe("SSH key in PEM or OpenSSH format."),
        passphrase,
      }),
      gpg: mapping({
        privateKey: referencedText(env, gpgKey).describe(
          "GPG key, as `gpg --export-secret-keys --armor` writes it.",
        ),
        passphrase,
      }),
    },
    {},
  ).transform((key) => pulumi.secret(key as CommitSigning));
}

const gpgKey: TextCheck = (value) =>
  value.includes("-----BEGIN PGP PRIVATE KEY BLOCK-----")
    ? undefined
    : { found: "a text that isn't a GPG key", allowed: "an armored private key of GPG" };

const proxyAddress: TextCheck = (value) =>
  /^https?:\/\/[^\s/]+\/?$/.test(value)
    ? undefined
    : { found: "a text that isn't the address of a proxy", allowed: "http://user:password@proxy:3128" };

const certificate: TextCheck = (value) =>
  value.includes("-----BEGIN CERTIFICATE-----")
    ? undefined
    : { found: "a text that isn't a certificate", allowed: "certificates in PEM format" };

export type RepositorySettings = z.output<ReturnType<typeof repository>>;
