/** A vault, its secrets and its reader under the real engine: a create that may have happened ends in one, and no orphan. */
import { strict as assert } from "node:assert";
import { randomUUID } from "node:crypto";
import { GROUP, SUBSCRIPTION, TENANT, TestAzure, VAULT } from "../azure/cloud";
import type { AzureOfTest } from "./azure-creates";
import { type TestStack, useEngine } from "./stack";

interface Kept {
  readonly resources: Readonly<
    Record<string, { readonly type: string; readonly tags?: Record<string, string> }>
  >;
  readonly deletedVaults: object;
  readonly vaults: Readonly<
    Record<string, Record<string, { deleted?: object; versions: { value: string }[] }>>
  >;
}

describe("Key Vault, its secrets and its reader under the engine", function () {
  this.timeout(900_000);
  const azure = new TestAzure();
  let stack: TestStack;
  let newStack: () => Promise<TestStack>;
  const deployer = randomUUID();

  useEngine(async (engine) => {
    await azure.start();
    engine.ends(() => azure.stop());
    for (const role of ["contributor", "officer", "administrator"] as const)
      await azure.assign(deployer, role);
    newStack = async () => await engine.stack("azure-creates", azure.environment(deployer));
    stack = await newStack();
    await set({});
  });

  const set = (changes: Partial<AzureOfTest>): Promise<void> => {
    const url = `${azure.url}/keyvault/my-vault`;
    return stack.set([
      "azure",
      JSON.stringify({ subscriptionId: SUBSCRIPTION, tenantId: TENANT, url, ...changes }),
    ]);
  };
  const kept = async () => {
    const { resources, vaults, deletedVaults } = (await azure.state()) as Kept;
    const secrets = Object.entries(vaults["my-vault"] ?? {}).filter(
      ([, { deleted }]) => deleted === undefined,
    );
    const made = Object.entries(resources).filter(([id]) => id !== GROUP.toLowerCase());
    return {
      types: made
        .map(([, { type }]) => type.split("/").at(-1)!)
        .filter((type) => type !== "roleAssignments")
        .sort(),
      // Without those of who deploys.
      grants: made.filter(([id]) => id.includes("/vaults/my-vault/providers/")).length,
      secrets: secrets.map(([name]) => name).sort(),
      deletedVaults: Object.keys(deletedVaults),
    };
  };
  const WHOLE = {
    types: ["federatedIdentityCredentials", "userAssignedIdentities", "vaults"],
    ...{ grants: 1, secrets: ["db", "url"], deletedVaults: [] },
  };
  const whole = async (): Promise<void> => {
    assert.deepEqual(await kept(), WHOLE);
    assert.match(await stack.pulumi("preview", "--expect-no-changes"), /unchanged/);
  };
  /** Nothing is left but a deleted vault, which is purged. */
  const empty = async (): Promise<void> => {
    const { types, secrets, grants } = await kept();
    assert.deepEqual(
      { types, secrets: types.includes("vaults") ? secrets : [], grants },
      { types: [], secrets: [], grants: 0 },
    );
    await purge();
  };
  const purge = () =>
    azure.call(
      "POST",
      `/subscriptions/${SUBSCRIPTION}/providers/Microsoft.KeyVault/locations/westeurope/deletedVaults/my-vault/purge`,
    );
  const destroy = (...args: string[]) => stack.pulumi("destroy", "--yes", "--skip-preview", ...args);
  /** It is made, and no answer comes, however often it is begun anew: as after a kill, no state knows of it. */
  const lose = (pathOf: string) =>
    azure.fault({ answer: "cut", done: true, method: "PUT", path: pathOf, times: 1000 });

  for (const [what, pathOf] of [
    ["vault", "/vaults/my-vault"],
    ["secret", "/secrets/db"],
    ["identity", "/userAssignedIdentities/my-cluster-external-secrets"],
    ["federated credential", "/federatedIdentityCredentials/"],
    ["role assignment", "/roleAssignments/"],
  ] as const) {
    it(`goes on after the ${what} was made and never recorded, and destroys it as well`, async () => {
      await lose(pathOf);
      await assert.rejects(stack.up(), /Azure can't be reached/);
      await azure.fault(null);
      await stack.up();
      await whole();
      await destroy();
      await empty();
      await lose(pathOf);
      await assert.rejects(stack.up(), /Azure can't be reached/);
      await azure.fault(null);
      await destroy();
      await empty();
    });
  }

  for (const [method, pathOf] of [
    ["DELETE", "/vaults/my-vault"],
    ["DELETE", "/userAssignedIdentities/my-cluster-external-secrets"],
  ] as const) {
    it(`goes on with the program running after ${method} of ${pathOf} failed`, async () => {
      await stack.up();
      await azure.fault({ status: 400, method, path: pathOf, times: 1000 });
      await assert.rejects(destroy());
      await azure.fault(null);
      assert.doesNotMatch(await destroy("--run-program"), /TypeError|at .*\.ts:\d+/);
      await empty();
    });
  }

  it("goes on with the program running when the vault is gone, and not all else", async () => {
    await stack.up();
    await destroy("--target", "**-vault", "--target-dependents");
    assert.doesNotMatch(await destroy("--run-program"), /TypeError|at .*\.ts:\d+/);
    await empty();
  });

  it("restores a deleted vault with its secrets, and says so where the settings don't", async () => {
    // Who sees the resource group alone isn't told of deleted vaults.
    await azure.assign(deployer, "reader", `/subscriptions/${SUBSCRIPTION}`);
    await stack.up();
    await destroy();
    const told = /keeps the deleted key vault my-vault .*this stack's own.*\n.*`azure\.vault\.recover: true`/;
    await assert.rejects(stack.pulumi("preview"), told);
    await set({ recover: true });
    await stack.up();
    await whole();
    await set({});
    await whole();
  });

  it("leaves the vault of a stack of the same name in another backend, with what is in it", async () => {
    const namesake = stack;
    await stack.up();
    const before = (await azure.state()) as Kept;
    stack = await newStack();
    try {
      await set({});
      const told = /key vault my-vault with 2 secrets .*another stack of this one's name made/;
      await assert.rejects(stack.pulumi("preview"), told);
      await assert.rejects(stack.up(), told);
      await destroy();
    } finally {
      stack = namesake;
    }
    assert.deepEqual(((await azure.state()) as Kept).vaults, before.vaults);
    await whole();
  });

  it("takes over the vault of a lost state by the user's word, with its secrets", async () => {
    stack = await newStack();
    await set({ recover: true });
    const { resources } = (await azure.state()) as Kept;
    for (const id of Object.keys(resources))
      if (/\/userassignedidentities\/[^/]+$|\/my-vault\/providers\//.test(id)) await azure.call("DELETE", id);
    const versions = async () => ((await azure.state()) as Kept).vaults["my-vault"]?.db?.versions ?? [];
    const before = await versions();
    await stack.up();
    assert.deepEqual((await versions()).slice(0, before.length), before);
    await whole();
    await set({});
    await whole();
  });

  it("names a secret and a vault of somebody else, in the preview too, and leaves them", async () => {
    await destroy();
    await empty();
    await azure.vault();
    await assert.rejects(
      stack.pulumi("preview"),
      /there is a key vault my-vault .*didn't make\n.*create: false/,
    );
    await azure.put(`${VAULT}/secrets/db`, {
      properties: { value: "theirs" },
      tags: { "managed-by": "somebody" },
    });
    await set({ create: false });
    const told = /has a secret db already, made by somebody\n.*az keyvault secret delete/;
    await assert.rejects(stack.pulumi("preview"), told);
    await assert.rejects(stack.up(), told);
    assert.equal(((await azure.state()) as Kept).vaults["my-vault"]?.db?.versions.length, 1);
  });

  it("leaves a grant that is there already to who made it", async () => {
    await destroy();
    await azure.call("DELETE", VAULT);
    await purge();
    await azure.vault();
    const principalId = randomUUID();
    const grant = await azure.assign(principalId, "user", VAULT);
    await set({ create: false, principalId });
    await stack.up();
    assert.deepEqual(await kept(), { ...WHOLE, types: ["vaults"] });
    await destroy();
    assert.deepEqual(await kept(), { ...WHOLE, types: ["vaults"], secrets: [] });
    assert.equal((await azure.call<{ id: string }>("GET", grant)).id, grant);
  });

  it("goes on with a secret of others, whose versions stay, also when an answer is lost and when the stack goes", async () => {
    const versions = async (name: string) =>
      ((await azure.state()) as Kept).vaults["my-vault"]?.[name]?.versions.map(({ value }) => value) ?? [];
    const principalId = randomUUID();
    // Without the secret of the test before, which is deleted and could be recovered.
    await azure.call("DELETE", VAULT);
    await purge();
    await azure.vault();
    await azure.put(`${VAULT}/secrets/db`, {
      properties: { value: "theirs" },
      tags: { "managed-by": "somebody", team: "web" },
    });
    const [theirs] = await versions("db");
    await set({ create: false, principalId, adopt: ["db"] });
    await stack.pulumi("preview");
    assert.deepEqual(await versions("db"), [theirs]);
    await lose("/secrets/db");
    await assert.rejects(stack.up(), /Azure can't be reached/);
    await azure.fault(null);
    assert.equal((await versions("db"))[0], theirs);
    await stack.up();
    assert.equal((await versions("db"))[0], theirs);
    assert.match(await stack.pulumi("preview", "--expect-no-changes"), /unchanged/);
    const count = (await versions("db")).length;
    assert.ok(count >= 2);
    await stack.pulumi("refresh", "--yes", "--skip-preview");
    await destroy();
    assert.deepEqual((await kept()).secrets, ["db"]);
    assert.equal((await versions("db")).length, count);
  });
});
