/** `sys/…`: mounts, auth methods and policies. https://developer.hashicorp.com/vault/api-docs/system */
import { randomBytes } from "node:crypto";
import { z } from "zod";
import type { Reply } from "../http";
import {
  answer,
  done,
  notFound,
  parseBody,
  unsupportedOperation,
  type VaultRequest,
  VaultError,
} from "./request";
import { parsePolicy } from "./policy";
import type { VaultState } from "./state";

const version = "1.21.4";

const mounted = z.object({
  type: z.string(),
  description: z.string().default(""),
  options: z.object({ version: z.string().optional() }).nullish(),
});
const policy = z.object({ policy: z.string() });

/** Answers without a token. */
export function health(): Reply {
  const body = {
    initialized: true,
    sealed: false,
    standby: false,
    performance_standby: false,
    replication_performance_mode: "disabled",
    replication_dr_mode: "disabled",
    server_time_utc: Math.floor(Date.now() / 1000),
    version,
    enterprise: false,
    cluster_name: "vault-cluster-sandbox",
    cluster_id: "00000000-0000-4000-8000-000000000000",
  };
  return { status: 200, body };
}

/** @param rest the path below `sys/` */
export function sys(request: VaultRequest, rest: string, state: VaultState): Reply {
  const [collection = "", ...segments] = rest.split("/");
  const name = segments.join("/");
  switch (collection) {
    case "mounts":
      return name === "" ? listed(request, mountsOf(state)) : mounts(request, `${name}/`, state);
    case "auth":
      return name === "" ? listed(request, authsOf(state)) : auths(request, `${name}/`, state);
    case "policies":
      if (segments[0] === "acl") return policies(request, segments.slice(1).join("/"), state);
      break;
    case "policy":
      return policies(request, name, state);
    case "internal": {
      const found = Object.entries(state.mounts).find(([path]) => `${name}/`.startsWith(`ui/mounts/${path}`));
      if (found === undefined) throw new VaultError(403, "preflight capability check returned 403");
      return answer({ ...shownMount(found[1]), path: found[0] });
    }
  }
  throw new VaultError(404, `no handler for route "sys/${rest}". route entry not found.`);
}

/** Both in `data` and beside it, as Vault has it. */
function listed({ operation }: VaultRequest, data: object): Reply {
  if (operation !== "read") throw unsupportedOperation();
  const reply = answer(data);
  return { ...reply, body: { ...data, ...(reply.body as object) } };
}

const shownMount = (mount: {
  type: string;
  description: string;
  accessor: string;
  options?: object;
}): object => ({
  type: mount.type,
  description: mount.description,
  accessor: mount.accessor,
  options: mount.options ?? null,
  config: { default_lease_ttl: 0, max_lease_ttl: 0, force_no_cache: false },
  local: false,
  seal_wrap: false,
  external_entropy_access: false,
});

function mountsOf({ mounts: all }: VaultState): object {
  const own = { "sys/": "system", "identity/": "identity", "cubbyhole/": "cubbyhole" };
  return Object.fromEntries([
    ...Object.entries(all).map(([path, mount]) => [path, shownMount(mount)]),
    ...Object.entries(own).map(([path, type]) => [
      path,
      shownMount({ type, description: "", accessor: `${type}_0` }),
    ]),
  ]) as object;
}

function authsOf({ auths: all }: VaultState): object {
  const token = shownMount({
    type: "token",
    description: "token based credentials",
    accessor: "auth_token_0",
  });
  const others = Object.entries(all).map(([path, method]) => [
    path,
    shownMount({ ...method, options: undefined }),
  ]);
  return { ...(Object.fromEntries(others) as object), "token/": token };
}

function mounts(request: VaultRequest, path: string, state: VaultState): Reply {
  const mount = state.mounts[path];
  switch (request.operation) {
    case "read":
      if (mount === undefined) throw new VaultError(400, `No secret engine mount at ${path}`);
      return answer(shownMount(mount));
    case "write": {
      const { type, description, options } = parseBody(request, mounted);
      if (path.endsWith("/tune/")) return done;
      if (!(type === "kv-v2" || (type === "kv" && options?.version === "2"))) {
        throw new VaultError(400, `the sandbox's Vault has kv of version 2 only, not ${type}`);
      }
      if (mount !== undefined) throw new VaultError(400, `path is already in use at ${path}`);
      state.mounts[path] = newMount(description);
      return done;
    }
    case "delete":
      // eslint-disable-next-line @typescript-eslint/no-dynamic-delete -- a table by path
      delete state.mounts[path];
      return done;
    default:
      throw unsupportedOperation();
  }
}

export const newMount = (description = "") => ({
  type: "kv",
  description,
  options: { version: "2" as const },
  accessor: `kv_${randomBytes(4).toString("hex")}`,
  secrets: {},
});

function auths(request: VaultRequest, path: string, state: VaultState): Reply {
  const method = state.auths[path];
  switch (request.operation) {
    case "read":
      if (method === undefined) throw new VaultError(400, `No auth engine at ${path}`);
      return answer(shownMount({ ...method, options: undefined }));
    case "write": {
      const { type, description } = parseBody(request, mounted);
      if (type !== "kubernetes") {
        throw new VaultError(400, `the sandbox's Vault has the auth method kubernetes only, not ${type}`);
      }
      if (method !== undefined || path === "token/")
        throw new VaultError(400, `path is already in use at ${path}`);
      const accessor = `auth_kubernetes_${randomBytes(4).toString("hex")}`;
      state.auths[path] = { type, description, accessor, roles: {} };
      return done;
    }
    case "delete":
      // eslint-disable-next-line @typescript-eslint/no-dynamic-delete -- a table by path
      delete state.auths[path];
      return done;
    default:
      throw unsupportedOperation();
  }
}

function policies(request: VaultRequest, given: string, state: VaultState): Reply {
  const name = given.toLowerCase();
  const { operation } = request;
  if (name === "" && (operation === "list" || operation === "read")) {
    const keys = [...Object.keys(state.policies), "root"].sort();
    return answer({ keys, policies: keys });
  }
  switch (operation) {
    case "read": {
      const text = name === "root" ? "" : state.policies[name];
      if (text === undefined) throw notFound();
      return answer({ name, policy: text, rules: text });
    }
    case "write": {
      if (name === "root") throw new VaultError(400, 'cannot update "root" policy');
      const { policy: text } = parseBody(request, policy);
      const plain = decoded(text);
      parsePolicy(plain);
      state.policies[name] = plain;
      return done;
    }
    case "delete":
      if (name === "root" || name === "default") throw new VaultError(400, `cannot delete "${name}" policy`);
      // eslint-disable-next-line @typescript-eslint/no-dynamic-delete -- a table by name
      delete state.policies[name];
      return done;
    default:
      throw unsupportedOperation();
  }
}

/** A policy may come in base64. */
function decoded(text: string): string {
  const plain = Buffer.from(text, "base64").toString("utf8");
  return Buffer.from(plain, "utf8").toString("base64") === text ? plain : text;
}
