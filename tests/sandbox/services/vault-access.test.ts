import { strict as assert } from "node:assert";
import { allowed, parsePolicy } from "../../../tools/sandbox/services/vault/policy";
import { useVault } from "./vault-stand-in";

const DENIED = { status: 403, body: { errors: ["1 error occurred:\n\t* permission denied\n\n"] } };

describe("Vault stand-in", () => {
  const { ask, done, errors, mountKv, tokenWith } = useVault();

  describe("policies", () => {
    beforeEach(mountKv);

    it("are enforced on every request", async () => {
      const token = await tokenWith(`
        # only these
        path "kv/data/sso/*" { capabilities = ["create", "read"] }
        path "kv/metadata/*" { capabilities = ["list"] }
        path "kv/data/sso/admin" { capabilities = ["deny"] }
      `);
      assert.equal((await ask("POST", "kv/data/sso/app", { data: { a: "1" } }, token)).status, 200);
      assert.equal((await ask("GET", "kv/data/sso/app", undefined, token)).status, 200);
      assert.equal((await ask("GET", "kv/metadata?list=true", undefined, token)).status, 200);
      for (const [method, path] of [
        ["POST", "kv/data/sso/app"], // it's there now: that would be an update
        ["DELETE", "kv/data/sso/app"],
        ["GET", "kv/data/sso/admin"],
        ["GET", "kv/data/other"],
        ["GET", "kv/metadata/sso/app"],
        ["GET", "sys/mounts"],
        ["POST", "auth/token/create"],
      ] as const) {
        assert.deepEqual(
          await ask(method, path, method === "POST" ? { data: {} } : undefined, token),
          DENIED,
          `${method} ${path}`,
        );
      }
      assert.equal((await ask("GET", "auth/token/lookup-self", undefined, token)).status, 200);
      const { data } = (
        await ask("POST", "sys/capabilities-self", { paths: ["kv/data/sso/app", "x"] }, token)
      ).body;
      assert.deepEqual(data?.["kv/data/sso/app"], ["create", "read"]);
      assert.deepEqual(data.x, ["deny"]);
    });

    it("take effect when they change, and allow nothing when they are gone", async () => {
      const token = await tokenWith('path "kv/data/a" { capabilities = ["create"] }');
      assert.deepEqual(await ask("GET", "kv/data/a", undefined, token), DENIED);
      await done("PUT", "sys/policies/acl/test", {
        policy: '{"path":{"kv/data/+":{"capabilities":["read"]}}}',
      });
      assert.equal((await ask("GET", "kv/data/a", undefined, token)).status, 404);
      assert.deepEqual((await ask("GET", "sys/policies/acl?list=true")).body.data?.keys, [
        "default",
        "root",
        "test",
      ]);
      await done("DELETE", "sys/policies/acl/test");
      assert.deepEqual(await ask("GET", "kv/data/a", undefined, token), DENIED);
      assert.deepEqual(await ask("GET", "sys/policies/acl/test"), { status: 404, body: { errors: [] } });
    });

    it("prefer the pattern that fits best", () => {
      const rules = (text: string) => [parsePolicy(text)];
      const rule = (pattern: string, ...caps: string[]) =>
        `path "${pattern}" { capabilities = ${JSON.stringify(caps)} }\n`;
      const cases: [string, string, string[]][] = [
        [rule("*", "read") + rule("a/*", "list"), "a/b", ["list"]],
        [rule("a/*", "read") + rule("a/b", "list"), "a/b", ["list"]],
        [rule("a/+/c", "read") + rule("a/b/*", "list"), "a/b/c", ["list"]],
        [rule("a/+", "read"), "a/b/c", []],
        [rule("a/b", "read") + rule("a/b", "list"), "a/b", ["list"]],
        [rule("a/*", "read", "deny"), "a/b", []],
        [rule("a.c", "read"), "abc", []],
      ];
      for (const [text, path, wanted] of cases) {
        assert.deepEqual([...allowed(rules(text), path)], wanted, text + path);
      }
      const two = [parsePolicy(rule("a", "read")), parsePolicy(rule("a", "list"))];
      assert.deepEqual([...allowed(two, "a")].sort(), ["list", "read"]);
    });

    it("are refused when they are none, or ask for what isn't enforced here", async () => {
      for (const policy of [
        'path "a" { capabilities = ["fly"] }',
        'path "a" { required_parameters = ["b"] }',
        'path "a" {',
        "nonsense",
        "{",
        "path 'a' {}",
      ]) {
        const [status, message] = await errors("PUT", "sys/policies/acl/bad", { policy });
        assert.equal(status, 400, policy);
        assert.match(String(message), /^failed to parse policy: /, policy);
      }
    });
  });

  describe("tokens", () => {
    it("look themselves up, and end with those that they made", async () => {
      const parent = await tokenWith('path "auth/token/create" { capabilities = ["update"] }');
      const made = await ask("POST", "auth/token/create", { ttl: "1h", display_name: "job" }, parent);
      const child = made.body.auth?.client_token ?? "";
      assert.equal(made.body.auth?.lease_duration, 3600);
      const { data } = (await ask("GET", "auth/token/lookup-self", undefined, child)).body;
      assert.deepEqual(
        [data?.display_name, data?.policies, data?.orphan],
        ["token-job", ["default", "test"], false],
      );
      assert.deepEqual(await errors("POST", "auth/token/create", { policies: ["other"] }, parent), [
        400,
        "child policies must be subset of parent",
      ]);
      assert.equal((await ask("POST", "auth/token/revoke", { token: parent })).status, 204);
      for (const token of [parent, child]) {
        assert.equal((await ask("GET", "auth/token/lookup-self", undefined, token)).status, 403);
      }
    });

    it("end by their time", async () => {
      const { body } = await ask("POST", "auth/token/create", { ttl: 1 });
      await new Promise((resolve) => setTimeout(resolve, 1100));
      assert.equal(
        (await ask("GET", "auth/token/lookup-self", undefined, body.auth?.client_token)).status,
        403,
      );
    });
  });

  describe("Kubernetes auth", () => {
    beforeEach(async () => {
      await done("POST", "sys/auth/kubernetes", { type: "kubernetes" });
    });
    const role = {
      bound_service_account_names: ["external-secrets"],
      bound_service_account_namespaces: ["external-secrets", "other"],
      token_policies: ["reader"],
      token_ttl: "10m",
    };
    const login = (jwt: string, name = "eso") =>
      errors("POST", "auth/kubernetes/login", { role: name, jwt }, "");

    it("gives a token for a ServiceAccount that its role is bound to", async () => {
      await done("POST", "auth/kubernetes/config", { kubernetes_host: "https://kubernetes.default.svc" });
      await done("POST", "auth/kubernetes/role/eso", role);
      const { status, body } = await ask(
        "POST",
        "auth/kubernetes/login",
        { role: "eso", jwt: "other/external-secrets/api" },
        "",
      );
      assert.equal(status, 200);
      assert.deepEqual([body.auth?.policies, body.auth?.lease_duration], [["default", "reader"], 600]);
      assert.equal(body.auth?.metadata.service_account_namespace, "other");
      assert.deepEqual(await login("kube-system/external-secrets/api"), [403, "namespace not authorized"]);
      assert.deepEqual(await login("other/default/api"), [403, "service account name not authorized"]);
      assert.deepEqual(await login("forged"), [403, "permission denied"]);
      assert.deepEqual(await login("other/external-secrets/api", "none"), [400, 'invalid role name "none"']);
      assert.deepEqual(await login(""), [400, "missing jwt"]);
      assert.deepEqual(await login("x", ""), [400, "missing role"]);
    });

    it("wants the role's audience, a bound role, and its configuration", async () => {
      await done("POST", "auth/kubernetes/role/eso", { ...role, audience: "vault" });
      assert.deepEqual(await login("other/external-secrets/vault"), [
        500,
        "could not load backend configuration",
      ]);
      assert.deepEqual(await errors("POST", "auth/kubernetes/config", {}), [400, "no host provided"]);
      await done("POST", "auth/kubernetes/config", { kubernetes_host: "https://k" });
      assert.deepEqual(await login("other/external-secrets/api"), [403, "permission denied"]);
      assert.deepEqual(await login("other/external-secrets/vault"), [200]);
      assert.deepEqual(await errors("POST", "auth/kubernetes/role/open", { token_policies: ["root"] }), [
        400,
        '"bound_service_account_names" can not be empty',
      ]);
      assert.deepEqual((await ask("GET", "auth/kubernetes/role?list=true")).body.data, { keys: ["eso"] });
    });
  });
});
