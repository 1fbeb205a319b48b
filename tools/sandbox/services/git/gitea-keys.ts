/** A repository's deploy keys by Gitea's API: https://docs.gitea.com/api, "Add a key to a repository" */
import type { Reply } from "../http";
import { DeployKeys, parsePublicKey, type RegisteredKey } from "./deploy-keys";

interface KeysCall {
  readonly method: string;
  readonly repository: string;
  readonly origin: string;
  readonly text: string;
}

interface Body {
  readonly title?: string;
  readonly key?: string;
  readonly read_only?: boolean;
}

export function giteaKeys(call: KeysCall, id: string | undefined, keys: DeployKeys): Reply {
  const { method, repository } = call;
  const all = keys.list(repository);
  if (id === undefined) {
    if (method === "GET") return { status: 200, body: all.map((key) => shown(key, call)) };
    return method === "POST" ? add(call, all, keys) : refused(405, "Method Not Allowed");
  }
  if (method === "GET") {
    const key = all.find((each) => each.id === Number(id));
    return key === undefined ? refused(404, "not found") : { status: 200, body: shown(key, call) };
  }
  if (method !== "DELETE") return refused(405, "Method Not Allowed");
  // One that isn't there is as good as deleted: Gitea answers so.
  keys.remove(repository, Number(id));
  return { status: 204 };
}

function add(call: KeysCall, all: readonly RegisteredKey[], keys: DeployKeys): Reply {
  const { title = "", key = "", read_only: readOnly = false } = bodyOf(call.text);
  if (title === "") return refused(422, "[Title]: Required");
  if (key === "") return refused(422, "[Key]: Required");
  const parsed = parsePublicKey(key);
  if (parsed === undefined) return refused(422, "Invalid key content: unable to parse the key");
  const content = `${parsed.type} ${parsed.getPublicSSH().toString("base64")}`;
  if (all.some((each) => each.key === content)) {
    return refused(422, "This key has already been added to this repository");
  }
  if (all.some((each) => each.title === title))
    return refused(422, "A key with the same name already exists");
  const id = keys.add({ repository: call.repository, title, key, readOnly });
  const added = keys.list(call.repository).find((each) => each.id === id);
  return added === undefined ? refused(500, "the key is gone") : { status: 201, body: shown(added, call) };
}

const shown = (key: RegisteredKey, { origin, repository }: KeysCall): object => ({
  id: key.id,
  key_id: key.id,
  key: key.key,
  url: `${origin}/api/v1/repos/${repository}/keys/${key.id}`,
  title: key.title,
  fingerprint: key.fingerprint,
  created_at: key.createdAt,
  read_only: key.readOnly,
});

const refused = (status: number, message: string): Reply => ({
  status,
  body: { message, url: "https://docs.gitea.com/api" },
});

function bodyOf(text: string): Body {
  try {
    return JSON.parse(text) as Body;
  } catch {
    return {};
  }
}
