/** A repository's deploy keys by GitHub's API: https://docs.github.com/en/rest/deploy-keys/deploy-keys */
import type { Reply } from "../http";
import { DeployKeys, parsePublicKey, type RegisteredKey } from "./deploy-keys";

export interface GitHubKeysCall {
  readonly method: string;
  /** `org/name` */
  readonly repository: string;
  /** Address of the API, e.g. `https://api.github.com`. */
  readonly api: string;
  readonly body: { readonly title?: string; readonly key?: string; readonly read_only?: boolean };
  /** Whether the token has the permission Administration (write). */
  readonly administrates: boolean;
}

const documentation = "https://docs.github.com/rest/deploy-keys/deploy-keys";

export function githubKeys(call: GitHubKeysCall, id: string | undefined, keys: DeployKeys): Reply {
  const { method, repository, administrates } = call;
  if (!administrates) return refused(403, "Resource not accessible by personal access token");
  const all = keys.list(repository);
  if (id === undefined) {
    if (method === "GET") return { status: 200, body: all.map((key) => shown(key, call)) };
    return method === "POST" ? add(call, keys) : refused(404, "Not Found");
  }
  const key = all.find((each) => each.id === Number(id));
  if (key === undefined) return refused(404, "Not Found");
  if (method === "GET") return { status: 200, body: shown(key, call) };
  if (method !== "DELETE") return refused(404, "Not Found");
  keys.remove(repository, key.id);
  return { status: 204 };
}

/** A key belongs to one repository of the whole host. */
function add(call: GitHubKeysCall, keys: DeployKeys): Reply {
  const { title, key = "", read_only: readOnly = false } = call.body;
  const parsed = parsePublicKey(key);
  if (parsed === undefined) {
    return invalid("key is invalid. You must supply a key in OpenSSH public key format");
  }
  const content = `${parsed.type} ${parsed.getPublicSSH().toString("base64")}`;
  if (keys.all().some((each) => each.key === content)) return invalid("key is already in use");
  const id = keys.add({ repository: call.repository, title: title ?? parsed.comment, key, readOnly });
  const added = keys.list(call.repository).find((each) => each.id === id);
  return added === undefined ? refused(500, "Server Error") : { status: 201, body: shown(added, call) };
}

const shown = (key: RegisteredKey, { api, repository }: GitHubKeysCall): object => ({
  id: key.id,
  key: key.key,
  url: `${api}/repos/${repository}/keys/${key.id}`,
  title: key.title,
  verified: true,
  created_at: key.createdAt,
  read_only: key.readOnly,
  added_by: "platform-team",
  last_used: null,
  enabled: true,
});

const refused = (status: number, message: string): Reply => ({
  status,
  body: { message, documentation_url: documentation, status: String(status) },
});

const invalid = (message: string): Reply => ({
  status: 422,
  body: {
    message: "Validation Failed",
    errors: [{ resource: "PublicKey", code: "custom", field: "key", message }],
    documentation_url: `${documentation}#create-a-deploy-key`,
    status: "422",
  },
});
