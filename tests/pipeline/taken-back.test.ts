/** The pipelines' own lines, by the shell that runs them, for a push after which no stack changes any more. */
import { strict as assert } from "node:assert";
import { execFile } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { parse } from "yaml";
import { MARKER } from "../../tools/preview-comment/comment";
import { GitHub } from "../preview-comment/github-host";
import { OtherHost } from "../preview-comment/other-host";
import { slow } from "../slow";

const root = join(__dirname, "../..");
const read = (path: string): unknown =>
  parse(readFileSync(join(root, path), "utf8"), { customTags: [REFERENCE] });
/** GitLab's own tag; none of ours in the parts that are read. */
const REFERENCE = { tag: "!reference", collection: "seq" } as const;

interface Pipeline {
  readonly file: string;
  /** Where it asks: the head is `c2`, after `c1`. */
  readonly host: () => Promise<GitHub | OtherHost>;
  readonly script: () => string;
  readonly env: (url: string) => Readonly<Record<string, string>>;
}

interface Workflow {
  readonly jobs: Record<
    string,
    { readonly steps: readonly { readonly name?: string; readonly run?: string }[] }
  >;
}

const step = (file: string, job: string, name: string): string =>
  (read(file) as Workflow).jobs[job]?.steps.find((one) => one.name === name)?.run ?? assert.fail(name);

const PIPELINES: readonly Pipeline[] = [
  {
    file: ".github/workflows/preview.yml",
    host: async () => {
      const github = new GitHub();
      await github.listen();
      return github;
    },
    script: () =>
      [
        step(".github/workflows/preview.yml", "stale", "Mark the comment"),
        step(".github/workflows/preview.yml", "comment", "Comment").replace("preview.html", '"$PAGE"'),
      ].join("\n"),
    env: (url) => ({ GITHUB_API_URL: url, GITHUB_REPOSITORY: "your-org/infra", GITHUB_TOKEN: "t0ken" }),
  },
  {
    file: ".gitlab-ci.yml",
    host: () => OtherHost.start("gitlab"),
    script: () =>
      (
        read(".gitlab-ci.yml") as { readonly preview: { readonly script: readonly string[] } }
      ).preview.script.join("\n"),
    env: (url) => ({
      ...{ HOST: "gitlab", API_URL: url, REPOSITORY: "group/infra", COMMENT_TOKEN: "t0ken" },
      ...{
        CI_MERGE_REQUEST_IID: "7",
        CI_MERGE_REQUEST_SOURCE_BRANCH_SHA: "c2",
        CI_MERGE_REQUEST_DIFF_BASE_SHA: "HEAD",
      },
    }),
  },
  {
    file: ".forgejo/workflows/stacks.yml",
    host: () => OtherHost.start("gitea"),
    script: () => step(".forgejo/workflows/stacks.yml", "stacks", "Run"),
    env: (url) => ({
      ...{ HOST: "gitea", API_URL: url, REPOSITORY: "group/infra", TOKEN: "t0ken", KUBECONFIG_TEXT: "" },
      ...{ EVENT: "pull_request", ACTION: "synchronize", BASE: "HEAD" },
    }),
  },
];

/** A comment that an earlier run of ours wrote. */
function begin(server: GitHub | OtherHost, body: string): void {
  if (server instanceof GitHub) server.add(body, "Bot");
  else server.add(body, "handoff");
}

describe("a push after which no stack changes any more", () => {
  let home: string;
  before(() => {
    home = mkdtempSync(join(tmpdir(), "taken-back-"));
  });
  after(() => {
    rmSync(home, { recursive: true });
  });

  for (const { file, host, script, env } of PIPELINES.filter((one) => existsSync(join(root, one.file))))
    slow(`is told by ${file} in the comment that is there, and begins none`, async () => {
      const server = await host();
      try {
        server.head = "c2";
        const run = (): Promise<{ stdout: string }> =>
          // As the runners of all three call it.
          promisify(execFile)("bash", ["-e", "-o", "pipefail", "-c", script()], {
            cwd: root,
            env: {
              ...{ PATH: process.env.PATH, HOME: home, PAGE: join(home, "page.html"), STACKS: "" },
              ...{ PR_NUMBER: "7", PREVIEW_COMMIT: "c2", ...env(server.url) },
            },
          });
        await run();
        assert.equal(server.comments.length, 0);
        begin(server, `${MARKER} of c1 -->\n\n## Pulumi preview\n\n- **prod**: 3 files in 1 repository`);
        await run();
        assert.deepEqual(
          server.comments.map(({ body }) => body.split("\n\n")),
          [
            [
              `${MARKER} of c2 -->`,
              "## Pulumi preview",
              "- no change of any stack",
              "Preview of c2, made by the run.",
            ],
          ],
        );
      } finally {
        await server.close();
      }
    });
});
