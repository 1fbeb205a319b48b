/** Commits by GitHub's API instead of the git binary: GitHub is the committer and signs them. */
export interface GitHubApiMode {
  /** @default https://api.github.com, else https://<host>/api/v3 */
  readonly apiUrl?: string;
}

/** Hands off by a pull request, for a branch that takes no direct pushes. */
export interface PullRequestMode {
  /** Branch of ours that the pull request comes from. */
  readonly branch: string;
  readonly host: "github" | "gitlab" | "gitea";
  /** @default the commit's message */
  readonly title?: string;
  /** @default the usual path at the repository's host, such as `https://gitlab.example.com/api/v4` */
  readonly apiUrl?: string;
  /** Token that may open pull requests. @default the token or password that git uses */
  readonly token?: string;
}

/** Directly to the branch, by git or by GitHub's API; or by a pull request to it. */
export type CommitMode =
  { readonly push: true } | { readonly githubApi: GitHubApiMode } | { readonly pullRequest: PullRequestMode };
