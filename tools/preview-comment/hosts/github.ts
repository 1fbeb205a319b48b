import { Octokit } from "@octokit/rest";
import { advice, HostError, patientFetch } from "./fetch";
import type { Access, Host, PullRequest } from "./host";

const quiet = (): void => undefined;

/**
 * GitHub's own client: no log, since what fails is thrown with what to do about it; sent as git's requests are.
 * @param permission what the token needs, told where GitHub refuses
 */
export function octokit({ token, apiUrl }: Pick<Access, "token" | "apiUrl">, permission: string): Octokit {
  const client = new Octokit({
    auth: token,
    baseUrl: apiUrl,
    log: { debug: quiet, info: quiet, warn: quiet, error: quiet },
    request: { fetch: patientFetch },
  });
  client.hook.error("request", (error, { method, url }) => {
    const { status } = error as { readonly status?: number };
    // What isn't an answer is told by patientFetch.
    const { cause } = error;
    if (cause instanceof Error && cause.name === "GitError") throw cause;
    if (status === undefined) throw error;
    throw new HostError(
      status,
      `${method} ${url}: ${String(status)} ${error.message}${advice(status, permission)}`,
    );
  });
  return client;
}

/**
 * Whose comments are ours: a workflow's token posts as a bot, and can't ask who it is; a person's token as that person.
 * So a person's comment with our marker isn't taken for ours.
 */
export async function isOwn(client: Octokit): Promise<(user: User) => boolean> {
  const login = await client.rest.users.getAuthenticated().then(
    ({ data }) => data.login,
    () => undefined,
  );
  return (user) => (login === undefined ? user?.type === "Bot" : user?.login === login);
}

type User = { readonly type?: string; readonly login?: string } | null | undefined;

/** GitHub (https://docs.github.com/rest/issues/comments). */
export function github({ repository, number, ...access }: PullRequest): Host {
  const [owner = "", repo = ""] = repository.split("/");
  const client = octokit(access, "`pull-requests: write`");
  const { rest, paginate } = client;
  const issue = { owner, repo, issue_number: number };
  return {
    limit: 65_536,
    async head() {
      return (await rest.pulls.get({ owner, repo, pull_number: number })).data.head.sha;
    },
    async *comments() {
      const own = await isOwn(client);
      for await (const { data } of paginate.iterator(rest.issues.listComments, { ...issue, per_page: 100 })) {
        for (const { id, body = "", user } of data) yield { id, body, own: own(user) };
      }
    },
    async create(body) {
      return (await rest.issues.createComment({ ...issue, body })).data.html_url;
    },
    async edit(id, body) {
      return (await rest.issues.updateComment({ owner, repo, comment_id: id, body })).data.html_url;
    },
  };
}
