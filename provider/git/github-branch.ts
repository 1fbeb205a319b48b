import { blobId, type Branch, type Head, type History, type LoggedCommit, type TreeEntry } from "./branch";
import { checkPlace, emptyRepository, GitError, noBranch } from "./failure";
import type { CommitOptions } from "./fast-import";
import { GitHubApi } from "./github-api";
import type { GitHubApiMode } from "../../manifests/git/commit-mode";
import type { GitAuth } from "../../manifests/git/auth";

/** Commits of one page, GitHub's most. */
const PAGE = 100;
/** Files of one query. */
const FILES = 50;

/**
 * One branch of a repository on GitHub, by its API. Needs neither git nor files on disk. The token's identity becomes
 * the author, GitHub the committer, whose signature makes the commit verified.
 */
export class GitHubBranch implements Branch {
  /** What was read of the history, by range: more than one may want to know. */
  private readonly histories = new Map<string, History>();

  private constructor(
    readonly url: string,
    readonly branch: string,
    private readonly api: GitHubApi,
  ) {}

  static async use<T>(
    options: { url: string; branch: string; auth: GitAuth; mode: GitHubApiMode; signal?: AbortSignal },
    work: (branch: GitHubBranch) => Promise<T>,
  ): Promise<T> {
    checkPlace(options);
    return await work(new GitHubBranch(options.url, options.branch, await GitHubApi.connect(options)));
  }

  async latest(): Promise<string | undefined> {
    const { repository } = await this.api.query<Located>(LOCATE, { ref: `refs/heads/${this.branch}` });
    if (repository.ref !== null) return repository.ref.target.oid;
    const branches = repository.refs.nodes.map(({ name }) => name);
    if (branches.length > 0) throw noBranch(this.url, this.branch, branches);
    return undefined;
  }

  async fetch(): Promise<Head> {
    const commit = await this.latest();
    return commit === undefined ? { commit, tree: new Map() } : await this.at(commit);
  }

  async at(commit: string): Promise<Head> {
    const tree = new Map<string, TreeEntry>();
    await this.collect(commit, "", tree);
    return { commit, tree };
  }

  /** The files of a tree in one request; of a tree that is too large for that, folder by folder. */
  private async collect(sha: string, folder: string, into: Map<string, TreeEntry>): Promise<void> {
    const whole = await this.api.get<Tree>(`/git/trees/${sha}?recursive=1`);
    const { tree, truncated } = whole.truncated ? await this.api.get<Tree>(`/git/trees/${sha}`) : whole;
    if (truncated) throw tooManyFiles(this.url, folder);
    for (const { path, mode, type, sha: oid } of tree) {
      if (type !== "tree") into.set(folder + path, { mode, oid });
      else if (whole.truncated) await this.collect(oid, `${folder}${path}/`, into);
    }
  }

  async history(from: string, until: string | undefined, limit: number): Promise<History> {
    const range = `${until ?? ""}..${from}`;
    const known = this.histories.get(range);
    if (known !== undefined && (known.complete || known.commits.length >= limit)) return known;
    const history = await this.log(from, until, limit);
    this.histories.set(range, history);
    return history;
  }

  private async log(from: string, until: string | undefined, limit: number): Promise<History> {
    const commits: LoggedCommit[] = [];
    for (let after: string | null = null; ;) {
      const variables: object = { from, after, first: Math.min(limit, PAGE) };
      const { nodes, pageInfo }: Page = (await this.api.query<Logged>(LOG, variables)).repository.object
        .history;
      for (const { oid, message, author, parents } of nodes) {
        commits.push({
          commit: oid,
          message,
          author: author && `${author.name ?? ""} <${author.email ?? ""}>`,
          parents: parents.nodes.map((parent) => parent.oid),
        });
      }
      const newer = until === undefined ? undefined : newerThan(commits, until);
      if (newer !== undefined) return { commits: newer, complete: true };
      if (!pageInfo.hasNextPage) return { commits, complete: true };
      if (commits.length >= limit) return { commits, complete: false };
      after = pageInfo.endCursor;
    }
  }

  async read(oids: readonly string[]): Promise<ReadonlyMap<string, Buffer>> {
    const contents = new Map<string, Buffer>();
    for (let start = 0; start < oids.length; start += FILES) {
      const { repository } = await this.api.query<Contents>(contentsOf(oids.slice(start, start + FILES)));
      for (const [alias, found] of Object.entries(repository)) {
        // A submodule's commit is in another repository.
        if (found?.text === undefined) continue;
        const oid = alias.slice(1);
        const content = Buffer.from(found.text ?? "", "utf8");
        contents.set(oid, blobId(content) === oid ? content : await this.readWhole(oid));
      }
    }
    return contents;
  }

  /** What a text of GraphQL can't hold: binary files, other encodings, long texts. */
  private async readWhole(oid: string): Promise<Buffer> {
    const { content } = await this.api.get<{ readonly content: string }>(`/git/blobs/${oid}`);
    return Buffer.from(content, "base64");
  }

