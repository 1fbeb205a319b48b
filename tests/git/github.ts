import { execFileSync } from "node:child_process";
import type http from "node:http";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { DeployKeys } from "../../tools/sandbox/services/git/deploy-keys";
import { githubKeys } from "../../tools/sandbox/services/git/github-keys";
import type { Fault } from "./host";
import type { TestRemote } from "./remote";

/** Where git is: a test may take it from the program's PATH. */
const GIT = execFileSync("sh", ["-c", "command -v git"], { encoding: "utf8" }).trim();
/** Bytes after which GraphQL cuts a text. */
const TEXT_LIMIT = 512_000;
const SHA = /^[0-9a-f]{40}$/;

type Variables = Readonly<Record<string, unknown>>;

interface CommitInput {
  readonly branch: { readonly repositoryNameWithOwner: string; readonly branchName: string };
  readonly expectedHeadOid: string;
  readonly message: { readonly headline: string; readonly body: string };
  readonly fileChanges: {
    readonly additions: readonly { readonly path: string; readonly contents: string }[];
    readonly deletions: readonly { readonly path: string }[];
  };
}

/** An error as GraphQL answers it, with HTTP 200. */
interface Refusal {
  readonly type: string;
  readonly message: string;
}

/**
 * GitHub's REST and GraphQL APIs as far as commits and deploy keys ask, over bare repositories: git's plumbing reads and
 * writes them. A commit is refused in GitHub's words when the branch has moved.
 */
export class GitHub {
  token = "t0ken";
  /** What a repository tells of the token's user, which is nothing for an App. */
  permissions = { pull: true, push: true };
  /** What the App's installation may do. */
  contents = "write";
  /** Requests so far, as `GET git/trees` or `mutation Commit`. */
  readonly requests: string[] = [];
  /** The faults of the next requests, one each; undefined serves the request. */
  faults: (Fault | undefined)[] = [];
  /** What a commit is refused with. */
  refusal: Refusal | undefined;
  /** Entries that a recursive listing has at most. */
  listed = Number.POSITIVE_INFINITY;
  /** Commits of a page at most. */
  page = 100;
  /** Called before a commit is made. */
  beforeCommit: (() => void) | undefined;

  /** What the token may do with the repository's settings, deploy keys among them. */
  administration = "write";

  /** @param keys folder of the host's deploy keys */
  constructor(
    private readonly find: (name: string) => TestRemote | undefined,
    private readonly keys: string,
  ) {}

