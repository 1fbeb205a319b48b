import { z } from "zod";
import type { Access, Host, PullRequest } from "./host";
import { Rest } from "./rest";

const user = z.object({ login: z.string() });
const comment = z.object({ id: z.number(), body: z.string(), html_url: z.string(), user: user.nullable() });
const request = z.object({ head: z.object({ sha: z.string() }) });

/**
 * Gitea and Forgejo (/api/swagger of each instance). All comments come in one answer. The token needs `write:issue`,
 * `read:repository` and `read:user`.
 * @throws Error without `apiUrl`, see {@link giteaRest}
 */
export function gitea({ repository, number, token, apiUrl }: PullRequest): Host {
  const rest = giteaRest({ token, apiUrl });
  const issues = `/repos/${repository}/issues`;
  return {
    // The column takes more, and a comment that long helps nobody.
    limit: 262_144,
    async head() {
      return (await rest.ask(request, `/repos/${repository}/pulls/${String(number)}`)).head.sha;
    },
    async *comments() {
      const login = await giteaLogin(rest);
      for (const one of await rest.ask(z.array(comment), `${issues}/${String(number)}/comments`))
        yield { id: one.id, body: one.body, own: one.user?.login === login };
    },
    async create(body) {
      return (await rest.ask(comment, `${issues}/${String(number)}/comments`, "POST", { body })).html_url;
    },
    async edit(id, body) {
      return (await rest.ask(comment, `${issues}/comments/${String(id)}`, "PATCH", { body })).html_url;
    },
  };
}

/** @throws Error without `apiUrl`, since there is no public instance of all */
export function giteaRest({ token, apiUrl }: Pick<Access, "token" | "apiUrl">): Rest {
  if (apiUrl === undefined) throw new Error("API_URL: found none; allowed: https://<host>/api/v1");
  return new Rest(
    apiUrl,
    { authorization: `token ${token}` },
    "`write:issue`, `read:repository` and `read:user`",
  );
}

/** Whom the token signs in. */
export async function giteaLogin(rest: Rest): Promise<string> {
  return (await rest.ask(user, "/user")).login;
}
