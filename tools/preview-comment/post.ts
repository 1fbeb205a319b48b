import { Octokit } from "@octokit/rest";
import { MARKER } from "./comment";

export interface PullRequest {
  /** `owner/name` */
  readonly repository: string;
  readonly number: number;
  /** Token that may write to issues or pull requests. */
  readonly token: string;
  /** @default GitHub's public API */
  readonly apiUrl?: string;
}

/** Writes the comment, or edits the one that an earlier run wrote. Gives its address. */
export async function post(pullRequest: PullRequest, body: string): Promise<string> {
  const [owner = "", repo = ""] = pullRequest.repository.split("/");
  const quiet = (): void => undefined; // what fails is thrown
  const log = { debug: quiet, info: quiet, warn: quiet, error: quiet };
  const { rest, paginate } = new Octokit({ auth: pullRequest.token, baseUrl: pullRequest.apiUrl, log });
  const issue = { owner, repo, issue_number: pullRequest.number };
  for await (const { data } of paginate.iterator(rest.issues.listComments, { ...issue, per_page: 100 })) {
    // Only a workflow's token posts as a bot: a person's comment with our marker isn't ours.
    const own = data.find(({ body, user }) => body?.startsWith(MARKER) === true && user?.type === "Bot");
    if (own !== undefined) {
      const edited = await rest.issues.updateComment({ owner, repo, comment_id: own.id, body });
      return edited.data.html_url;
    }
  }
  const created = await rest.issues.createComment({ ...issue, body });
  return created.data.html_url;
}
