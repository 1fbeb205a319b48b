/** A comment of a pull request, as its host has it. */
export interface HostComment {
  readonly id: number;
  readonly body: string;
  /** True when whoever we sign in as wrote it: nobody else's is edited, whatever it says. */
  readonly own: boolean;
}

/** One pull request (GitLab: merge request) at a host. Methods throw what the host says. */
export interface Host {
  /** Characters that a comment may have. */
  readonly limit: number;
  /** The newest commit of the pull request. */
  head(): Promise<string>;
  /** All comments, the oldest first, as many pages as there are. */
  comments(): AsyncIterable<HostComment>;
  /** Writes a comment; gives its address. */
  create(body: string): Promise<string>;
  /** Gives the comment another text; gives its address. */
  edit(id: number, body: string): Promise<string>;
}

/** Which repository, and how to sign in. */
export interface Access {
  /** `owner/name`; GitLab: the project's path, groups included. */
  readonly repository: string;
  /** Token that may read pull requests and write comments, or issues. */
  readonly token: string;
  /** Address of the host's API. @default the public one, where the host has one */
  readonly apiUrl?: string;
}

/** Which pull request, and how to sign in. */
export interface PullRequest extends Access {
  readonly number: number;
}