  async publish({ parent, writes, deletes, message }: CommitOptions): Promise<string> {
    if (parent === undefined) throw emptyRepository(this.url, EMPTY);
    const executable = [...writes].filter(([, { mode }]) => mode !== "100644").map(([path]) => path);
    if (executable.length > 0) throw notPlain(this.url, executable);
    const [headline = "", ...body] = message.trim().split("\n");
    const { owner, name } = this.api.repository;
    const input = {
      branch: { repositoryNameWithOwner: `${owner}/${name}`, branchName: this.branch },
      expectedHeadOid: parent,
      message: { headline, body: body.join("\n").trim() },
      fileChanges: {
        additions: [...writes].map(([path, { content }]) => ({ path, contents: content.toString("base64") })),
        deletions: deletes.map((path) => ({ path })),
      },
    };
    return (await this.api.mutate<Committed>(COMMIT, { input })).createCommitOnBranch.commit.oid;
  }

  /**
   * Sees whether the branch is there and the token may write, as far as GitHub tells without a commit: a rule of the
   * branch may still refuse it.
   * @throws GitError when it may not, the branch isn't there, or the repository is empty
   */
  async checkAccess(): Promise<void> {
    const { permissions } = await this.api.get<{ permissions?: { push?: boolean } }>("", "signing in to");
    // The permissions of a repository are those of a person; an App is told its own when it signs in.
    const { contents } = this.api;
    const allowed = contents === undefined ? permissions?.push !== false : contents === "write";
    if (!allowed) throw mayNotWrite(this.url);
    if (!(await this.checkReading())) throw emptyRepository(this.url, EMPTY);
  }

  /** @returns false while the repository is empty */
  async checkReading(): Promise<boolean> {
    return (await this.latest()) !== undefined;
  }
}

/** The commits that `until` doesn't build on; undefined while more of the history has to be read to tell. */
function newerThan(commits: readonly LoggedCommit[], until: string): LoggedCommit[] | undefined {
  const parentsOf = new Map(commits.map(({ commit, parents }) => [commit, parents]));
  if (!parentsOf.has(until)) return undefined;
  const older = new Set([until]);
  for (const commit of older) for (const parent of parentsOf.get(commit) ?? []) older.add(parent);
  const newer = commits.filter(({ commit }) => !older.has(commit));
  const parents = newer.flatMap((commit) => commit.parents);
  return parents.every((parent) => older.has(parent) || parentsOf.has(parent)) ? newer : undefined;
}

const EMPTY = "GitHub's API commits only on top of another commit";

function mayNotWrite(url: string): GitError {
  return new GitError({
    kind: "refused",
    message: `the token may read ${url} but not write to it\n→ Give it the permission Contents: read and write.`,
  });
}

function notPlain(url: string, paths: readonly string[]): GitError {
  const one = paths.length === 1;
  return new GitError({
    kind: "refused",
    message:
      `${paths.join(", ")} in ${url} ${one ? "is" : "are"} executable, and GitHub's API writes plain files only\n` +
      `→ Take the bit away (git update-index --chmod=-x), or leave \`githubApi\` out.`,
  });
}

function tooManyFiles(url: string, folder: string): GitError {
  return new GitError({
    kind: "refused",
    message:
      `${url} has more files in /${folder} than GitHub's API lists\n` +
      "→ Leave `githubApi` out, or hand off to another repository.",
  });
}

const HEADER = "($owner: String!, $name: String!";

const LOCATE = `query Locate${HEADER}, $ref: String!) {
  repository(owner: $owner, name: $name) {
    ref(qualifiedName: $ref) { target { oid } }
    refs(refPrefix: "refs/heads/", first: 20) { nodes { name } }
  }
}`;

interface Located {
  readonly repository: {
    readonly ref: { readonly target: { readonly oid: string } } | null;
    readonly refs: { readonly nodes: readonly { readonly name: string }[] };
  };
}

interface Tree {
  readonly truncated: boolean;
  readonly tree: readonly (TreeEntry & {
    readonly path: string;
    readonly type: string;
    readonly sha: string;
  })[];
}

const LOG = `query Log${HEADER}, $from: GitObjectID!, $first: Int!, $after: String) {
  repository(owner: $owner, name: $name) {
    object(oid: $from) {
      ... on Commit {
        history(first: $first, after: $after) {
          nodes { oid message author { name email } parents(first: 20) { nodes { oid } } }
          pageInfo { hasNextPage endCursor }
        }
      }
    }
  }
}`;

interface Page {
  readonly nodes: readonly {
    readonly oid: string;
    readonly message: string;
    readonly author?: { readonly name?: string | null; readonly email?: string | null };
    readonly parents: { readonly nodes: readonly { readonly oid: string }[] };
  }[];
  readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null };
}

interface Logged {
  readonly repository: { readonly object: { readonly history: Page } };
}

/** The ids are GitHub's own; each names its answer. */
function contentsOf(oids: readonly string[]): string {
  const objects = oids.map((oid) => `    _${oid}: object(oid: "${oid}") { ... on Blob { text } }`);
  return `query Contents${HEADER}) {\n  repository(owner: $owner, name: $name) {\n${objects.join("\n")}\n  }\n}`;
}

interface Contents {
  /** No text: not a file; null: a binary one. */
  readonly repository: Readonly<Record<string, { readonly text?: string | null } | null>>;
}

const COMMIT = `mutation Commit($input: CreateCommitOnBranchInput!) {
  createCommitOnBranch(input: $input) { commit { oid } }
}`;

interface Committed {
  readonly createCommitOnBranch: { readonly commit: { readonly oid: string } };
}