  async serve(request: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
    const body = await text(request);
    const { query = "", variables = {} } = (body === "" ? {} : JSON.parse(body)) as {
      query?: string;
      variables?: Variables;
    };
    const [, , name = "", path = ""] =
      /^\/api\/v3\/(repos\/[^/]+\/([^/?]+))?\/?(.*)$/.exec(request.url ?? "") ?? [];
    const [operation] = /^\w+ \w+/.exec(query) ?? [];
    this.requests.push(operation ?? `GET ${path.replace(/\/[0-9a-f]{40}/, "")}`.trim());
    const answer = (status: number, json: object): void => {
      response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(json));
    };
    const serve = (): void => {
      if (request.url?.startsWith("/api/v3/app/installations/")) {
        answer(201, { token: this.token, permissions: { metadata: "read", contents: this.contents } });
      } else if (request.headers.authorization !== `Bearer ${this.token}`)
        answer(401, { message: "Bad credentials" });
      else if (/^keys\b/.test(path) && this.find(name) !== undefined) {
        const { status, body: json } = this.deployKeys(request.method ?? "GET", name, path, body);
        if (json === undefined) response.writeHead(status).end();
        else answer(status, json);
      } else if (operation !== undefined) answer(200, this.graphql(operation, query, variables));
      else {
        const found = this.rest(name, path);
        answer(found === undefined ? 404 : 200, found ?? { message: "Not Found" });
      }
    };
    const fault = this.faults.shift();
    if (fault === undefined) serve();
    else fault(request, response, serve);
  }

  private deployKeys(
    method: string,
    name: string,
    path: string,
    text: string,
  ): { status: number; body?: object } {
    const body = (text === "" ? {} : JSON.parse(text)) as object;
    const call = {
      method,
      repository: `your-org/${name}`,
      api: "https://api.github.com",
      body,
      administrates: this.administration === "write",
    };
    const [, id] = /^keys\/(\d+)/.exec(path) ?? [];
    return githubKeys(call, id, new DeployKeys(this.keys)) as { status: number; body?: object };
  }

  private rest(name: string, path: string): object | undefined {
    const remote = this.find(name);
    if (remote === undefined) return undefined;
    if (path === "") return { full_name: `your-org/${name}`, permissions: this.permissions };
    const [, kind, sha = "", recursive] = /^git\/(trees|blobs)\/(\w+)(\?recursive=1)?$/.exec(path) ?? [];
    if (kind === undefined || !exists(remote, sha)) return undefined;
    if (kind === "blobs") {
      const content = git(remote, ["cat-file", "blob", sha]).toString("base64");
      return { encoding: "base64", content: content.replace(/.{60}/g, "$&\n") };
    }
    const flags = recursive === undefined ? [] : ["-r", "-t"];
    const lines = git(remote, ["ls-tree", "-z", "--full-tree", ...flags, sha])
      .toString("utf8")
      .split("\0");
    const tree = lines.flatMap((line) => {
      const [, mode, type, oid, file] = /^(\d+) (\w+) (\w+)\t([^]+)$/.exec(line) ?? [];
      return file === undefined ? [] : [{ path: file, mode, type, sha: oid }];
    });
    const truncated = recursive !== undefined && tree.length > this.listed;
    return { truncated, tree: truncated ? tree.slice(0, this.listed) : tree };
  }

  private graphql(operation: string, query: string, variables: Variables): object {
    const { owner, name } = variables as { owner?: string; name?: string };
    if (operation === "mutation Commit") return this.commit(variables.input as CommitInput);
    const remote = owner === "your-org" ? this.find(name ?? "") : undefined;
    if (remote === undefined) {
      const message = `Could not resolve to a Repository with the name '${owner ?? ""}/${name ?? ""}'.`;
      return { data: { repository: null }, errors: [{ type: "NOT_FOUND", message }] };
    }
    const answers: Readonly<Record<string, () => object>> = {
      "query Locate": () => {
        const refs = git(remote, ["for-each-ref", "--format=%(objectname) %(refname)", "refs/heads"])
          .toString("utf8")
          .split("\n")
          .filter((line) => line !== "")
          .map((line) => line.split(" "));
        const oid = refs.find(([, ref]) => ref === variables.ref)?.[0];
        return {
          ref: oid === undefined ? null : { target: { oid } },
          refs: { nodes: refs.map(([, ref = ""]) => ({ name: ref.replace("refs/heads/", "") })) },
        };
      },
      "query Log": () => this.log(remote, variables as never),
      "query Contents": () =>
        Object.fromEntries(
          [...query.matchAll(/(_\w+): object\(oid: "(\w+)"\)/g)].map(([, alias = "", oid = ""]) => [
            alias,
            content(remote, oid),
          ]),
        ),
    };
    return { data: { repository: answers[operation]?.() } };
  }

  private log(
    remote: TestRemote,
    { from, first, after }: { from: string; first: number; after: string | null },
  ): object {
    const start = Number(after ?? 0);
    const size = Math.min(first, this.page);
    const range = [`--skip=${String(start)}`, `--max-count=${String(size + 1)}`, from];
    const nodes = git(remote, ["log", "-z", "--format=%H %P%n%B", ...range])
      .toString("utf8")
      .split("\0")
      .filter((entry) => entry !== "")
      .map((entry) => {
        const [ids = "", ...message] = entry.split("\n");
        const [oid, ...parents] = ids.trim().split(" ");
        return {
          oid,
          message: message.join("\n").trim(),
          parents: { nodes: parents.map((id) => ({ oid: id })) },
        };
      });
    const pageInfo = { hasNextPage: nodes.length > size, endCursor: String(start + size) };
    return { object: { history: { nodes: nodes.slice(0, size), pageInfo } } };
  }

  private commit({ branch, expectedHeadOid, fileChanges, message }: CommitInput): object {
    const refused = (refusal: Refusal): object => ({
      data: { createCommitOnBranch: null },
      errors: [refusal],
    });
    this.beforeCommit?.();
    if (this.refusal !== undefined) return refused(this.refusal);
    if (!this.permissions.push) {
      return refused({ type: "FORBIDDEN", message: "Resource not accessible by personal access token" });
    }
    const remote = this.find(branch.repositoryNameWithOwner.replace("your-org/", ""));
    if (remote === undefined)
      return refused({ type: "NOT_FOUND", message: "Could not resolve to a Repository" });
    const ref = `refs/heads/${branch.branchName}`;
    const stale = {
      type: "STALE_DATA",
      message: `Expected branch to point to "${expectedHeadOid}" but it did not.  Pull and try again.`,
    };
    if (git(remote, ["rev-parse", ref]).toString("utf8").trim() !== expectedHeadOid) return refused(stale);
    const env = { GIT_INDEX_FILE: join(remote.folder, "remote.git", "github-index") };
    git(remote, ["read-tree", expectedHeadOid], { env });
    const paths = [...fileChanges.additions, ...fileChanges.deletions].map(({ path }) => path);
    const known = new Set(git(remote, ["ls-files", "-z"], { env }).toString("utf8").split("\0"));
    const missing = fileChanges.deletions.find(({ path }) => !known.has(path));
    if (missing !== undefined || new Set(paths).size < paths.length) {
      return refused({
        type: "UNPROCESSABLE",
        message: `A path was requested twice or isn't there: ${missing?.path ?? ""}`,
      });
    }
    const changes = [
      ...fileChanges.deletions.map(({ path }) => `0 ${"0".repeat(40)}\t${path}\0`),
      ...fileChanges.additions.map(({ path, contents }) => {
        const input = Buffer.from(contents, "base64");
        const oid = git(remote, ["hash-object", "-w", "--stdin"], { input }).toString("utf8").trim();
        return `100644 ${oid}\t${path}\0`;
      }),
    ];
    git(remote, ["update-index", "-z", "--index-info"], { env, input: Buffer.from(changes.join("")) });
    const tree = git(remote, ["write-tree"], { env }).toString("utf8").trim();
    const input = Buffer.from([message.headline, message.body].filter((part) => part !== "").join("\n\n"));
    const oid = git(remote, ["commit-tree", tree, "-p", expectedHeadOid], { env: IDENTITY, input })
      .toString("utf8")
      .trim();
    try {
      git(remote, ["update-ref", ref, oid, expectedHeadOid]);
    } catch {
      return refused(stale);
    }
    return { data: { createCommitOnBranch: { commit: { oid } } } };
  }
}

