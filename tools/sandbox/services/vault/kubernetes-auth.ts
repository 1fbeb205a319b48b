/** `auth/kubernetes/…`: https://developer.hashicorp.com/vault/api-docs/auth/kubernetes */
import { z } from "zod";
import type { Reply } from "../http";
import {
  answer,
  done,
  notFound,
  parseBody,
  seconds,
  unsupportedOperation,
  type VaultRequest,
  VaultError,
} from "./request";
import type { AuthMethod, KubernetesRole } from "./state";
import { asAuth, type Tokens } from "./tokens";

/** What the API server's TokenReview says of a JWT that it takes. */
export interface ReviewedToken {
  /** `system:serviceaccount:<namespace>:<name>` */
  readonly username: string;
  readonly uid: string;
}

/**
 * Asks the API server about a JWT; undefined for one that it refuses.
 * @param audience one that the JWT has to be for, unless empty
 */
export type ReviewToken = (jwt: string, audience: string) => Promise<ReviewedToken | undefined>;

const list = z.union([
  z.array(z.string()),
  z.string().transform((text) => text.split(",").map((part) => part.trim())),
]);
const duration = z.union([z.string(), z.number()]).optional();

const configuration = z.object({
  kubernetes_host: z.string().default(""),
  kubernetes_ca_cert: z.string().default(""),
  disable_local_ca_jwt: z.boolean().default(false),
  issuer: z.string().default(""),
});
const definition = z.object({
  bound_service_account_names: list.default([]),
  bound_service_account_namespaces: list.default([]),
  audience: z.string().default(""),
  token_policies: list.optional(),
  policies: list.optional(),
  token_ttl: duration,
  token_max_ttl: duration,
});
const credentials = z.object({ role: z.string().default(""), jwt: z.string().default("") });

/** @param rest the path below the method's mount */
export function kubernetesAuth(request: VaultRequest, rest: string, method: AuthMethod): Reply {
  const [collection, name] = rest.split("/");
  const operation = `${request.operation} ${collection ?? ""}${name === undefined ? "" : "/name"}`;
  switch (operation) {
    case "write config": {
      const config = parseBody(request, configuration);
      if (config.kubernetes_host === "") throw new VaultError(400, "no host provided");
      method.config = config;
      return done;
    }
    case "read config":
      if (method.config === undefined) throw notFound();
      return answer({ ...method.config, pem_keys: [] }, { mountType: "kubernetes" });
    case "list role": {
      const keys = Object.keys(method.roles).sort();
      if (keys.length === 0) throw notFound();
      return answer({ keys }, { mountType: "kubernetes" });
    }
    case "write role/name":
      method.roles[name ?? ""] = roleOf(request);
      return done;
    case "read role/name": {
      const role = method.roles[name ?? ""];
      if (role === undefined) throw notFound();
      return answer(role, { mountType: "kubernetes" });
    }
    case "delete role/name":
      // eslint-disable-next-line @typescript-eslint/no-dynamic-delete -- a table by name
      delete method.roles[name ?? ""];
      return done;
    default:
      throw unsupportedOperation();
  }
}

function roleOf(request: VaultRequest): KubernetesRole {
  const { token_policies, policies, token_ttl, token_max_ttl, ...bound } = parseBody(request, definition);
  for (const field of ["bound_service_account_names", "bound_service_account_namespaces"] as const) {
    if (bound[field].length === 0) throw new VaultError(400, `"${field}" can not be empty`);
  }
  return {
    ...bound,
    token_policies: token_policies ?? policies ?? [],
    token_ttl: seconds(token_ttl),
    token_max_ttl: seconds(token_max_ttl),
  };
}

/** A ServiceAccount's JWT for a token of Vault. @param path of the method, e.g. `auth/kubernetes/` */
export async function kubernetesLogin(
  request: VaultRequest,
  path: string,
  method: AuthMethod,
  tokens: Tokens,
  review: ReviewToken,
): Promise<Reply> {
  const { role: name, jwt } = parseBody(request, credentials);
  if (jwt === "") throw new VaultError(400, "missing jwt");
  if (name === "") throw new VaultError(400, "missing role");
  const role = method.roles[name];
  if (role === undefined) throw new VaultError(400, `invalid role name "${name}"`);
  if (method.config === undefined) throw new VaultError(500, "could not load backend configuration");
  const reviewed = await review(jwt, role.audience);
  if (reviewed === undefined) throw new VaultError(403, "permission denied");
  const [, namespace = "", account = ""] =
    /^system:serviceaccount:([^:]+):([^:]+)$/.exec(reviewed.username) ?? [];
  if (account === "") throw new VaultError(403, "permission denied");
  const has = (list: readonly string[], value: string): boolean => list.includes("*") || list.includes(value);
  if (!has(role.bound_service_account_namespaces, namespace))
    throw new VaultError(403, "namespace not authorized");
  if (!has(role.bound_service_account_names, account)) {
    throw new VaultError(403, "service account name not authorized");
  }
  const token = tokens.make({
    policies: role.token_policies,
    displayName: `${path.split("/")[1] ?? ""}-${namespace}-${account}`,
    path: `${path}login`,
    meta: {
      role: name,
      service_account_name: account,
      service_account_namespace: namespace,
      service_account_secret_name: "",
      service_account_uid: reviewed.uid,
    },
    ttl: role.token_ttl,
  });
  return answer(null, { auth: asAuth(token, token.id), mountType: "kubernetes" });
}
