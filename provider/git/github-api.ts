import { GitError, type GitFailure } from "./failure";
import { githubApi, installation } from "./github-app";
import { hostFetch, rateLimit, refusal, repositoryPath } from "./host-api";
import type { GitAuth } from "../../manifests/git/auth";
import type { GitHubApiMode } from "../../manifests/git/commit-mode";

export interface GitHubOptions {
  /** Address of the repository, https://. */
  readonly url: string;
  readonly auth: GitAuth;
  readonly mode: GitHubApiMode;
  readonly signal?: AbortSignal;
}

/** What was asked for: the beginning of the message when it fails. */
export type Action = "reading from" | "signing in to" | "committing to";

interface Refused {
  readonly status: number;
  /** Type of GitHub's first error, such as STALE_DATA. */
  readonly type?: string;
  readonly words: string;
  /** When to come back, see {@link rateLimit}. */
  readonly limit?: string;
}

/** GitHub's REST and GraphQL APIs for one repository. Methods throw `GitError`. */
export class GitHubApi {
  private constructor(
    private readonly options: GitHubOptions,
    private readonly token: string,
    private readonly send: Awaited<ReturnType<typeof hostFetch>>,
    /** What an App may do with contents; undefined for tokens, which don't say it. */
    readonly contents: string | undefined,
  ) {}

  static async connect(options: GitHubOptions): Promise<GitHubApi> {
    const { url, auth } = options;
    const app = auth.githubApp && (await installation(url, auth.githubApp, auth));
    const token = app?.token ?? auth.bearer?.token ?? auth.basic?.password;
    if (token === undefined) throw new GitError({ kind: "refused", message: NO_TOKEN });
    return new GitHubApi(options, token, await hostFetch(auth), app && (app.permissions?.contents ?? "none"));
  }

  /** Owner and name of the repository. */
  get repository(): { readonly owner: string; readonly name: string } {
    const [name = "", owner = ""] = repositoryPath(this.options.url).split("/").reverse();
    return { owner, name };
  }

  /** @param path below `/repos/<owner>/<name>` */
  async get<T>(path: string, action: Action = "reading from"): Promise<T> {
    const { owner, name } = this.repository;
    const address = `${this.address}/repos/${encodeURIComponent(owner)}/${encodeURIComponent(name)}${path}`;
    return (await this.request(action, address, { method: "GET" })) as T;
  }

  async query<T>(query: string, variables: object = {}): Promise<T> {
    return (await this.graphql("reading from", query, { ...this.repository, ...variables })) as T;
  }

  /** Sent once only: a second time would be refused as stale when the first has landed without an answer. */
  async mutate<T>(query: string, variables: object): Promise<T> {
    return (await this.graphql("committing to", query, variables, 1)) as T;
  }

  private async graphql(
    action: Action,
    query: string,
    variables: object,
    attempts?: number,
  ): Promise<unknown> {
    // GitHub Enterprise Server has it beside the REST API, the others below it.
    const address = /\/api\/v3$/.test(this.address)
      ? this.address.replace(/v3$/, "graphql")
      : `${this.address}/graphql`;
    const init = { method: "POST", body: JSON.stringify({ query, variables }) };
    const answer = (await this.request(action, address, init, attempts)) as Answer;
    const [error] = answer.errors ?? [];
    if (error === undefined) return answer.data;
    throw this.error(action, { status: 200, type: error.type, words: error.message, limit: answer.limit });
  }

  private async request(
    action: Action,
    address: string,
    init: { readonly method: string; readonly body?: string },
    attempts?: number,
  ): Promise<unknown> {
    const headers = {
      accept: "application/vnd.github+json",
      authorization: `Bearer ${this.token}`,
      "content-type": "application/json",
      "user-agent": "handoff",
    };
    const response = await this.send(address, { ...init, headers, signal: this.options.signal }, attempts);
    const limit = rateLimit(response);
    if (response.ok) return { ...((await response.json()) as object), ...(limit && { limit }) };
    throw this.error(action, { status: response.status, words: await refusal(response), limit });
  }

  private error(action: Action, refused: Refused): GitError {
    return new GitError(explainRefusal(`${action} ${this.options.url} by GitHub's API`, refused));
  }

  private get address(): string {
    return (this.options.mode.apiUrl ?? githubApi(this.options.url)).replace(/\/+$/, "");
  }
}

interface Answer {
  readonly data?: unknown;
  readonly errors?: readonly { readonly type?: string; readonly message: string }[];
  readonly limit?: string;
}

const NO_TOKEN =
  "there is no token for GitHub's API\n→ Give one in `auth.basic`, `auth.bearer` or `auth.githubApp`.";

/** Advice by status, type and words of the refusal; the first that matches counts. */
const ADVICE: readonly (readonly [RegExp, string])[] = [
  [/^401 /, "GitHub doesn't accept the token. Check `auth`, and whether the token has expired"],
  [/SAML|single sign-on/i, "authorize the token for the organization's single sign-on"],
  [
    /BRANCH_PROTECTION|protected branch|GH006|GH013|rule violation|required status check|through a pull request/i,
    "the branch doesn't take direct commits. Allow this identity to bypass the rule, or hand off by `pullRequest`",
  ],
  [/archived|read-only/i, "the repository takes no commits. Have it unarchived, or hand off to another one"],
  [
    /^413 |too large|exceeds|maximum/i,
    "the commit is larger than GitHub's API takes. Hand this one off by pushing: leave `githubApi` out once",
  ],
  [
    /^403 |FORBIDDEN|not accessible by|must have push access/i,
    "the token may not. Give it the permission Contents: read and write for this repository",
  ],
  [
    /^404 |NOT_FOUND|could not resolve to a repository/i,
    "there is no such repository or branch, or the token can't see it. Check the URL, `branch` and the token",
  ],
];

function explainRefusal(action: string, { status, type = "", words, limit }: Refused): GitFailure {
  const failed = `${action} failed: ${words}`;
  if (type === "STALE_DATA" || /expected branch to point to/i.test(words))
    return { kind: "race", message: failed };
  // Its own time limit, told as an answer.
  if (/something went wrong while executing your query/i.test(words)) {
    return { kind: "network", message: `${failed}\n→ Run the same command again.` };
  }
  const said = `${String(status)} ${type} ${words}`;
  const limited = type === "RATE_LIMITED" ? (limit ?? "run the same command again later") : limit;
  const advice = limited ?? ADVICE.find(([pattern]) => pattern.test(said))?.[1];
  return { kind: "refused", message: advice === undefined ? failed : `${failed}\n→ ${advice}.` };
}
