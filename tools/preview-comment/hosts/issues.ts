import { z } from "zod";
import type { Access, HostComment } from "./host";
import { giteaLogin, giteaRest } from "./gitea";
import { isOwn, octokit } from "./github";
import { gitlabRest, gitlabUser } from "./gitlab";

/** The issues of a repository. Methods throw what the host says. */
export interface Issues {
  /** Characters that an issue's text may have. */
  readonly limit: number;
  /** All that are open, as many pages as there are. */
  open(): AsyncIterable<HostComment>;
  /** Opens one; gives its address. */
  create(title: string, body: string): Promise<string>;
  /** Gives it another title and text; gives its address. */
  edit(id: number, title: string, body: string): Promise<string>;
  close(id: number): Promise<string>;
}

/** https://docs.github.com/rest/issues/issues */
export function githubIssues({ repository, ...access }: Access): Issues {
  const [owner = "", repo = ""] = repository.split("/");
  const client = octokit(access, "`issues: write`");
  const { rest, paginate } = client;
  const update = async (id: number, change: { title?: string; body?: string; state?: "closed" }) =>
    (await rest.issues.update({ owner, repo, issue_number: id, ...change })).data.html_url;
  return {
    limit: 65_536,
    async *open() {
      const own = await isOwn(client);
      const query = { owner, repo, state: "open", per_page: 100 } as const;
      for await (const { data } of paginate.iterator(rest.issues.listForRepo, query)) {
        for (const { number, body, user, pull_request } of data)
          if (pull_request === undefined) yield { id: number, body: body ?? "", own: own(user) };
      }
    },
    async create(title, body) {
      return (await rest.issues.create({ owner, repo, title, body })).data.html_url;
    },
    edit: (id, title, body) => update(id, { title, body }),
    close: (id) => update(id, { state: "closed" }),
  };
}

const gitlabIssue = z.object({
  iid: z.number(),
  description: z.string().nullable(),
  author: z.object({ id: z.number() }),
  web_url: z.string(),
});

/** https://docs.gitlab.com/api/issues */
export function gitlabIssues({ repository, ...access }: Access): Issues {
  const rest = gitlabRest(access);
  const path = `/projects/${encodeURIComponent(repository)}/issues`;
  const write = async (to: string, method: string, change: object): Promise<string> =>
    (await rest.ask(gitlabIssue, to, method, change)).web_url;
  return {
    limit: 1_000_000,
    async *open() {
      const me = await gitlabUser(rest);
      for await (const { iid, description, author } of rest.pages(
        z.array(gitlabIssue),
        `${path}?state=opened&per_page=100`,
      ))
        yield { id: iid, body: description ?? "", own: author.id === me };
    },
    create: (title, body) => write(path, "POST", { title, description: body }),
    edit: (id, title, body) => write(`${path}/${String(id)}`, "PUT", { title, description: body }),
    close: (id) => write(`${path}/${String(id)}`, "PUT", { state_event: "close" }),
  };
}

const giteaIssue = z.object({
  number: z.number(),
  body: z.string(),
  user: z.object({ login: z.string() }).nullable(),
  html_url: z.string(),
});

/** Gitea and Forgejo. The token needs `write:issue` and `read:user`. */
export function giteaIssues({ repository, ...access }: Access): Issues {
  const rest = giteaRest(access);
  const path = `/repos/${repository}/issues`;
  const write = async (to: string, method: string, change: object): Promise<string> =>
    (await rest.ask(giteaIssue, to, method, change)).html_url;
  return {
    limit: 262_144,
    async *open() {
      const login = await giteaLogin(rest);
      for await (const { number, body, user } of rest.pages(
        z.array(giteaIssue),
        `${path}?state=open&type=issues&limit=50`,
      ))
        yield { id: number, body, own: user?.login === login };
    },
    create: (title, body) => write(path, "POST", { title, body }),
    edit: (id, title, body) => write(`${path}/${String(id)}`, "PATCH", { title, body }),
    close: (id) => write(`${path}/${String(id)}`, "PATCH", { state: "closed" }),
  };
}
