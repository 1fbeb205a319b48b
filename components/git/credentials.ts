import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** How to sign in to a git host. `ssh://` URLs take `ssh`, `https://` ones `basic` or `bearer`. */
export interface GitAuth {
  readonly ssh?: {
    /** Private key, PEM or OpenSSH format. */
    readonly privateKey: string;
    /** Passphrase of an encrypted key. */
    readonly passphrase?: string;
    /** Lines of a known_hosts file. Hosts not in it are refused: a scanned key proves nothing. */
    readonly knownHosts: string;
  };
  readonly basic?: { readonly username: string; readonly password: string };
  readonly bearer?: { readonly token: string };
  /** PEM certificates of the authorities that sign the host's certificate, for a private CA. */
  readonly ca?: string;
}

/** A private folder with the credentials as files, and the environment that makes git use them. */
export interface CredentialFiles {
  readonly folder: string;
  readonly env: NodeJS.ProcessEnv;
  dispose(): Promise<void>;
}

/**
 * Writes credentials to files that only this user reads, in memory where the system has it: a credential in an
 * argument or in the environment would be seen by other processes.
 */
export async function writeCredentials(url: string, auth: GitAuth): Promise<CredentialFiles> {
  const folder = await mkdtemp(join(process.env.XDG_RUNTIME_DIR ?? tmpdir(), "handoff-git-"));
  const dispose = async (): Promise<void> => {
    await rm(folder, { recursive: true, force: true });
  };
  try {
    return { folder, env: await fill(folder, url, auth), dispose };
  } catch (error) {
    await dispose();
    throw error;
  }
}

async function fill(folder: string, url: string, auth: GitAuth): Promise<NodeJS.ProcessEnv> {
  const file = async (name: string, content: string, mode = 0o600): Promise<string> => {
    const path = join(folder, name);
    await writeFile(path, content, { mode });
    return path;
  };
  const config: string[] = [];
  const env: NodeJS.ProcessEnv = {};
  if (auth.ssh !== undefined) {
    const key = await file("identity", unixLines(auth.ssh.privateKey));
    const hosts = await file("known_hosts", unixLines(auth.ssh.knownHosts));
    env.GIT_SSH_COMMAND = [
      `ssh -F none -i ${quote(key)} -o UserKnownHostsFile=${quote(hosts)} -o GlobalKnownHostsFile=/dev/null`,
      "-o IdentitiesOnly=yes -o IdentityAgent=none -o StrictHostKeyChecking=yes",
      "-o PasswordAuthentication=no -o KbdInteractiveAuthentication=no -o ConnectTimeout=20 -o LogLevel=ERROR",
      "-o ServerAliveInterval=15 -o ServerAliveCountMax=4",
    ].join(" ");
    env.GIT_SSH_VARIANT = "ssh";
    const passphrase = await file("passphrase", auth.ssh.passphrase ?? "");
    env.SSH_ASKPASS = await file("askpass", `#!/bin/sh\ncat ${quote(passphrase)}\n`, 0o700);
    env.SSH_ASKPASS_REQUIRE = "force";
    await chmod(env.SSH_ASKPASS, 0o700);
  }
  const authorization =
    auth.bearer !== undefined
      ? `Bearer ${auth.bearer.token}`
      : auth.basic !== undefined
        ? `Basic ${Buffer.from(`${auth.basic.username}:${auth.basic.password}`).toString("base64")}`
        : undefined;
  if (authorization !== undefined) {
    config.push(
      `[http ${JSON.stringify(new URL(url).origin)}]`,
      `\textraHeader = ${JSON.stringify(`Authorization: ${authorization}`)}`,
    );
  }
  if (auth.ca !== undefined) {
    // In the environment it counts more than in the configuration: a machine may have its own there.
    env.GIT_SSL_CAINFO = await file("ca.crt", auth.ca);
  }
  // Replaces the user's own configuration: its hooks, helpers and rewrites must not change what is committed.
  env.GIT_CONFIG_GLOBAL = await file("config", config.map((line) => `${line}\n`).join(""));
  env.GIT_ASKPASS = "true";
  // A host that says nothing for a minute won't: git's servers send signs of life every five seconds.
  env.GIT_HTTP_LOW_SPEED_LIMIT = "1";
  env.GIT_HTTP_LOW_SPEED_TIME = process.env.GIT_HTTP_LOW_SPEED_TIME ?? "60";
  return env;
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
