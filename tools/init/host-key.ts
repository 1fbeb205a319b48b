import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { promisify } from "node:util";
import { UserError } from "../../provider/plugin/handler";
import { hostName } from "../../stacks/settings/known-hosts";

/** A key that a host shows when it is asked. It proves nothing until somebody has compared it. */
export interface HostKey {
  /** As in a known_hosts file. */
  readonly line: string;
  /** Such as ssh-ed25519. */
  readonly type: string;
  /** Such as SHA256:+DiY3wvvV6TuJJhbpZisF/zLDA0zPMSvHdkr4UvCOqU. */
  readonly fingerprint: string;
}

/** Where hosts publish what their keys are. */
const PUBLISHED: Readonly<Record<string, string>> = {
  "github.com":
    "https://docs.github.com/en/authentication/keeping-your-account-and-data-secure/githubs-ssh-key-fingerprints",
  "ssh.github.com":
    "https://docs.github.com/en/authentication/keeping-your-account-and-data-secure/githubs-ssh-key-fingerprints",
  "gitlab.com": "https://docs.gitlab.com/user/gitlab_com/#ssh-host-keys-fingerprints",
  "bitbucket.org":
    "https://support.atlassian.com/bitbucket-cloud/docs/configure-ssh-and-two-step-verification/",
  "codeberg.org": "https://docs.codeberg.org/security/ssh-fingerprint/",
  "ssh.dev.azure.com": "https://learn.microsoft.com/azure/devops/repos/git/use-ssh-keys-to-authenticate",
};

/** Where to read a host's fingerprints, by another way than the one that its keys came. */
export function publishedAt(url: URL): string {
  return (
    PUBLISHED[url.hostname] ??
    `ask who runs ${url.hostname}, or run there: for f in /etc/ssh/ssh_host_*_key.pub; do ssh-keygen -lf $f; done`
  );
}

/** The keys that the host of an address shows over SSH. @throws UserError when it shows none */
export async function hostKeys(url: URL): Promise<readonly HostKey[]> {
  const args = ["-T", "15", ...(url.port === "" ? [] : ["-p", url.port]), "--", url.hostname];
  let output = "";
  let why = "";
  try {
    ({ stdout: output, stderr: why } = await promisify(execFile)("ssh-keyscan", args));
  } catch (error) {
    const { code, stderr = "" } = error as { readonly code?: string | number; readonly stderr?: string };
    why = code === "ENOENT" ? "there is no ssh-keyscan: install an OpenSSH client" : stderr;
  }
  const keys = output.split("\n").flatMap(parseLine);
  if (keys.length > 0) return keys;
  const said = why.split("\n").find((line) => line !== "" && !line.startsWith("#"));
  throw new UserError(`${hostName(url)} shows no host key${said === undefined ? "" : `: ${said.trim()}`}`);
}

function parseLine(line: string): HostKey[] {
  const [host, type = "", key = ""] = line.trim().split(/\s+/);
  if (host === undefined || host.startsWith("#") || key === "") return [];
  const digest = createHash("sha256").update(Buffer.from(key, "base64")).digest("base64");
  return [{ line: line.trim(), type, fingerprint: `SHA256:${digest.replace(/=+$/, "")}` }];
}

/** Fingerprints that somebody typed or pasted: without their beginning, as a list, within a line of ssh-keygen -l. */
export function fingerprintsIn(text: string): readonly string[] {
  return text
    .split(/[\s,]+/)
    .map((word) => (/^[A-Za-z0-9+/]{43}=?$/.test(word) ? `SHA256:${word}` : word))
    .filter((word) => /^SHA256:[A-Za-z0-9+/]{43}=?$/.test(word))
    .map((word) => word.replace(/=$/, ""));
}

/** The lines of the keys whose fingerprints were given. @throws UserError when the host shows another key */
export function proven(keys: readonly HostKey[], text: string, url: URL): string {
  const given = fingerprintsIn(text);
  const same = keys.filter(({ fingerprint }) => given.includes(fingerprint));
  if (same.length > 0) return same.map(({ line }) => `${line}\n`).join("");
  const shown = keys.map(({ type, fingerprint }) => `${fingerprint} (${type})`).join(", ");
  if (given.length === 0)
    throw new UserError(
      "found no fingerprint; allowed: SHA256: and 43 characters, as ssh-keygen -l shows them",
    );
  throw new UserError(
    `${hostName(url)} shows ${shown}, and none of them is ${given.join(", ")}\n` +
      "→ If you copied it right, somebody else answers in the host's place: don't go on.",
  );
}
