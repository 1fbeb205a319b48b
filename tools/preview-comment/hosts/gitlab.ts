import { z } from "zod";
import type { Access, Host, PullRequest } from "./host";
import { Rest } from "./rest";

const user = z.object({ id: z.number() });
const note = z.object({ id: z.number(), body: z.string(), author: user, system: z.boolean().optional() });
const request = z.object({ sha: z.string(), web_url: z.string() });

/** GitLab (https://docs.gitlab.com/api/notes). A job's own token can't write notes: it takes a project access token. */
export function gitlab({ repository, number, ...access }: PullRequest): Host {
  const rest = gitlabRest(access);
  const path = `/projects/${encodeURIComponent(repository)}/merge_requests/${String(number)}`;
  const address = async ({ id }: { readonly id: number }): Promise<string> =>
    `${(await rest.ask(request, path)).web_url}#note_${String(id)}`;
  return {
    limit: 1_000_000,
    async head() {
      return (await rest.ask(request, path)).sha;
    },
    async *comments() {
      const me = await gitlabUser(rest);
      for await (const { id, body, author } of rest.pages(
        z.array(note),
        `${path}/notes?sort=asc&per_page=100`,
      ))
        yield { id, body, own: author.id === me };
    },
    async create(body) {
      return await address(await rest.ask(note, `${path}/notes`, "POST", { body }));
    },
    async edit(id, body) {
      return await address(await rest.ask(note, `${path}/notes/${String(id)}`, "PUT", { body }));
    },
  };
}

export function gitlabRest({
  token,
  apiUrl = "https://gitlab.com/api/v4",
}: Pick<Access, "token" | "apiUrl">): Rest {
  return new Rest(apiUrl, { "private-token": token }, "the scope `api` and the role Reporter");
}

/** Id of whom the token signs in. */
export async function gitlabUser(rest: Rest): Promise<number> {
  return (await rest.ask(user, "/user")).id;
}
