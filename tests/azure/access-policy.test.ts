/** Permissions in a vault's access policies: others' stay. */
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { accessPolicyHandler } from "../../provider/azure/access-policy-handler";
import type { Props } from "../../provider/plugin/handler";
import { testContext } from "../cloudflare/cloud";
import { SUBSCRIPTION, TENANT, TestAzure, VAULT } from "./cloud";

interface Policy {
  readonly objectId: string;
  readonly permissions: { readonly secrets?: readonly string[]; readonly keys?: readonly string[] };
}

describe("access policies of a vault", () => {
  const azure = new TestAzure();
  const reader = randomUUID();
  const other = randomUUID();
  const policy = (objectId: string, secrets: readonly string[], more: object = {}) => ({
    ...{ tenantId: TENANT, objectId, permissions: { secrets, ...more } },
  });
  const theirs = policy(other, ["Get", "List"], { keys: ["get"] });
  const setUp = (...accessPolicies: object[]) =>
    azure.vault({ enableRbacAuthorization: false, accessPolicies });
  const policies = async (): Promise<Record<string, Policy["permissions"]>> => {
    const { properties } = await azure.call<{ properties: { accessPolicies: Policy[] } }>("GET", VAULT);
    return Object.fromEntries(properties.accessPolicies.map((it) => [it.objectId, it.permissions]));
  };
  let deployer: string;

  beforeEach(async () => {
    await azure.start();
    deployer = await azure.signIn(["contributor"]);
  });
  afterEach(() => azure.stop());

  const inputs = (change: Props = {}): Props => ({
    ...{ subscriptionId: SUBSCRIPTION, tenantId: TENANT, resourceGroup: "rg" },
    ...{ vault: { name: "my-vault", create: false }, principalId: reader, secrets: ["get"], ...change },
  });
  const create = (change?: Props) => accessPolicyHandler.create(testContext(), inputs(change));
  const destroy = (outputs: Props, change?: Props) =>
    accessPolicyHandler.delete(testContext(), "id", { inputs: inputs(change), outputs });
  const differs = async (outputs: Props, change?: Props) =>
    (await accessPolicyHandler.diff(testContext(), "id", { inputs: inputs(change), outputs }, inputs(change)))
      .changes;

  it("are added to, and taken away from, without a change to others'", async () => {
    await setUp(theirs);
    const { outputs } = await create();
    assert.deepEqual(outputs.granted, ["get"]);
    assert.deepEqual(await policies(), { [other]: theirs.permissions, [reader]: { secrets: ["get"] } });
    assert.equal(await differs(outputs), false);
    await destroy(outputs);
    assert.deepEqual(await policies(), { [other]: theirs.permissions });
  });

  it("keep what the principal had by others, whatever its spelling", async () => {
    await setUp(policy(reader, ["Get", "Set"]));
    const all = { secrets: ["get", "list"] };
    const { outputs } = await create(all);
    assert.deepEqual(outputs.granted, ["list"]);
    assert.deepEqual((await policies())[reader]?.secrets, ["Get", "Set", "list"]);
    await destroy(outputs, all);
    assert.deepEqual((await policies())[reader]?.secrets, ["Get", "Set"]);
  });

  it("aren't changed where all is permitted", async () => {
    await setUp(policy(reader, ["all"]));
    const before = await azure.state();
    assert.deepEqual((await create()).outputs.granted, []);
    assert.deepEqual(await azure.state(), before);
  });

  it("go with an identity of the stack's own after a killed run, too", async () => {
    await setUp(theirs);
    await create({ own: true });
    const { outputs } = await create({ own: true });
    await destroy(outputs, { own: true });
    assert.deepEqual(Object.keys(await policies()), [other]);
  });

  it("let in whoever deploys, each of them, who keep it", async () => {
    await setUp(theirs);
    const whoever = { principalId: undefined, secrets: ["get", "delete"] };
    const { outputs } = await create(whoever);
    assert.deepEqual((await policies())[deployer], { secrets: ["get", "delete"] });
    assert.equal(await differs(outputs, whoever), false);
    azure.signOut();
    const next = await azure.signIn(["contributor"]);
    assert.equal(await differs(outputs, whoever), true);
    await accessPolicyHandler.update(
      testContext(),
      "id",
      { inputs: inputs(whoever), outputs },
      inputs(whoever),
    );
    await destroy(outputs, whoever);
    assert.deepEqual(Object.keys(await policies()).sort(), [other, deployer, next].sort());
  });

  it("are seen to have lost what somebody took away, and a vault that is gone takes nothing", async () => {
    await setUp();
    const { outputs } = await create();
    const read = () => accessPolicyHandler.read(testContext(), "id", { inputs: inputs(), outputs });
    assert.ok(await read());
    await setUp();
    assert.equal(await differs(outputs), true);
    assert.equal(await read(), undefined);
    await azure.call("DELETE", VAULT);
    await destroy(outputs);
  });

  it("are told with the right that is missing", async () => {
    await setUp();
    azure.signOut();
    await azure.signIn(["reader"]);
    await assert.rejects(create(), /Microsoft\.KeyVault\/vaults\/accessPolicies\/write/);
  });
});
