import { GitError } from "./failure";
import { githubApi, installationToken } from "./github-app";
import { hostFetch, rateLimit, refusal, repositoryPath, webOrigin } from "./host-api";
import type { GitAuth } from "../../manifests/git/auth";
import type { PullRequestMode } from "../../manifests/git/commit-mode";

export interface PullRequestOptions {
  readonly url: string;
  /** Branch that the pull request is for. */
  readonly base: string;
  readonly auth: GitAuth;
  readonly mode: PullRequestMode;
}

/** The pull requests from one branch to another. */
export interface PullRequests {
  /** Address of the open one, if there is any. */
  findOpen(): Promise<string | undefined>;
  /** Opens one and returns its address. */
  open(title: string, body: string): Promise<string>;
}

interface Api {
  readonly url: string;
  readonly list: string;
  readonly create: string;
  readonly body: (title: string, body: string) => object;
}

/** What the three hosts call the fields that matter here. */
interface Found {
  readonly html_url?: string;
  readonly web_url?: string;
  readonly head?: { readonly ref?: string };
  readonly base?: { readonly ref?: string };
}

/** Requests of one page, which is more than a repository has open in practice. */
const PAGE = 50;

export async function pullRequests(options: PullRequestOptions): Promise<PullRequests> {
  const { base, mode } = options;
  const api = apiOf(options);
  const token = await tokenOf(options);
  const send = await hostFetch(options.auth);
  const request = async (path: string, body?: object): Promise<unknown> => {
    const response = await send(api.url + path, {
      method: body === undefined ? "GET" : "POST",
      headers: {
        accept: "application/json",
        "content-type": "application/json",
        authorization: mode.host === "gitea" ? `token ${token}` : `Bearer ${token}`,
        "user-agent": "handoff",
      },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    if (response.ok) return await response.json();
    throw new GitError({
      kind: "refused",
      message:
        `${body === undefined ? "looking for" : "opening"} a pull request from ${mode.branch} to ${base} at ${api.url} ` +
        `failed: ${await refusal(response)}\n→ ${rateLimit(response) ?? ADVICE[response.status] ?? "Check `mode.pullRequest`"}.`,
    });
  };
  // Gitea's list knows no filter by branch, and older ones of the others ignore it.
  const matches = ({ head, base: target }: Found): boolean =>
    (head?.ref ?? mode.branch) === mode.branch && (target?.ref ?? base) === base;
  return {
    async findOpen() {
      for (let page = 1; ; page++) {
        const found = (await request(`${api.list}&page=${String(page)}`)) as readonly Found[];
        const ours = found.find(matches);
        if (ours !== undefined) return addressOf(ours);
        if (found.length < PAGE) return undefined;
      }
    },
    async open(title, body) {
      return addressOf((await request(api.create, api.body(title, body))) as Found);
    },
  };
}

const ADVICE: Readonly<Record<number, string>> = {
  401: "Check `mode.pullRequest.token`, and whether it has expired",
  403: "Give the token the right to open pull requests",
  404: "Check the address of the repository and `mode.pullRequest.apiUrl`, and that the token can see the repository",
  422: "Check that both branches are there",
};

function addressOf({ html_url, web_url }: Found): string {
  return html_url ?? web_url ?? "";
}

function apiOf({ url, base, mode: { host, branch, apiUrl } }: PullRequestOptions): Api {
  const path = repositoryPath(url);
  const [name = "", owner = ""] = path.split("/").reverse();
  const github = (title: string, body: string): object => ({ title, body, head: branch, base });
  const at = encodeURIComponent;
  const pulls = `/repos/${at(owner)}/${at(name)}/pulls`;
  switch (host) {
    case "github":
      return {
        url: apiUrl ?? githubApi(url),
        list: `${pulls}?state=open&head=${at(`${owner}:${branch}`)}&base=${at(base)}&per_page=${String(PAGE)}`,
        create: pulls,
        body: github,
      };
    case "gitea":
      return {
        url: apiUrl ?? `${webOrigin(url)}/api/v1`,
        list: `${pulls}?state=open&limit=${String(PAGE)}`,
        create: pulls,
        body: github,
      };
    case "gitlab": {
      const requests = `/projects/${at(path)}/merge_requests`;
      return {
        url: apiUrl ?? `${webOrigin(url)}/api/v4`,
        list: `${requests}?state=opened&source_branch=${at(branch)}&target_branch=${at(base)}&per_page=${String(PAGE)}`,
        create: requests,
        body: (title, body) => ({
          title,
          description: body,
          source_branch: branch,
          target_branch: base,
        }),
      };
    }
  }
}

async function tokenOf({ url, auth, mode }: PullRequestOptions): Promise<string> {
  const token = mode.token ?? auth.bearer?.token ?? auth.basic?.password;
  if (token !== undefined) return token;
  if (auth.githubApp !== undefined) return await installationToken(url, auth.githubApp, auth);
  throw new GitError({
    kind: "refused",
    message:
      "there is no token to open the pull request by: git signs in by SSH\n→ Give one in `mode.pullRequest.token`.",
  });
}
