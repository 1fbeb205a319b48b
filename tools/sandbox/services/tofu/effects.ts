/**
 * What the configurations would have made in Vault, since none of them is applied here: by the end of a Terraform
 * object's path. `*` stands for one part of the path, and for the same in what is written.
 *
 * | path ends in | what the stand-in writes |
 * |---|---|
 * | `vault` | the KV mount `kv`, the auth method `kubernetes`, and policy and role `external-secrets` that may read `kv` for the ServiceAccount `external-secrets` of that namespace |
 * | `databases/<app>` | `kv/databases/<app>` with `username` (the app's name) and `password` (random, made once) |
 * | `credentials/<app>` | `kv/credentials/<app>` with `secret_key`, `admin_password` and `api_token` (random, made once) |
 * | `sso/<app>` | `kv/sso/<app>` with `client_id` (the app's name) and `client_secret` (random, made once) |
 */

export type Effect =
  /** A secret of KV with these keys: a text, or a random value. Never written over. */
  | { readonly secret: string; readonly keys: Readonly<Record<string, string | typeof random>> }
  /** A call of Vault's API; `once` doesn't mind that what it makes is there. */
  | { readonly call: string; readonly body: object; readonly once?: boolean };

export const random = Symbol("a random value");

const readPolicy = ["data", "metadata"]
  .map((part) => `path "kv/${part}/*" { capabilities = ["read", "list"] }\n`)
  .join("");

const table: Readonly<Record<string, readonly Effect[]>> = {
  vault: [
    { call: "sys/mounts/kv", body: { type: "kv", options: { version: "2" } }, once: true },
    { call: "sys/auth/kubernetes", body: { type: "kubernetes" }, once: true },
    { call: "auth/kubernetes/config", body: { kubernetes_host: "https://kubernetes.default.svc" } },
    { call: "sys/policies/acl/external-secrets", body: { policy: readPolicy } },
    {
      call: "auth/kubernetes/role/external-secrets",
      body: {
        bound_service_account_names: ["external-secrets"],
        bound_service_account_namespaces: ["external-secrets"],
        token_policies: ["external-secrets"],
        token_ttl: "1h",
      },
    },
  ],
  "databases/*": [{ secret: "kv/data/databases/*", keys: { username: "*", password: random } }],
  "credentials/*": [
    {
      secret: "kv/data/credentials/*",
      keys: { secret_key: random, admin_password: random, api_token: random },
    },
  ],
  "sso/*": [{ secret: "kv/data/sso/*", keys: { client_id: "*", client_secret: random } }],
};

/** The effects of a Terraform object's path, with the app's name in place of `*`. */
export function effectsOf(path: string): readonly Effect[] {
  const parts = path.split("/").filter((part) => part !== "" && part !== ".");
  for (const [suffix, effects] of Object.entries(table)) {
    const wanted = suffix.split("/");
    const end = parts.slice(-wanted.length);
    if (end.length !== wanted.length || !wanted.every((part, at) => part === "*" || part === end[at]))
      continue;
    const name = end[wanted.indexOf("*")] ?? "";
    return effects.map((effect) => named(effect, name));
  }
  return [];
}

function named(effect: Effect, name: string): Effect {
  if ("call" in effect) return effect;
  const keys = Object.entries(effect.keys).map(
    ([key, value]) => [key, value === "*" ? name : value] as const,
  );
  return { secret: effect.secret.replace("*", name), keys: Object.fromEntries(keys) };
}
