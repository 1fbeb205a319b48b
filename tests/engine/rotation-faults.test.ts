/**
 * Credentials of several kinds that are rotated in one `up` while the vault fails, or while the run is killed: what it got
 * and what it didn't is carried on by the next `up`, each value once, and nobody is left with a part.
 */
import { strict as assert } from "node:assert";
import { randomUUID } from "node:crypto";
import { identityToRecipient } from "age-encryption";
import { compare } from "bcryptjs";
import { SUBSCRIPTION, TENANT, TestAzure } from "../azure/cloud";
import { VaultedApp } from "../rollout/vaulted-app";
import { type TestStack, useEngine } from "./stack";

const NAMES = ["age", "age-public", "bytes", "htpasswd", "htpasswd-entry", "password", "uuid"];
/** A key and its other half, a value and what is made of it, and one by itself. */
const KILLED_AT = ["age", "age-public", "htpasswd-entry", "password"];
const VAULT = "/keyvault/my-vault/secrets";

describe("a rotation of many credentials at once", function () {
  this.timeout(600_000);
  const azure = new TestAzure();
  let app: VaultedApp;
  let stack: TestStack;
  let rotation = 1;

  /** What the vault has now. */
  const inVault = async (): Promise<Record<string, string>> => {
    const read = async (name: string) =>
      [name, (await azure.call<{ value: string }>("GET", `${VAULT}/${name}`)).value] as const;
    return Object.fromEntries(await Promise.all(NAMES.map(read)));
  };
  const inCluster = (): Record<string, string> =>
    Object.fromEntries(NAMES.map((name) => [name, app.values(name)[name] ?? ""]));
  const changed = (before: Record<string, string>, now: Record<string, string>): string[] =>
    NAMES.filter((name) => before[name] !== now[name]);

  useEngine(async (engine) => {
    await azure.start();
    engine.ends(() => azure.stop());
    await azure.vault();
    const deployer = randomUUID();
    for (const role of ["contributor", "officer", "administrator"] as const)
      await azure.assign(deployer, role);
    app = await VaultedApp.start();
    engine.ends(() => {
      app.cluster.stop();
    });
    const { react } = app.cluster;
    // External Secrets asks the vault when it is told to.
    app.cluster.react = (object) => {
      if (object.kind !== "ExternalSecret") react(object);
      else
        void inVault().then((values) => {
          for (const [name, text] of Object.entries(values)) app.vault.set(name, { [name]: text });
          react(object);
        });
    };
    stack = await engine.stack("rotation-faults", azure.environment(deployer));
    await stack.set(["kubeconfig", app.cluster.kubeconfig]);
    await set();
    await stack.up();
    for (const [name, text] of Object.entries(await inVault())) {
      app.secret(name, { [name]: text });
      app.workload("Deployment", `reads-${name}`, {
        containers: [{ envFrom: [{ secretRef: { name } }] }],
      });
    }
  });

  const set = (): Promise<void> => {
    const url = `${azure.url}/keyvault/my-vault`;
    return stack.set([
      "rotation",
      JSON.stringify({ subscriptionId: SUBSCRIPTION, tenantId: TENANT, url, rotation }),
    ]);
  };
  const rotate = async (): Promise<void> => {
    rotation++;
    await set();
    // They run since before the Secrets change.
    for (const name of NAMES) app.pod(`reads-${name}`, "2026-01-01T00:00:00Z");
    app.history.length = 0;
  };
  /** All have the new values, carried once, and halves belong to each other. */
  const carried = async (before: Record<string, string>): Promise<void> => {
    const now = await inVault();
    assert.deepEqual(inCluster(), now);
    assert.deepEqual(changed(before, now), NAMES);
    assert.deepEqual(
      [...app.history].sort(),
      NAMES.flatMap((name) => [`restart reads-${name}`, `sync ${name}`]).sort(),
    );
    assert.equal(await identityToRecipient((now.age ?? "").trim()), now["age-public"]);
    const [, hash = ""] = (now["htpasswd-entry"] ?? "").split(":");
    assert.ok(await compare(now.htpasswd ?? "", hash));
    assert.match(await stack.pulumi("preview", "--expect-no-changes"), /unchanged/);
  };

  it("is carried on when the vault wants pauses and fails in passing", async () => {
    const before = await inVault();
    await rotate();
    const passing = { method: "PUT", times: 2 };
    await azure.fault([
      { ...passing, path: "/secrets/bytes", status: 429, retryAfter: 1 },
      { ...passing, path: "/secrets/uuid", status: 429, retryAfter: 0 },
      { ...passing, path: "/secrets/age", times: 1, status: 500 },
    ]);
    const error = await stack.up().then(
      () => undefined,
      (error: unknown) => (error as Error).message,
    );
    await azure.fault(null);
    if (error !== undefined) {
      assert.match(error, /Injected fault/);
      assert.deepEqual(app.history, []);
      await stack.up();
    }
    await carried(before);
  });

  for (const [what, fault, told] of [
    ["fails for good at two of them", { status: 500 }, /Injected fault/],
    ["is cut off after it wrote two of them", { answer: "cut", done: true }, /Azure can't be reached/],
  ] as const) {
    it(`touches nobody when the vault ${what}, and carries all on by the next up`, async () => {
      const before = await inVault();
      await rotate();
      for (const path of ["/secrets/password", "/secrets/htpasswd-entry"])
        await azure.fault({ ...fault, method: "PUT", path, times: 1000 });
      await assert.rejects(stack.up(), told);
      await azure.fault(null);
      assert.ok(changed(before, await inVault()).length > 0, "the others are written");
      // What lives by the former values goes on with all of them.
      assert.deepEqual(app.history, []);
      assert.deepEqual(inCluster(), before);
      await stack.up();
      await carried(before);
    });
  }

  it("isn't lost by a kill while the vault writes, nor made anew", async () => {
    const before = await inVault();
    await rotate();
    let written: Record<string, string> = before;
    for (const name of KILLED_AT) {
      // It is written, and the run is killed before it hears of it.
      await azure.fault({ answer: "hang", done: true, method: "PUT", path: `/secrets/${name}`, times: 1000 });
      await stack.killedWhen(async () => changed(before, await inVault()).includes(name));
      await azure.fault(null);
      const now = await inVault();
      for (const other of changed(before, written))
        assert.equal(now[other], written[other], `${other} was made anew after the kill at ${name}`);
      written = now;
      assert.deepEqual(app.history, []);
    }
    console.log(`      ${String(KILLED_AT.length)} kills`);
    await stack.up();
    assert.deepEqual(await inVault(), written);
    await carried(before);
  });
});
