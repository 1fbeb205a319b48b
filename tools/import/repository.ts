import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { addressFault, holdsCredential } from "../../manifests/git/address";
import type { TreeEntry } from "../../provider/git/branch";
import { UserError } from "../../provider/plugin/handler";
import { git, headOf } from "./head";

/** A commit of a repository, read and never changed. */
export interface Repository {
  /** Address of its remote, as the settings take it; undefined where there is none, or it isn't one that they take. */
  readonly url?: string;
  /** Undefined of a clone that has a commit alone checked out. */
  readonly branch?: string;
  readonly commit: string;
  /** What of a clone isn't in the commit, or not yet where Flux reads it: for the reader. */
  readonly notes: readonly string[];
  readonly tree: ReadonlyMap<string, TreeEntry>;
  /** Text of a file; undefined for one that isn't there or isn't read, see `READ`. */
  readonly text: (path: string) => string | undefined;
}

/** Files that Flux, kustomize and SOPS read. */
const READ = /(\.ya?ml|(^|\/)(Kustomization|\.sourceignore))$/;

/**
 * Reads the commit that a clone has checked out, or the head of a branch at an address: with git's own configuration, so
 * that the user's credentials count.
 * @param place folder of a clone, or an address
 * @param branch of an address. @default the one that its host names
 * @throws UserError with git's words
 */
export async function readRepository(place: string, branch?: string): Promise<Repository> {
  if (existsSync(place) && statSync(place).isDirectory()) return await readCommit(place, branch);
  const url = spelled(place);
  const fault = addressFault(url);
  if (fault !== undefined)
    throw new UserError(
      `${holdsCredential(place) ? "the address" : place} is no folder, and as an address ${fault}`,
    );
  const folder = mkdtempSync(join(tmpdir(), "handoff-import-"));
  try {
    const only = branch === undefined ? [] : ["--branch", branch];
    await git(tmpdir(), ["clone", "--quiet", "--bare", "--depth=1", ...only, "--", url, folder]);
    return await readCommit(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function readCommit(folder: string, wanted?: string): Promise<Repository> {
  const words = async (...args: string[]): Promise<string> => (await git(folder, args)).trim();
  const { commit, branch, notes } = await headOf(folder, wanted);
  const remote = await words("remote", "get-url", "origin").catch(() => "");
  const url = spelled(remote);
  const listed = await git(folder, ["ls-tree", "-r", "-z", "--full-tree", commit]);
  const tree = new Map(
    listed
      .split("\0")
      .filter((line) => line !== "")
      .map((line): [string, TreeEntry] => {
        const [facts = "", path = ""] = line.split("\t");
        const [mode = "", , oid = ""] = facts.split(" ");
        return [path, { mode, oid }];
      }),
  );
  const wantedFiles = [...tree].filter(([path, { mode }]) => READ.test(path) && mode.startsWith("100"));
  const texts = await contents(
    folder,
    wantedFiles.map(([, { oid }]) => oid),
  );
  return {
    ...(addressFault(url) === undefined && { url }),
    ...(branch !== undefined && { branch }),
    ...{ commit, tree, notes },
    text: (path) => texts.get(tree.get(path)?.oid ?? ""),
  };
}

/** `git@host:path` is `ssh://git@host/path`, which is how the settings have it. */
function spelled(address: string): string {
  const [, user, host, path] = /^([\w.-]+)@([A-Za-z0-9][\w.-]+):(?!\/\/)(.+)$/.exec(address.trim()) ?? [];
  return host === undefined
    ? address.trim()
    : `ssh://${user ?? ""}@${host}/${(path ?? "").replace(/^\/+/, "")}`;
}

/** Texts by object id, of one process. */
async function contents(folder: string, oids: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const child = spawn("git", ["cat-file", "--batch"], { cwd: folder, stdio: ["pipe", "pipe", "ignore"] });
  const chunks: Buffer[] = [];
  child.stdout.on("data", (chunk: Buffer) => chunks.push(chunk));
  const ended = new Promise<void>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", () => {
      resolve();
    });
  });
  child.stdin.end([...new Set(oids)].map((oid) => `${oid}\n`).join(""));
  await ended;
  const output = Buffer.concat(chunks);
  const texts = new Map<string, string>();
  for (let at = 0; at < output.length;) {
    const end = output.indexOf("\n", at);
    const [oid = "", kind, size = "0"] = output.subarray(at, end).toString("utf8").split(" ");
    at = end + 1;
    // What a partial clone hasn't got has a line alone.
    if (kind !== "blob") continue;
    texts.set(oid, output.subarray(at, at + Number(size)).toString("utf8"));
    at += Number(size) + 1;
  }
  return texts;
}
