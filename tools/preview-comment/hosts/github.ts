import { Octokit } from "@octokit/rest";
import type { Host, PullRequest } from "./host";

const quiet = (): void => undefined;
/** No log: what fails is thrown. */
export const QUIET = { debug: quiet, info: quiet, warn: quiet, error: quiet };

/** GitHub, by its own client (https://docs.github.com/rest/issues/comments). */
export function github({ repository, number, token, apiUrl }: PullRequest): Host {
  const [owner = "", repo = ""] = repository.split("/");
  const { rest, paginate } = new Octokit({ auth: token, baseUrl: apiUrl, log: QUIET });
  const issue = { owner, repo, issue_number: number };
  return {
    limit: 65_536,
    async head() {
      return (await rest.pulls.get({ owner, repo, pull_number: number })).data.head.sha;
    },
    async *comments() {
      for await (const { data } of paginate.iterator(rest.issues.listComments, { ...issue, per_page: 100 })) {
        // Only a workflow's token posts as a bot: a person's comment with our marker isn't ours.
        for (const { id, body = "", user } of data) yield { id, body, own: user?.type === "Bot" };
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
