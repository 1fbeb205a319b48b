import { execFile } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { stringify } from "yaml";
import type { Files } from "../../manifests/files";
import { chartFiles } from "./services/charts/chart";
import { dremio } from "./services/charts/declared/dremio";
import { chartMetadata } from "./services/charts/pack";

const seeds = join(__dirname, "seeds");

/** Whoever used the repositories before: not the program, so that its own commits stand out. */
const author = {
  GIT_AUTHOR_NAME: "Platform Team",
  GIT_AUTHOR_EMAIL: "platform@example.com",
  GIT_AUTHOR_DATE: "2026-01-05T09:00:00Z",
  GIT_COMMITTER_NAME: "Platform Team",
  GIT_COMMITTER_EMAIL: "platform@example.com",
  GIT_COMMITTER_DATE: "2026-01-05T09:00:00Z",
};

/** A tag for those who pin a release of a repository. */
const tags: Readonly<Record<string, string>> = { "cloudflare/origin-ca-issuer": "v0.15.0" };

/** Files that are made, beside those of the folder under `seeds/`. */
const made: Readonly<Record<string, () => Files>> = { "dremio/dremio-cloud-tools": dremioChart };

function dremioChart(): Files {
  const [version] = dremio.versions;
  if (version === undefined) return {};
  const files = {
    "Chart.yaml": stringify(chartMetadata(dremio.name, version)),
    ...chartFiles(dremio, version),
  };
  return Object.fromEntries(Object.entries(files).map(([path, text]) => [`charts/dremio_v2/${path}`, text]));
}

/** The repositories that the sandbox starts with: `organization/name`, from the folders under `seeds/`. */
export function seededRepositories(): readonly string[] {
  return readdirSync(seeds).flatMap((org) => readdirSync(join(seeds, org)).map((name) => `${org}/${name}`));
}

/** Makes the bare repositories that are missing, each with one commit on `main`. */
export async function seedRepositories(folder: string): Promise<void> {
  const missing = seededRepositories()
    .map((repository) => ({ repository, bare: join(folder, `${repository}.git`) }))
    .filter(({ bare }) => !existsSync(bare));
  await Promise.all(missing.map(({ repository, bare }) => seed(repository, bare)));
}

const run = promisify(execFile);

async function git(folder: string, ...args: readonly string[]): Promise<void> {
  // Without the user's own configuration: no hooks, no signing, no other line ends.
  const env = { ...process.env, ...author, GIT_CONFIG_GLOBAL: "/dev/null", GIT_CONFIG_SYSTEM: "/dev/null" };
  await run("git", args, { cwd: folder, env });
}

async function seed(repository: string, bare: string): Promise<void> {
  const work = `${bare}.work`;
  const half = `${bare}.new`;
  try {
    rmSync(work, { recursive: true, force: true });
    cpSync(join(seeds, repository), work, { recursive: true });
    for (const [path, text] of Object.entries(made[repository]?.() ?? {})) {
      mkdirSync(dirname(join(work, path)), { recursive: true });
      writeFileSync(join(work, path), text);
    }
    await git(work, "init", "--quiet", "--initial-branch=main");
    await git(work, "add", "--all");
    await git(work, "commit", "--quiet", "-m", "Start the repository");
    const tag = tags[repository];
    if (tag !== undefined) await git(work, "tag", tag);
    rmSync(half, { recursive: true, force: true });
    mkdirSync(half, { recursive: true });
    await git(work, "clone", "--quiet", "--bare", work, half);
    // As the usual hosts have it.
    await git(half, "config", "http.receivepack", "true");
    await git(half, "config", "uploadpack.allowFilter", "true");
    await git(half, "config", "uploadpack.allowAnySHA1InWant", "true");
    await git(half, "remote", "remove", "origin");
    renameSync(half, bare);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}