/** The token's identity, and GitHub's own. */
const IDENTITY = {
  GIT_AUTHOR_NAME: "handoff[bot]",
  GIT_AUTHOR_EMAIL: "handoff[bot]@users.noreply.github.com",
  GIT_COMMITTER_NAME: "GitHub",
  GIT_COMMITTER_EMAIL: "noreply@github.com",
};

/** As GraphQL tells it: nothing of what isn't a file, no text of a binary file, the beginning of a long one. */
function content(remote: TestRemote, oid: string): object | null {
  if (!exists(remote, oid)) return null;
  if (git(remote, ["cat-file", "-t", oid]).toString("utf8").trim() !== "blob") return {};
  const bytes = git(remote, ["cat-file", "blob", oid]);
  return { text: bytes.includes(0) ? null : bytes.subarray(0, TEXT_LIMIT).toString("utf8") };
}

function exists(remote: TestRemote, oid: string): boolean {
  if (!SHA.test(oid)) return false;
  try {
    git(remote, ["cat-file", "-e", oid]);
    return true;
  } catch {
    return false;
  }
}

function git(
  remote: TestRemote,
  args: readonly string[],
  { env, input }: { readonly env?: NodeJS.ProcessEnv; readonly input?: Buffer } = {},
): Buffer {
  return execFileSync(GIT, ["--git-dir=remote.git", ...args], {
    cwd: remote.folder,
    env: { ...process.env, ...env },
    input: input ?? "",
    stdio: ["pipe", "pipe", "pipe"],
    maxBuffer: 2 ** 28,
  });
}
