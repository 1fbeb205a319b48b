import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { quote, unixLines } from "./credentials";
import { type ProcessResult, run } from "./process";
import type { CommitSigning, SigningKey } from "../../manifests/git/signing";

/** What makes git sign by a key. Neither arguments nor environment hold more than paths. */
export interface Signer {
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  /** Why signing failed, where git doesn't tell. */
  explain(): Promise<string>;
  /** Ends what signing has started. The files go with the folder. */
  dispose(): Promise<void>;
}

/** Raised when the key can't be used, in words of the program that tried. */
export class SigningError extends Error {
  override readonly name = "SigningError";
}

/** Puts the key into files of the operation's private folder. */
export async function prepareSigner(parent: string, signing: CommitSigning): Promise<Signer> {
  const folder = join(parent, "signing");
  await mkdir(folder, { mode: 0o700, recursive: true });
  return "ssh" in signing ? await sshSigner(folder, signing.ssh) : await gpgSigner(folder, signing.gpg);
}

async function sshSigner(folder: string, key: SigningKey): Promise<Signer> {
  const identity = await file(folder, "key", unixLines(key.privateKey));
  const passphrase = await file(folder, "passphrase", key.passphrase ?? "");
  const askpass = await file(folder, "askpass", `#!/bin/sh\ncat ${quote(passphrase)}\n`, 0o700);
  return {
    args: ["-c", "gpg.format=ssh", "-c", `user.signingKey=${identity}`],
    env: { SSH_ASKPASS: askpass, SSH_ASKPASS_REQUIRE: "force" },
    explain: () => Promise.resolve(""),
    dispose: () => Promise.resolve(),
  };
}

/** With a key ring of its own, so that no other key of the user is touched or chosen. */
async function gpgSigner(folder: string, key: SigningKey): Promise<Signer> {
  const env = { GNUPGHOME: folder };
  const passphrase = await file(folder, "passphrase", key.passphrase ?? "");
  // Else the agent measures for seconds how hard it can make guessing, for a key ring that lives as long.
  await file(folder, "gpg-agent.conf", "s2k-count 65536\n");
  const options = ["--batch", "--no-tty", "--pinentry-mode", "loopback", "--passphrase-file", passphrase];
  const gpg = async (args: readonly string[], input: string[] = []): Promise<ProcessResult> =>
    await run("gpg", [...options, ...args], { cwd: folder, env, input });
  // gpg starts an agent that would outlive us, and keeps its sockets elsewhere when the folder's path is long.
  const dispose = async (): Promise<void> => {
    await run("gpgconf", ["--kill", "all"], { cwd: folder, env });
    await run("gpgconf", ["--remove-socketdir"], { cwd: folder, env });
  };
  const imported = await gpg(["--import"], [unixLines(key.privateKey)]);
  const list = (await gpg(["--list-secret-keys", "--with-colons"])).stdout.toString("utf8");
  const fingerprint = /^fpr:(?:[^:]*:){8}([0-9A-F]+):/m.exec(list)?.[1];
  if (fingerprint === undefined) {
    await dispose();
    throw new SigningError(`the GPG key can't be read: ${imported.stderr.trim()}`);
  }
  const words = ["gpg", ...options].map(quote).join(" ");
  const program = await file(folder, "gpg", `#!/bin/sh\nexec ${words} "$@"\n`, 0o700);
  return {
    args: [
      "-c",
      "gpg.format=openpgp",
      "-c",
      `gpg.program=${program}`,
      "-c",
      `user.signingKey=${fingerprint}!`,
    ],
    env,
    explain: async () => (await gpg(["--detach-sign"])).stderr.trim(),
    dispose,
  };
}

async function file(folder: string, name: string, content: string, mode = 0o600): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, content, { mode });
  return path;
}
