import { appendFileSync, writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { comment, type CommentOptions } from "./comment";
import { gitea } from "./hosts/gitea";
import { github } from "./hosts/github";
import { gitlab } from "./hosts/gitlab";
import type { Host, PullRequest } from "./hosts/host";
import { markStale, post } from "./post";
import { readPreview } from "./preview";
import { jsonReport } from "./report";

const help = `Shows previews of stacks as one comment of a pull request, edited in place by later runs.

  main.ts <folder> <stack…>           print it
  main.ts --post <folder> <stack…>    post it
  main.ts --stale                     say in the comment of an earlier commit that it is one

<folder>/<stack>/ holds what a preview left: preview.json (\`pulumi preview --json\`) or events.jsonl (\`--event-log\`),
errors.txt (standard error), its exit status in \`status\`, and the folder findings/ that HANDOFF_FINDINGS named.

  --json <file>   the same as data
  --limit <n>     characters to print at most; default: 65536, and the host's limit with --post

Posting takes TOKEN, REPOSITORY (owner/name) and PR_NUMBER; HOST is github (the default), gitlab or gitea (Forgejo,
too), API_URL the address of its API. GITHUB_TOKEN, GITHUB_REPOSITORY and GITHUB_API_URL do for GitHub.
Optional: PREVIEW_COMMIT, RUN_URL, GITHUB_STEP_SUMMARY (takes the preview less shortened).
`;

/** A job's summary may have 1 MiB; characters outside of ASCII take up to four bytes. */
const SUMMARY_LIMIT = 262_144;

const HOSTS: Readonly<Record<string, (pullRequest: PullRequest) => Host>> = { github, gitlab, gitea };

async function main(args: readonly string[]): Promise<void> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      post: { type: "boolean" },
      stale: { type: "boolean" },
      json: { type: "string" },
      limit: { type: "string" },
    },
  });
  if (values.stale === true) {
    say(await markStale(host()));
    return;
  }
  const [folder, ...stacks] = positionals;
  if (folder === undefined || stacks.length === 0) throw new Error(help);
  const { env } = process;
  const previews = stacks.map((stack) => readPreview(folder, stack));
  const written = (options: CommentOptions): string =>
    comment(previews, { commit: env.PREVIEW_COMMIT, runUrl: env.RUN_URL, ...options });
  if (env.GITHUB_STEP_SUMMARY !== undefined)
    appendFileSync(env.GITHUB_STEP_SUMMARY, written({ limit: SUMMARY_LIMIT }));
  if (values.json !== undefined) writeFileSync(values.json, jsonReport(previews, env.PREVIEW_COMMIT));
  if (values.post !== true) {
    const limit = values.limit === undefined ? undefined : Number(values.limit);
    process.stdout.write(`${written({ limit })}\n`);
    return;
  }
  const at = host();
  say(await post(at, env.PREVIEW_COMMIT, (head) => written({ head, limit: at.limit })));
}

function host(): Host {
  const { env } = process;
  const make = HOSTS[env.HOST ?? "github"];
  if (make === undefined)
    throw new Error(`HOST: found ${JSON.stringify(env.HOST)}; allowed: ${Object.keys(HOSTS).join(", ")}`);
  const token = env.TOKEN ?? env.GITHUB_TOKEN;
  const repository = env.REPOSITORY ?? env.GITHUB_REPOSITORY;
  const number = Number(env.PR_NUMBER);
  if (token === undefined || repository === undefined || !Number.isInteger(number)) throw new Error(help);
  return make({
    token,
    repository,
    number,
    apiUrl: env.API_URL ?? (env.HOST === undefined ? env.GITHUB_API_URL : undefined),
  });
}

function say({ url, head }: { readonly url?: string; readonly head: string }): void {
  process.stdout.write(`${url ?? `nothing to write: the comment is of ${head}, or there is none`}\n`);
}

main(process.argv.slice(2)).catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
