import { strict as assert } from "node:assert";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT, useVault } from "./vault-stand-in";

describe("Vault stand-in", () => {
  const vault = useVault();
  const { ask, done, errors, mountKv, tokenWith } = vault;

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

  it("remembers all of it across a restart, and no token", async () => {
    await mountKv();
    await ask("POST", "kv/data/a", { data: { password: "canary", data: "x" } });
    const token = await tokenWith('path "kv/data/a" { capabilities = ["read"] }');
    await vault.restart();
    const { body } = await ask("GET", "kv/data/a", undefined, token);
    assert.deepEqual(body.data?.data, { password: "canary", data: "x" });
    const state = readFileSync(join(vault.folder, "vault.json"), "utf8");
    assert.ok(!state.includes(token) && !state.includes(ROOT));
    const shown = await (await fetch(`${vault.service.url}/__state`)).text();
    assert.ok(!shown.includes("canary") && shown.includes('"password"'), shown);
  });
});
