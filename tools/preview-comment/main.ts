import { appendFileSync, writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { comment, type CommentOptions } from "./comment";
import { trackDrift } from "./drift";
import { gitea } from "./hosts/gitea";
import { github } from "./hosts/github";
import { gitlab } from "./hosts/gitlab";
import { renderReleases } from "./helm/render";
import { runHelm } from "./helm/run";
import type { Access, Host, PullRequest } from "./hosts/host";
import { giteaIssues, githubIssues, gitlabIssues, type Issues } from "./hosts/issues";
import { markStale, post } from "./post";
import { readPreview } from "./preview";
import { recordPreview } from "./record";
import { jsonReport, reportJsonSchema } from "./report";

const help = `Shows previews of stacks as one comment of a pull request, edited in place by later runs.

  npm run comment -- --preview <folder> <stack…>   run \`pulumi preview\` of each, and keep what it leaves in the folder;
                                                   with --refresh against what is there rather than the stack's state,
                                                   --config-file <file> in place of Pulumi.<stack>.yaml
  npm run comment -- <folder> <stack…>             print the comment
  npm run comment -- --post <folder> <stack…>      post it; without stacks, since none changes any more, say so in the
                                                   comment of an earlier commit, where there is one
  npm run comment -- --stale                       say in the comment of an earlier commit that it is one
  npm run comment -- --drift <folder> <stack…>     keep one issue of what previews of main with --refresh would change,
                                                   and close it when there is nothing

<folder>/<stack>/ holds what a preview left: preview.json (\`pulumi preview --json\`) or events.jsonl (its \`--event-log\`,
which takes PULUMI_DEBUG_COMMANDS=true), errors.txt (standard error), its exit status in \`status\`, and the folder
findings/ that HANDOFF_FINDINGS named.

  --html <file>   the same as one page, nothing left out: without scripts, and nothing is fetched when it is looked at
  --json <file>   the same as data, of the JSON Schema docs/preview-report.v1.schema.json; --schema prints that
  --limit <n>     characters to print at most; default: 65536, and the host's limit with --post

HelmReleases that change are rendered before and after by \`helm\`, where it is on the PATH and can have the chart; else
their values are shown, with the reason.

Posting takes TOKEN, REPOSITORY (owner/name) and, but for --drift, PR_NUMBER; HOST is github (the default), gitlab or
gitea (Forgejo, too), API_URL the address of its API. GITHUB_TOKEN, GITHUB_REPOSITORY and GITHUB_API_URL do for GitHub.
Optional: PREVIEW_COMMIT, RUN_URL, GITHUB_STEP_SUMMARY (takes the preview less shortened).
`;

/** A job's summary may have 1 MiB; characters outside of ASCII take up to four bytes. */
const SUMMARY_LIMIT = 262_144;

const HOSTS: Readonly<
  Record<string, { comments: (pullRequest: PullRequest) => Host; issues: (access: Access) => Issues }>
> = {
  github: { comments: github, issues: githubIssues },
  gitlab: { comments: gitlab, issues: gitlabIssues },
  gitea: { comments: gitea, issues: giteaIssues },
};

async function main(args: readonly string[]): Promise<void> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      help: { type: "boolean" },
      preview: { type: "boolean" },
      refresh: { type: "boolean" },
      post: { type: "boolean" },
      stale: { type: "boolean" },
      drift: { type: "boolean" },
      schema: { type: "boolean" },
      html: { type: "string" },
      json: { type: "string" },
      limit: { type: "string" },
      "config-file": { type: "string" },
    },
  });
  if (values.help === true) {
    process.stdout.write(help);
    return;
  }
  if (values.schema === true) {
    process.stdout.write(reportJsonSchema());
    return;
  }
  if (values.stale === true) {
    say(await markStale(pullRequest()));
    return;
  }
  const [folder, ...named] = positionals;
  const stacks = [...new Set(named)];
  if (folder === undefined || (stacks.length === 0 && values.post !== true)) throw new Error(help);
  if (values.preview === true) {
    for (const stack of stacks) {
      process.stderr.write(`Previewing ${stack}…\n`);
      const configFile = values["config-file"];
      if ((await recordPreview(folder, stack, { refresh: values.refresh, configFile })) !== 0)
        process.exitCode = 1;
    }
    return;
  }
  const { env } = process;
  const previews = await Promise.all(
    stacks.map(async (stack) => {
      const preview = readPreview(folder, stack);
      return { ...preview, releases: await renderReleases(preview.proposed, runHelm) };
    }),
  );
  const written = (options: CommentOptions): string =>
    comment(previews, { commit: env.PREVIEW_COMMIT, runUrl: env.RUN_URL, ...options });
  if (env.GITHUB_STEP_SUMMARY !== undefined)
    appendFileSync(env.GITHUB_STEP_SUMMARY, written({ limit: SUMMARY_LIMIT }));
  if (values.json !== undefined)
    writeFileSync(values.json, jsonReport(previews, env.PREVIEW_COMMIT), { mode: 0o600 });
  if (values.html !== undefined) {
    // Highlighting takes a while to load.
    const { page } = await import("./page.js");
    const options = { commit: env.PREVIEW_COMMIT, runUrl: env.RUN_URL };
    writeFileSync(values.html, page(previews, options), { mode: 0o600 });
  }
  if (values.drift === true) {
    const { of, access } = host();
    const options = { commit: env.PREVIEW_COMMIT, runUrl: env.RUN_URL };
    process.stdout.write(`${await trackDrift(of.issues(access), previews, options)}\n`);
    return;
  }
  if (values.post !== true) {
    const limit = values.limit === undefined ? undefined : numberOf("--limit", values.limit, 1000);
    process.stdout.write(`${written({ limit })}\n`);
    return;
  }
  const at = pullRequest();
  const ifNone = stacks.length === 0 ? "nothing" : "create";
  say(await post(at, env.PREVIEW_COMMIT, (head) => written({ head, limit: at.limit }), ifNone));
}

function pullRequest(): Host {
  const { of, access } = host();
  return of.comments({ ...access, number: numberOf("PR_NUMBER", process.env.PR_NUMBER, 1) });
}

function numberOf(name: string, text: string | undefined, least: number): number {
  if (text === undefined || !/^\d+$/.test(text) || Number(text) < least)
    throw new Error(`${name}: found ${found(text)}; allowed: a whole number from ${String(least)} on`);
  return Number(text);
}

const found = (text: string | undefined): string => (text === undefined ? "none" : JSON.stringify(text));

function host() {
  const { env } = process;
  const of = HOSTS[env.HOST ?? "github"];
  if (of === undefined)
    throw new Error(`HOST: found ${found(env.HOST)}; allowed: ${Object.keys(HOSTS).join(", ")}`);
  const token = env.TOKEN ?? env.GITHUB_TOKEN;
  const repository = env.REPOSITORY ?? env.GITHUB_REPOSITORY;
  if (token === undefined || token === "")
    throw new Error("TOKEN: found none; allowed: one that may write comments, see --help");
  if (repository === undefined || !/^[^/\s]+(\/[^/\s]+)+$/.test(repository))
    throw new Error(`REPOSITORY: found ${found(repository)}; allowed: owner/name, on GitLab group/…/project`);
  const apiUrl = env.API_URL ?? (env.HOST === undefined ? env.GITHUB_API_URL : undefined);
  return { of, access: { token, repository, apiUrl } };
}

function say({ url, head }: { readonly url?: string; readonly head: string }): void {
  process.stdout.write(`${url ?? `nothing to write: the comment is of ${head}, or there is none`}\n`);
}

main(process.argv.slice(2)).catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
