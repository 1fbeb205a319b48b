import assert from "node:assert/strict";
import { assignmentName } from "../../manifests/azure/grant";
import { clearAzure } from "../../provider/azure/clear";
import { lookAtAzure } from "../../provider/azure/look";
import { testContext } from "../cloudflare/cloud";
import { ROLE, SUBSCRIPTION, TENANT, TestAzure, VAULT } from "./cloud";

describe("a grant of a vault's secrets", () => {
  const principalId = "33333333-3333-3333-3333-333333333333";
  const assignment = assignmentName(VAULT, principalId);
  const id = `${VAULT}/providers/Microsoft.Authorization/roleAssignments/${assignment}`;
  const azure = new TestAzure();
  beforeEach(async () => {
    await azure.start();
    await azure.vault();
    await azure.signIn();
  });
  afterEach(() => azure.stop());

  const place = () => ({
    ...{ subscriptionId: SUBSCRIPTION, tenantId: TENANT, resourceGroup: "rg", owner: "pulumi-handoff-prod" },
    vault: { name: "my-vault", url: `${azure.url}/keyvault/my-vault` },
  });
  const look = async () => await lookAtAzure({ ...place(), principalId }, testContext());
  const clear = async () =>
    await clearAzure(
      { ...place(), mark: "0123456789abcdef", about: { kind: "grant", name: assignment }, dryRun: false },
      testContext(),
    );
  const grant = async (description?: string): Promise<void> => {
    const roleDefinitionId = `/subscriptions/${SUBSCRIPTION}/providers/Microsoft.Authorization/roleDefinitions/${ROLE.user}`;
    const properties = { roleDefinitionId, principalId, principalType: "ServicePrincipal", description };
    await azure.put(id, { properties });
  };
  const isThere = async (): Promise<boolean> =>
    await azure.call("GET", id).then(
      () => true,
      () => false,
    );

  it("isn't there yet", async () => {
    assert.deepEqual(await look(), { granted: false, authorization: "rbac" });
    assert.deepEqual(await clear(), { cleared: false });
  });

  it("is another stack's, for the same vault and principal, and stays", async () => {
    await grant("pulumi-handoff-sites fedcba9876543210");
    assert.deepEqual(await look(), { granted: true, authorization: "rbac" });
    const { fault } = await clear();
    assert.match(
      String(fault),
      /^the vault my-vault has the role assignment \S+ already, made by pulumi-handoff-sites, which this stack's state doesn't know\n→ If no stack needs it, delete it: az role assignment delete --ids \/subscriptions/,
    );
    assert.ok(await isThere());
  });

  it("is somebody's who said nothing, and stays", async () => {
    await grant();
    assert.match(String((await clear()).fault), /already, which this stack's state doesn't know/);
    assert.ok(await isThere());
  });

  it("is what a killed run of this stack made, and makes way", async () => {
    await grant("pulumi-handoff-prod 0123456789abcdef");
    assert.deepEqual(await look(), { granted: false, authorization: "rbac" });
    assert.deepEqual(await clear(), { cleared: true });
    assert.ok(!(await isThere()));
  });
});
