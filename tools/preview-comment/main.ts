import { appendFileSync } from "node:fs";
import { comment } from "./comment";
import { post } from "./post";
import { readPreview } from "./preview";

const help = `Shows previews of stacks as one comment of a pull request, edited in place by later runs.

  main.ts <folder> <stack…>          print it
  main.ts --post <folder> <stack…>   post it; needs GITHUB_TOKEN, GITHUB_REPOSITORY and PR_NUMBER

<folder>/<stack>/ holds what \`pulumi preview --json\` left: preview.json (stdout), errors.txt (stderr) and its status.
Optional: PREVIEW_COMMIT, RUN_URL, GITHUB_API_URL, GITHUB_STEP_SUMMARY (takes the preview unshortened).
`;

/** A job's summary may have 1 MiB; characters outside of ASCII take up to four bytes. */
const SUMMARY_LIMIT = 262_144;

async function main(args: readonly string[]): Promise<void> {
  const posting = args[0] === "--post";
  const [folder, ...stacks] = posting ? args.slice(1) : args;
  if (folder === undefined || stacks.length === 0) throw new Error(help);
  const env = process.env;
  const previews = stacks.map((stack) => readPreview(folder, stack));
  const options = { commit: env.PREVIEW_COMMIT, runUrl: env.RUN_URL };
  if (env.GITHUB_STEP_SUMMARY !== undefined) {
    appendFileSync(env.GITHUB_STEP_SUMMARY, comment(previews, { ...options, limit: SUMMARY_LIMIT }));
  }
  const body = comment(previews, options);
  if (!posting) {
    process.stdout.write(`${body}\n`);
    return;
  }
  const { GITHUB_TOKEN: token, GITHUB_REPOSITORY: repository, PR_NUMBER: number } = env;
  if (token === undefined || repository === undefined || number === undefined) throw new Error(help);
  const url = await post({ token, repository, number: Number(number), apiUrl: env.GITHUB_API_URL }, body);
  process.stdout.write(`${url}\n`);
}

main(process.argv.slice(2)).catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
