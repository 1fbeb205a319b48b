/** What somebody took out of the vault is told by an `up` that has no change for it. */
import assert from "node:assert/strict";
import { azureMarkHandler } from "../../provider/azure/mark-handler";
import { testContext } from "../cloudflare/cloud";
import { SUBSCRIPTION, TENANT, TestAzure, VAULT } from "./cloud";

describe("secrets that a vault has lost", () => {
  const azure = new TestAzure();
  beforeEach(async () => {
    await azure.start();
    await azure.vault();
    await azure.signIn(["contributor", "officer"]);
  });
  afterEach(() => azure.stop());

  const inputs = (secrets: readonly string[]) => ({
    ...{ subscriptionId: SUBSCRIPTION, tenantId: TENANT, resourceGroup: "rg", secrets },
    ...{ vault: { name: "my-vault", create: false }, owner: "pulumi-handoff-prod" },
  });
  const plan = async (before: readonly string[] | undefined, now: readonly string[]) => {
    const ctx = testContext();
    const { secrets, ...place } = inputs(before ?? []);
    const olds = { inputs: before === undefined ? place : { ...place, secrets }, outputs: {} };
    const { changes } = await azureMarkHandler.diff(ctx, "a1b2", olds, inputs(now));
    return { changes, told: ctx.told };
  };

  it("are named, without a change to what is there", async () => {
    await azure.put(`${VAULT}/secrets/Kept`, { properties: { value: "1" } });
    const { changes, told } = await plan(["kept", "db", "key"], ["kept", "db", "new"]);
    assert.equal(changes, false);
    assert.deepEqual(told, [
      "warn: the key vault my-vault doesn't have db any more, which the last run left in it: somebody deleted it, or made the vault anew\n→ `pulumi up --refresh` puts it there again.",
    ]);
  });

  it("are told apart from those that somebody disabled, and one whose time is over isn't lost", async () => {
    const set = (name: string, attributes: object) =>
      azure.put(`${VAULT}/secrets/${name}`, { properties: { value: "1", attributes } });
    await set("db", { enabled: false });
    await set("key", { enabled: true, exp: 1 });
    await set("theirs", { enabled: false });
    const { changes, told } = await plan(["db", "key"], ["db", "key"]);
    assert.equal(changes, false);
    assert.deepEqual(told, [
      "warn: somebody disabled db in the key vault my-vault: nobody can read it there, and Secrets in the cluster stay as they are\n→ az keyvault secret set-attributes --vault-name my-vault --name db --enabled true",
    ]);
  });

  it("are none of a state that doesn't know their names, nor of who may not see them", async () => {
    assert.deepEqual(await plan(undefined, ["db"]), { changes: false, told: [] });
    await azure.signIn([]);
    assert.deepEqual(await plan(["db"], ["db"]), { changes: false, told: [] });
  });
});
