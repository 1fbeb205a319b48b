import { strict as assert } from "node:assert";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Service } from "../../../tools/sandbox/services/http";
import { startVault } from "../../../tools/sandbox/services/vault";
import { allowed, parsePolicy } from "../../../tools/sandbox/services/vault/policy";

const ROOT = "hvs.root";
const DENIED = { status: 403, body: { errors: ["1 error occurred:\n\t* permission denied\n\n"] } };

/** What the tests read of an answer. */
interface Body {
  readonly data?: Record<string, unknown> | null;
  readonly auth?: {
    client_token: string;
    policies: string[];
    metadata: Record<string, string>;
    lease_duration: number;
  };
  readonly errors?: string[];
  readonly warnings?: string[];
}

describe("Vault stand-in", () => {
  let folder: string;
  let service: Service;
  const start = () =>
    startVault({
      rootToken: ROOT,
      stateFile: join(folder, "vault.json"),
      reviewToken: (jwt, audience) => {
        const [namespace, name, intended] = jwt.split("/");
        const good = name !== undefined && (audience === "" || audience === intended);
        return Promise.resolve(
          good ? { username: `system:serviceaccount:${namespace ?? ""}:${name}`, uid: "u" } : undefined,
        );
      },
    });
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), "handoff-vault-"));
    service = await start();
  });
  afterEach(async () => {
    await service.close();
    rmSync(folder, { recursive: true });
  });

  const ask = async (
    method: string,
    path: string,
    body?: object,
    token = ROOT,
  ): Promise<{ status: number; body: Body }> => {
    const response = await fetch(`${service.url}/v1/${path}`, {
      method,
      headers: token === "" ? {} : { "x-vault-token": token },
      body: JSON.stringify(body),
    });
    const text = await response.text();
    return { status: response.status, body: (text === "" ? {} : JSON.parse(text)) as Body };
  };
  const done = async (method: string, path: string, body?: object): Promise<void> => {
    const answer = await ask(method, path, body);
    assert.equal(answer.status, 204, JSON.stringify(answer.body));
  };
  const mountKv = () => done("POST", "sys/mounts/kv", { type: "kv", options: { version: "2" } });
  const errors = async (...call: Parameters<typeof ask>) => {
    const { status, body } = await ask(...call);
    return [status, ...(body.errors ?? [])];
  };
  const tokenWith = async (policy: string): Promise<string> => {
    await done("PUT", "sys/policies/acl/test", { policy });
    const { body } = await ask("POST", "auth/token/create", { policies: ["test"] });
    return body.auth?.client_token ?? "";
  };

  it("says its health without a token, and nothing else", async () => {
    const { status, body } = await ask("GET", "sys/health", undefined, "");
    assert.equal(status, 200);
    assert.deepEqual(
      (({ initialized, sealed, standby }) => ({ initialized, sealed, standby }))(
        body as Record<string, unknown>,
      ),
      {
        initialized: true,
        sealed: false,
        standby: false,
      },
    );
    assert.deepEqual(await ask("GET", "sys/mounts", undefined, ""), {
      status: 403,
      body: { errors: ["permission denied"] },
    });
    assert.deepEqual(await errors("GET", "sys/mounts", undefined, "hvs.other"), [
      403,
      "2 errors occurred:\n\t* permission denied\n\t* invalid token\n\n",
    ]);
  });

  it("mounts KV of version 2 once, and refuses other engines by name", async () => {
    await mountKv();
    assert.deepEqual(await errors("POST", "sys/mounts/kv", { type: "kv", options: { version: "2" } }), [
      400,
      "path is already in use at kv/",
    ]);
    assert.deepEqual(await errors("POST", "sys/mounts/pki", { type: "pki" }), [
      400,
      "the sandbox's Vault has kv of version 2 only, not pki",
    ]);
    const { body } = await ask("GET", "sys/mounts");
    assert.deepEqual((body.data?.["kv/"] as { options: object }).options, { version: "2" });
    assert.deepEqual((body as Record<string, unknown>)["kv/"], body.data?.["kv/"]);
    assert.equal((await ask("GET", "other/data/x")).status, 404);
    const wrong = await ask("GET", "kv/app");
    assert.equal(wrong.status, 404);
    assert.match(wrong.body.warnings?.[0] ?? "", /Invalid path for a versioned K\/V secrets engine/);
  });

  describe("KV", () => {
    beforeEach(mountKv);
    const write = (data: object, options?: object) => ask("POST", "kv/data/sso/app", { data, options });
    const read = async (query = "") => {
      const { status, body } = await ask("GET", `kv/data/sso/app${query}`);
      return [status, body.data?.data];
    };

    it("keeps versions", async () => {
      assert.deepEqual(await ask("GET", "kv/data/sso/app"), { status: 404, body: { errors: [] } });
      assert.equal((await write({ a: "1" })).body.data?.version, 1);
      assert.equal((await write({ a: "2", n: 3 })).body.data?.version, 2);
      assert.deepEqual(await read(), [200, { a: "2", n: 3 }]);
      assert.deepEqual(await read("?version=1"), [200, { a: "1" }]);
      assert.deepEqual(await read("?version=3"), [404, undefined]);
      for (let version = 3; version <= 11; version++) await write({ a: String(version) });
      assert.deepEqual(await read("?version=1"), [404, undefined], "ten are kept");
      assert.deepEqual(await read("?version=2"), [200, { a: "2", n: 3 }]);
    });

    it("checks and sets", async () => {
      assert.equal((await write({ a: "1" }, { cas: 0 })).status, 200);
      const moved = [400, "check-and-set parameter did not match the current version"];
      assert.deepEqual(await errors("POST", "kv/data/sso/app", { data: {}, options: { cas: 0 } }), moved);
      assert.deepEqual(await read(), [200, { a: "1" }]);
      await done("POST", "kv/metadata/sso/app", { cas_required: true });
      assert.deepEqual(await errors("POST", "kv/data/sso/app", { data: {} }), [
        400,
        "check-and-set parameter required for this call",
      ]);
      assert.equal((await write({ a: "2" }, { cas: 1 })).status, 200);
      assert.deepEqual(await errors("POST", "kv/data/sso/app", {}), [400, "no data provided"]);
    });

    it("deletes, undeletes and destroys versions", async () => {
      await write({ a: "1" });
      await write({ a: "2" });
      await done("DELETE", "kv/data/sso/app");
      const gone = await ask("GET", "kv/data/sso/app");
      assert.equal(gone.status, 404);
      const { data, metadata } = gone.body.data as { data: null; metadata: { deletion_time: string } };
      assert.equal(data, null);
      assert.notEqual(metadata.deletion_time, "");
      assert.deepEqual(await read("?version=1"), [200, { a: "1" }]);
      await done("POST", "kv/undelete/sso/app", { versions: [2] });
      assert.deepEqual(await read(), [200, { a: "2" }]);
      await done("PUT", "kv/destroy/sso/app", { versions: [2] });
      await done("POST", "kv/undelete/sso/app", { versions: [2] });
      assert.deepEqual(await read(), [404, null]);
      const { versions, current_version } = (await ask("GET", "kv/metadata/sso/app")).body.data as {
        versions: Record<string, { destroyed: boolean }>;
        current_version: number;
      };
      assert.deepEqual(
        [current_version, versions["1"]?.destroyed, versions["2"]?.destroyed],
        [2, false, true],
      );
      await done("DELETE", "kv/metadata/sso/app");
      assert.deepEqual(await ask("GET", "kv/metadata/sso/app"), { status: 404, body: { errors: [] } });
    });

    it("lists folders, and merges a patch", async () => {
      await write({ a: { b: "1", c: "2" } });
      await ask("POST", "kv/data/other", { data: {} });
      assert.deepEqual((await ask("GET", "kv/metadata?list=true")).body.data, { keys: ["other", "sso/"] });
      assert.deepEqual((await ask("GET", "kv/metadata/sso?list=true")).body.data, { keys: ["app"] });
      assert.deepEqual(await ask("GET", "kv/metadata/none?list=true"), { status: 404, body: { errors: [] } });
      await ask("PATCH", "kv/data/sso/app", { data: { a: { b: null }, d: "4" } });
      assert.deepEqual(await read(), [200, { a: { c: "2" }, d: "4" }]);
    });
  });

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

  it("remembers all of it across a restart, and no token", async () => {
    await mountKv();
    await ask("POST", "kv/data/a", { data: { password: "canary", data: "x" } });
    const token = await tokenWith('path "kv/data/a" { capabilities = ["read"] }');
    await service.close();
    service = await start();
    const { body } = await ask("GET", "kv/data/a", undefined, token);
    assert.deepEqual(body.data?.data, { password: "canary", data: "x" });
    const state = readFileSync(join(folder, "vault.json"), "utf8");
    assert.ok(!state.includes(token) && !state.includes(ROOT));
    const shown = await (await fetch(`${service.url}/__state`)).text();
    assert.ok(!shown.includes("canary") && shown.includes('"password"'), shown);
  });
});
