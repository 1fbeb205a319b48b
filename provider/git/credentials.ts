import { chmod, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { LOCAL_REPOSITORIES } from "../../manifests/git/address";
import { GitError } from "./failure";
import { installationToken } from "./github-app";
import { temporaryFolder } from "../temporary-folder";
import type { GitAuth, SshAgent, SshKey } from "../../manifests/git/auth";

/** A private folder with the credentials as files, and the environment that makes git use them. */
export interface CredentialFiles {
  readonly folder: string;
  readonly env: NodeJS.ProcessEnv;
  /** Value of the header by which git signs in over HTTP, if any. */
  readonly authorization?: string;
  dispose(): Promise<void>;
}

/**
 * Writes credentials to files that only this user reads, in memory where the system has it: a credential in an
 * argument or in the environment would be seen by other processes.
 */
export async function writeCredentials(url: string, auth: GitAuth): Promise<CredentialFiles> {
  const parent = process.env.XDG_RUNTIME_DIR ?? tmpdir();
  const folder = await temporaryFolder("git", parent);
  const dispose = async (): Promise<void> => {
    await rm(folder, { recursive: true, force: true });
  };
  try {
    return { folder, ...(await fill(folder, url, auth)), dispose };
  } catch (error) {
    await dispose();
    throw error;
  }
}

async function fill(
  folder: string,
  url: string,
  auth: GitAuth,
): Promise<Pick<CredentialFiles, "env" | "authorization">> {
  const file: WriteFile = async (name, content, mode = 0o600) => {
    const path = join(folder, name);
    await writeFile(path, content, { mode });
    return path;
  };
  const config: string[] = [...PLAIN];
  const env: NodeJS.ProcessEnv = {};
  if (auth.ssh !== undefined) Object.assign(env, await sshEnvironment(auth.ssh, file));
  const authorization = await authorizationOf(url, auth);
  if (authorization !== undefined) {
    config.push(
      `[http ${JSON.stringify(new URL(url).origin)}]`,
      `\textraHeader = ${JSON.stringify(`Authorization: ${authorization}`)}`,
    );
  }
  // Git would send the header to whatever host this one names; redirects.ts looks first.
  // Some proxies take no request without its length (411), which git leaves out of what doesn't fit into its buffer.
  config.push("[http]", "\tfollowRedirects = false", "\tpostBuffer = 100m");
  if (auth.proxy !== undefined) config.push("[http]", `\tproxy = ${JSON.stringify(auth.proxy)}`);
  if (auth.ca !== undefined) {
    // In the environment it counts more than in the configuration: a machine may have its own there.
    env.GIT_SSL_CAINFO = await file("ca.crt", auth.ca);
  }
  // Replaces the user's own configuration: its hooks, helpers and rewrites must not change what is committed.
  env.GIT_CONFIG_GLOBAL = await file("config", config.map((line) => `${line}\n`).join(""));
  // Also where a repository names others.
  env.GIT_ALLOW_PROTOCOL =
    process.env[LOCAL_REPOSITORIES] === "true" ? "http:https:ssh:file" : "http:https:ssh";
  env.GIT_ASKPASS = "true";
  // A host that says nothing for a minute won't: git's servers send signs of life every five seconds.
  env.GIT_HTTP_LOW_SPEED_LIMIT = "1";
  env.GIT_HTTP_LOW_SPEED_TIME = process.env.GIT_HTTP_LOW_SPEED_TIME ?? "60";
  return { env, authorization };
}

/**
 * What a machine's own configuration may ask of git, and what would fail, run or say something else here by it: its
 * hooks and helpers are for people's repositories. Nothing has to outlive the machine here.
 */
const PLAIN = [
  ...["[safe]", "\tbareRepository = all", "[core]", "\tfsmonitor = false", "\tfsync = none"],
  ...["[credential]", "\thelper =", "[gc]", "\tauto = 0", "[maintenance]", "\tauto = false"],
  ...["[push]", "\tgpgSign = false", "\tfollowTags = false", "\trecurseSubmodules = no", "\tpushOption ="],
  ...[
    "[log]",
    "\tshowSignature = false",
    "[i18n]",
    "\tlogOutputEncoding = UTF-8",
    "\tcommitEncoding = UTF-8",
  ],
];

type WriteFile = (name: string, content: string, mode?: number) => Promise<string>;

async function sshEnvironment(ssh: SshKey | SshAgent, file: WriteFile): Promise<NodeJS.ProcessEnv> {
  const hosts = await file("known_hosts", unixLines(ssh.knownHosts));
  const options = [
    `-o UserKnownHostsFile=${quote(hosts)} -o GlobalKnownHostsFile=/dev/null`,
    "-o StrictHostKeyChecking=yes -o PasswordAuthentication=no -o KbdInteractiveAuthentication=no",
    "-o ConnectTimeout=20 -o LogLevel=ERROR -o ServerAliveInterval=15 -o ServerAliveCountMax=4",
  ];
  const env: NodeJS.ProcessEnv = { GIT_SSH_VARIANT: "ssh" };
  let identity = "";
  if ("agent" in ssh) {
    env.SSH_AUTH_SOCK = process.env.SSH_AUTH_SOCK;
    if (env.SSH_AUTH_SOCK === undefined) throw new GitError(NO_AGENT);
  } else {
    const key = await file("identity", unixLines(ssh.privateKey));
    identity = `-i ${quote(key)} -o IdentitiesOnly=yes -o IdentityAgent=none `;
    const passphrase = await file("passphrase", ssh.passphrase ?? "");
    env.SSH_ASKPASS = await file("askpass", `#!/bin/sh\ncat ${quote(passphrase)}\n`, 0o700);
    env.SSH_ASKPASS_REQUIRE = "force";
    await chmod(env.SSH_ASKPASS, 0o700);
  }
  return { ...env, GIT_SSH_COMMAND: `ssh -F none ${identity}${options.join(" ")}` };
}

const NO_AGENT = {
  kind: "refused",
  message:
    "there is no ssh-agent: SSH_AUTH_SOCK isn't set\n→ Start one and add the key (`ssh-add`), or give the key itself.",
} as const;

/** Value of the header by which git signs in, if any. */
async function authorizationOf(url: string, auth: GitAuth): Promise<string | undefined> {
  const basic = (username: string, password: string): string =>
    `Basic ${Buffer.from(`${username}:${password}`).toString("base64")}`;
  if (auth.bearer !== undefined) return `Bearer ${auth.bearer.token}`;
  if (auth.basic !== undefined) return basic(auth.basic.username, auth.basic.password);
  if (auth.githubApp === undefined) return undefined;
  return basic("x-access-token", await installationToken(url, auth.githubApp, auth));
}

/** OpenSSH refuses a key with other line ends, or without the last one. */
export function unixLines(text: string): string {
  const unix = text.replaceAll("\r\n", "\n");
  return unix.endsWith("\n") ? unix : `${unix}\n`;
}

/** As one word of a shell. */
export function quote(path: string): string {
  return `'${path.replaceAll("'", "'\\''")}'`;
}
