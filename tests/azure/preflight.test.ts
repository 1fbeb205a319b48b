import assert from "node:assert/strict";
import { azureFaults, type AzureChecks } from "../../provider/azure/preflight";
import { preflightHandler } from "../../provider/preflight-handler";
import { testContext } from "../cloudflare/cloud";
import { GROUP, SUBSCRIPTION, TENANT, TestAzure, VAULT } from "./cloud";

describe("the preflight of Azure", () => {
  const azure = new TestAzure();
  beforeEach(() => azure.start());
  afterEach(() => azure.stop());

  const checks = (change: Partial<AzureChecks> = {}): AzureChecks => ({
    subscriptionId: SUBSCRIPTION,
    tenantId: TENANT,
    resourceGroup: "rg",
    vault: { name: "my-vault", url: `${azure.url}/keyvault/my-vault` },
    reader: "create",
    ...change,
  });
  const faults = async (change?: Partial<AzureChecks>): Promise<readonly string[]> =>
    await azureFaults(checks(change), testContext());
  const toBeMade = { vault: { name: "my-vault", create: true } };
  /** The operations and the roles that faults name, after each was found to be complete. */
  const named = (found: readonly string[], oid: string): (readonly [string, string, string])[] =>
    found.map((fault) => {
      const told = new RegExp(
        `^whoever signs in to Azure \\(object ${oid}\\) may not .+ \\((\\S+)\\)\\n` +
          `→ az role assignment create --role "(.+)" --scope (\\S+) --assignee-object-id ${oid}; a new role takes minutes`,
      ).exec(fault);
      assert.ok(told !== null, fault);
      return [told[1]!, told[2]!, told[3]!];
    });
  const SECRETS = "Microsoft.KeyVault/vaults/secrets";
  const IDENTITIES = "Microsoft.ManagedIdentity/userAssignedIdentities";

  it("finds nothing wrong with the documented roles, for a vault that is there and for one to be made", async () => {
    await azure.signIn(["contributor", "officer", "administrator"]);
    assert.deepEqual(await faults(toBeMade), []);
    await azure.vault();
    await azure.put(`${VAULT}/secrets/a`, { properties: { value: "1" } });
    const before = await azure.state();
    assert.deepEqual(await faults(), []);
    assert.deepEqual(await azure.state(), before);
  });

  it("names each permission that is missing, and the role to give", async () => {
    await azure.vault();
    const oid = await azure.signIn(["reader"]);
    assert.deepEqual(named(await faults(), oid), [
      [`${IDENTITIES}/write`, "Contributor", GROUP],
      [`${IDENTITIES}/federatedIdentityCredentials/write`, "Contributor", GROUP],
      [`${SECRETS}/write`, "Contributor", VAULT],
      ["Microsoft.Authorization/roleAssignments/write", "Role Based Access Control Administrator", VAULT],
      [`${SECRETS}/delete`, "Key Vault Secrets Officer", VAULT],
      [`${SECRETS}/recover/action`, "Key Vault Secrets Officer", VAULT],
    ]);
    azure.signOut();
    const contributor = await azure.signIn(["contributor"]);
    assert.deepEqual(named(await faults(), contributor), [
      ["Microsoft.Authorization/roleAssignments/write", "Role Based Access Control Administrator", VAULT],
      [`${SECRETS}/delete`, "Key Vault Secrets Officer", VAULT],
      [`${SECRETS}/recover/action`, "Key Vault Secrets Officer", VAULT],
    ]);
    await azure.assign(contributor, "officer", VAULT);
    assert.deepEqual(await faults({ reader: undefined }), []);
  });

  it("is a part of the whole preflight", async () => {
    await azure.vault();
    const oid = await azure.signIn(["contributor"]);
    const found = await preflightHandler({ stack: "a/b", repositories: [], azure: checks() }, testContext());
    assert.equal(named(found.faults as string[], oid)[0]?.[1], "Role Based Access Control Administrator");
  });

  it("asks the resource group for what a vault to be made will grant", async () => {
    const oid = await azure.signIn(["reader"]);
    assert.deepEqual(named(await faults({ ...toBeMade, reader: undefined }), oid), [
      ["Microsoft.KeyVault/vaults/write", "Contributor", GROUP],
      [`${SECRETS}/write`, "Contributor", GROUP],
      [`${SECRETS}/delete`, "Key Vault Secrets Officer", GROUP],
      [`${SECRETS}/recover/action`, "Key Vault Secrets Officer", GROUP],
    ]);
  });

  it("asks a vault with access policies for these", async () => {
    const oid = await azure.signIn(["contributor"]);
    const policy = (...secrets: string[]) => ({ tenantId: TENANT, objectId: oid, permissions: { secrets } });
    const policies = (...accessPolicies: object[]) =>
      azure.vault({ enableRbacAuthorization: false, accessPolicies });
    await policies(policy("get", "Delete", "recover"));
    assert.deepEqual(await faults({ reader: undefined }), []);
    await policies(policy("get", "delete"));
    const [fault = "", ...more] = await faults({ reader: undefined });
    assert.deepEqual(more, []);
    assert.match(
      fault,
      new RegExp(
        `may not recover deleted secrets of the vault my-vault\\n→ az keyvault set-policy --name my-vault --object-id ${oid} --secret-permissions recover$`,
      ),
    );
  });

  it("names a sign-in that fails, a subscription of another tenant, and what isn't there", async () => {
    const one = async (expected: RegExp, change: Partial<AzureChecks> = {}): Promise<void> => {
      const [fault = "", ...more] = await faults(change);
      assert.deepEqual(more, []);
      assert.match(fault, expected);
    };
    await azure.signIn(["owner"], `/subscriptions/${SUBSCRIPTION}`);
    const other = "33333333-3333-3333-3333-333333333333";
    await one(/subscription 1{8}.* is of tenant 2{8}.*, not 3{8}.*\n→ Correct `azure\.subscriptionId`/, {
      tenantId: other,
    });
    await one(/The subscription '3{8}.*SubscriptionNotFound\)\n→ Correct `azure\.subscriptionId`/, {
      subscriptionId: other,
    });
    await one(/^there is no resource group nowhere .*\n→ .*az group create --name nowhere/, {
      resourceGroup: "nowhere",
    });
    const absent =
      /^there is no key vault my-vault in resource group rg\n→ .*`azure\.vault\.create: true`\. If it was deleted, .*az keyvault recover --name my-vault/;
    await one(absent);
    await azure.vault();
    await azure.call("DELETE", VAULT);
    await one(
      /^there is no key vault my-vault in resource group rg: it was deleted on \d{4}-\S+, and Azure keeps it with its secrets until .+\n→ az keyvault recover --name my-vault --location \w+, then `pulumi up --refresh`/,
    );
    // Whose roles are at the resource group alone isn't told.
    azure.signOut();
    await azure.signIn();
    await one(absent);
    azure.signOut();
    await azure.signIn();
    // Answered so once and again.
    await azure.fault({ status: 400, times: 9, path: "/msi/token" });
    await one(/^signing in to Azure by the managed identity failed: .+\n→ Check the ARM_\* variables\.$/);
  });

  it("tells an identity without any role where it needs one", async () => {
    const oid = await azure.signIn([]);
    const [fault = "", ...more] = await faults();
    assert.deepEqual(more, []);
    assert.match(
      fault,
      new RegExp(
        `'${oid}' does not have authorization .*\\(AuthorizationFailed\\)\\n→ az role assignment create --role Contributor`,
      ),
    );
  });

  it("tells a vault's firewall from a missing role", async () => {
    await azure.vault({ networkAcls: { defaultAction: "Deny" } });
    await azure.signIn();
    const [fault = "", ...more] = await faults();
    assert.deepEqual(more, []);
    assert.match(
      fault,
      /ForbiddenByFirewall\)\n→ Let this machine's address, .* through the vault's firewall/,
    );
  });
});
