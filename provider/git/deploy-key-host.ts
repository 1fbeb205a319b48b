import { GitError } from "./failure";
import { githubApi } from "./github-app";
import { hostFetch, rateLimit, refusal, repositoryPath, webOrigin, type HostAccess } from "./host-api";

/** Where and how deploy keys are registered. */
export interface KeyHost extends HostAccess {
  /** Address of the repository. */
  readonly url: string;
  readonly host: "github" | "gitea" | "gitlab";
  /** @default the usual path at the repository's host */
  readonly apiUrl?: string;
  readonly token: string;
}

export interface RegisteredKey {
  readonly id: number;
  readonly title: string;
}

/** Keys of one page, which is more than a repository has in practice. */
const PAGE = 50;

/**
 * The deploy keys of a repository. Its methods throw GitError in the host's words.
 * Sources: docs.github.com/en/rest/deploy-keys, docs.gitlab.com/api/deploy_keys, Gitea's /api/swagger (repository keys).
 */
export async function deployKeys(options: KeyHost): Promise<{
  list(): Promise<RegisteredKey[]>;
  /** False when there is no such key any more. */
  has(id: string): Promise<boolean>;
  add(title: string, key: string, readOnly: boolean): Promise<RegisteredKey>;
  /** A key that is gone is no error. */
  remove(id: string): Promise<void>;
}> {
  const { host, token } = options;
  const api = apiOf(options);
  const send = await hostFetch(options);
  const request = async (what: string, method: string, path: string, body?: object): Promise<unknown> => {
    const response = await send(api + path, {
      method,
      headers: {
        accept: "application/json",
        "content-type": "application/json",
        authorization: host === "gitea" ? `token ${token}` : `Bearer ${token}`,
        "user-agent": "handoff",
      },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    if (response.status === 404 && /^\/\d/.test(path)) return undefined;
    if (response.status === 204) return true;
    if (response.ok) return await response.json();
    throw new GitError({
      kind: "refused",
      message:
        `${what} at ${api} failed: ${await refusal(response)}\n` +
        `→ ${rateLimit(response) ?? ADVICE[response.status] ?? "Check the arguments of the deploy key"}.`,
    });
  };
  return {
    async list() {
      const all: RegisteredKey[] = [];
      for (let page = 1; ; page++) {
        const query = `?per_page=${String(PAGE)}&limit=${String(PAGE)}&page=${String(page)}`;
        const found = (await request("looking for deploy keys", "GET", query)) as RegisteredKey[];
        all.push(...found);
        if (found.length < PAGE) return all;
      }
    },
    async has(id) {
      return (await request("looking for the deploy key", "GET", `/${id}`)) !== undefined;
    },
    async add(title, key, readOnly) {
      const access = host === "gitlab" ? { can_push: !readOnly } : { read_only: readOnly };
      return (await request("registering the deploy key", "POST", "", {
        ...{ title, key },
        ...access,
      })) as RegisteredKey;
    },
    async remove(id) {
      await request("removing the deploy key", "DELETE", `/${id}`);
    },
  };
}

const ADVICE: Readonly<Record<number, string>> = {
  401: "Check `token`, and whether it has expired",
  403: "Give the token the right to administer the repository (GitHub: `Administration: write`)",
  404: "Check the address of the repository and `apiUrl`, and that the token may administer the repository: hosts hide it otherwise",
  422: "Check that the organisation allows deploy keys (GitHub: Settings, Deploy keys)",
};

function apiOf({ url, host, apiUrl }: KeyHost): string {
  const path = repositoryPath(url);
  if (host === "github") return `${apiUrl ?? githubApi(url)}/repos/${path}/keys`;
  if (host === "gitea") return `${apiUrl ?? `${webOrigin(url)}/api/v1`}/repos/${path}/keys`;
  return `${apiUrl ?? `${webOrigin(url)}/api/v4`}/projects/${encodeURIComponent(path)}/deploy_keys`;
}
