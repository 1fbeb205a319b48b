/**
 * Stand-in of Vault, which OpenBao answers like: KV version 2, tokens, the Kubernetes auth method, and policies that are
 * enforced on every request. Unsealed from the start. `/__state` shows the state with the hashes of the values.
 *
 * Environment: PORT, STATE_FILE, VAULT_TOKEN (the root token), MOUNTS (KV mounts that are there from the start, by
 * commas), KUBECONFIG (the cluster whose TokenReview says whom a JWT is of, in place of `kubernetes_host`: a cluster's
 * own address leads nowhere from here).
 */
import { Cluster } from "./controllers/cluster";
import { portSetting, required, runService, startService, type Reply, type Service } from "./http";
import { sha256, StateFile } from "./state";
import { kubernetesAuth, kubernetesLogin, type ReviewToken } from "./vault/kubernetes-auth";
import { kvApi, kvExists } from "./vault/kv-api";
import { allowed, type Capability, parsePolicy } from "./vault/policy";
import { answer, denied, parseRequest, type VaultRequest, VaultError } from "./vault/request";
import { emptyState, type Token, type VaultState } from "./vault/state";
import { health, newMount, sys } from "./vault/sys";
import { tokenAuth } from "./vault/token-auth";
import { Tokens } from "./vault/tokens";

export interface VaultOptions {
  readonly port?: number;
  readonly stateFile?: string;
  readonly faults?: string;
  readonly rootToken: string;
  /** KV mounts that are there from the start. @default none, as in a new Vault */
  readonly mounts?: readonly string[];
  readonly reviewToken: ReviewToken;
}

export async function startVault(options: VaultOptions): Promise<Service> {
  const file = new StateFile(options.stateFile, emptyState());
  const state: VaultState = file.data;
  const tokens = new Tokens(state, options.rootToken);
  for (const mount of options.mounts ?? []) state.mounts[`${mount}/`] ??= newMount();
  file.save();

  return startService({
    port: options.port,
    faults: options.faults,
    failure: (status, message) => ({ errors: [`${status}: ${message}`] }),
    handle: async (call) => {
      if (call.path === "/__state") {
        return { status: 200, body: hashed(state) };
      }
      try {
        const { authorization } = call.headers;
        const given = call.headers["x-vault-token"] ?? authorization?.replace(/^Bearer /, "");
        const reply = await route(parseRequest(call), typeof given === "string" ? given : undefined);
        if (call.method !== "GET" && call.method !== "HEAD") file.save();
        return reply;
      } catch (error) {
        if (error instanceof VaultError) return error.reply();
        throw error;
      }
    },
  });

  async function route(request: VaultRequest, id: string | undefined): Promise<Reply> {
    const { path } = request;
    if (path === "sys/health") return health();
    if (path === "sys/seal-status")
      return { status: 200, body: { type: "shamir", initialized: true, sealed: false } };
    const method = Object.entries(state.auths).find(([mount]) => path.startsWith(`auth/${mount}`));
    if (method !== undefined && path === `auth/${method[0]}login` && request.operation === "write") {
      return await kubernetesLogin(request, `auth/${method[0]}`, method[1], tokens, options.reviewToken);
    }
    const caller = tokens.find(id);
    const rules = rulesOf(caller, state);
    if (path === "sys/capabilities-self" && request.operation === "write")
      return capabilitiesOf(request, rules);
    const mount = Object.entries(state.mounts).find(([prefix]) => `${path}/`.startsWith(prefix));
    authorize(request, rules, mount === undefined || kvExists(mount[1], path.slice(mount[0].length)));
    if (path.startsWith("sys/")) return sys(request, path.slice("sys/".length), state);
    if (path.startsWith("auth/token/")) {
      return tokenAuth(request, path.slice("auth/token/".length), caller, id ?? "", tokens);
    }
    if (method !== undefined)
      return kubernetesAuth(request, path.slice(`auth/${method[0]}`.length), method[1]);
    if (mount !== undefined) return kvApi(request, path.slice(mount[0].length), mount[1]);
    throw new VaultError(404, `no handler for route "${path}". route entry not found.`);
  }
}

type Rules = readonly ReturnType<typeof parsePolicy>[] | "root";

/** A policy that is gone allows nothing. */
const rulesOf = ({ policies }: Token, state: VaultState): Rules =>
  policies.includes("root") ? "root" : policies.map((name) => parsePolicy(state.policies[name] ?? ""));

/** @throws VaultError 403 when the token's policies don't allow the request. */
function authorize({ operation, path }: VaultRequest, rules: Rules, exists: boolean): void {
  if (rules === "root") return;
  const needed: Capability = operation === "write" ? (exists ? "update" : "create") : operation;
  const paths = operation === "list" ? [`${path}/`, path] : [path];
  if (!paths.some((each) => allowed(rules, each).has(needed))) throw denied();
}

function capabilitiesOf({ body }: VaultRequest, rules: Rules): Reply {
  const { paths = [], path } = body as { paths?: readonly string[]; path?: string };
  const of = (each: string): readonly string[] => {
    if (rules === "root") return ["root"];
    const found = [...allowed(rules, each)].sort();
    return found.length === 0 ? ["deny"] : found;
  };
  const all = [...paths, ...(path === undefined ? [] : [path])].map((each) => [each, of(each)] as const);
  return answer({ ...Object.fromEntries(all), capabilities: all[0]?.[1] ?? ["deny"] });
}

/** The state without tokens, and with hashes for values. */
function hashed({ mounts, auths, policies }: VaultState): object {
  const hash = (value: unknown): string => sha256(typeof value === "string" ? value : JSON.stringify(value));
  const shown = JSON.stringify(mounts, (key, value: unknown) =>
    key === "data" && typeof value === "object" && value !== null
      ? Object.fromEntries(Object.entries(value).map(([name, each]) => [name, hash(each)]))
      : value,
  );
  return { mounts: JSON.parse(shown) as object, auths, policies };
}

if (require.main === module) {
  runService(() => {
    const cluster = Cluster.fromEnvironment();
    return startVault({
      port: portSetting(),
      stateFile: process.env.STATE_FILE,
      faults: process.env.FAULTS,
      rootToken: required("VAULT_TOKEN"),
      mounts: (process.env.MOUNTS ?? "").split(",").filter((mount) => mount !== ""),
      reviewToken: (jwt, audience) => cluster.reviewToken(jwt, audience),
    });
  });
}
