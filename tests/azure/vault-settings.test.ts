/** Settings of a vault that is created: what can't be done is told before, and what others set stays. */
import assert from "node:assert/strict";
import type { VaultOptions } from "../../manifests/azure/vault-properties";
import { lookAtAzure } from "../../provider/azure/look";
import { azureMarkHandler } from "../../provider/azure/mark-handler";
import { azureFaults, type AzureChecks } from "../../provider/azure/preflight";
import type { MadeVault } from "../../provider/azure/vault-faults";
import type { Props } from "../../provider/plugin/handler";
import { testContext } from "../cloudflare/cloud";
import { GROUP, SUBSCRIPTION, TENANT, TestAzure, VAULT } from "./cloud";

const OWNER = "pulumi-handoff-prod";
const MARK = "0123456789abcdef";
const OURS = { "managed-by": OWNER, "handoff-mark": MARK };
const WORKSPACE = `${GROUP}/providers/Microsoft.OperationalInsights/workspaces/logs`;

describe("settings of a vault that is created", () => {
  const azure = new TestAzure();
  beforeEach(async () => {
    await azure.start();
    await azure.signIn(["contributor", "officer", "administrator"]);
  });
  afterEach(() => azure.stop());

  const place = { subscriptionId: SUBSCRIPTION, tenantId: TENANT, resourceGroup: "rg" };
  const checks = (options: VaultOptions, change: Partial<MadeVault> = {}): AzureChecks => ({
    ...place,
    vault: { name: "my-vault", create: true, url: `${azure.url}/keyvault/my-vault` },
    reader: "create",
    made: { owner: OWNER, location: "westeurope", options, ...change },
  });
  const asked = async (options: VaultOptions, change?: Partial<MadeVault>) => {
    const ctx = testContext();
    const faults = await azureFaults(checks(options, change), ctx);
    return { faults, told: ctx.told };
  };
  const one = async (expected: RegExp, options: VaultOptions, change?: Partial<MadeVault>) => {
    const { faults } = await asked(options, change);
    assert.equal(faults.length, 1, faults.join("\n"));
    assert.match(faults[0]!, expected);
  };
  const diagnostic = (name: string, logs: object[], workspaceId = WORKSPACE) =>
    azure.put(`${VAULT}/providers/Microsoft.Insights/diagnosticSettings/${name}`, {
      properties: { workspaceId, logs },
    });

  it("are refused where Azure sets them once, before anything is changed", async () => {
    await azure.vault({ softDeleteRetentionInDays: 7, enablePurgeProtection: true }, OURS);
    await azure.put(`${VAULT}/secrets/db`, { properties: { value: "1" } });
    const before = await azure.state();
    await one(
      /^the key vault my-vault keeps what was deleted for 7 days, and `azure\.vault\.retentionDays` is 30: .*\n→ Set `azure\.vault\.retentionDays: 7`, or leave it out\.$/,
      { retentionDays: 30 },
    );
    await one(
      /^the key vault my-vault is protected against purging, and `azure\.vault\.purgeProtection` is false: .*\n→ Set `azure\.vault\.purgeProtection: true`, or leave it out\.$/,
      { purgeProtection: false },
    );
    await one(
      /^the key vault my-vault is in westeurope, and `azure\.location` is northeurope: a vault can't be moved, and would be deleted with all its secrets.*\n→ Set `azure\.location: westeurope`/,
      {},
      { location: "northeurope" },
    );
    for (const fits of [{}, { retentionDays: 7 }, { purgeProtection: true }, { sku: "premium" as const }])
      assert.deepEqual(await asked(fits), { faults: [], told: [] });
    assert.deepEqual(await azure.state(), before);
  });

  it("are no matter of a vault that others made, which is told otherwise", async () => {
    await azure.vault({ softDeleteRetentionInDays: 7 });
    assert.deepEqual((await asked({ retentionDays: 30 })).faults, []);
  });

  it("take the permissions that they need", async () => {
    azure.signOut();
    const oid = await azure.signIn(["reader"]);
    const { faults } = await asked(
      { authorization: "accessPolicies" },
      { diagnostics: { workspaceId: WORKSPACE } },
    );
    assert.deepEqual(
      faults.map((fault) => /\((Microsoft\S+)\)\n.* --role "(.+?)" --scope (\S+)/.exec(fault)?.slice(1)),
      [
        ["Microsoft.KeyVault/vaults/write", "Contributor", GROUP],
        ["Microsoft.ManagedIdentity/userAssignedIdentities/write", "Contributor", GROUP],
        [
          "Microsoft.ManagedIdentity/userAssignedIdentities/federatedIdentityCredentials/write",
          "Contributor",
          GROUP,
        ],
        ["Microsoft.KeyVault/vaults/secrets/write", "Contributor", GROUP],
        ["Microsoft.KeyVault/vaults/accessPolicies/write", "Contributor", GROUP],
        ["Microsoft.Insights/diagnosticSettings/write", "Contributor", GROUP],
        [
          "Microsoft.OperationalInsights/workspaces/sharedKeys/action",
          "Log Analytics Contributor",
          WORKSPACE,
        ],
      ],
    );
    assert.ok(faults.every((fault) => fault.includes(oid)));
  });

  it("need no role for secrets where policies let in whoever deploys", async () => {
    azure.signOut();
    const oid = await azure.signIn(["contributor"]);
    const byPolicies = { authorization: "accessPolicies" } as const;
    assert.deepEqual((await asked(byPolicies)).faults, []);
    // As a run leaves it that was killed before it let itself in.
    await azure.vault({ enableRbacAuthorization: false }, OURS);
    assert.deepEqual((await asked(byPolicies)).faults, []);
    // From one way to the other takes more.
    await azure.vault({ enableRbacAuthorization: true }, OURS);
    await one(
      /may not change `azure\.vault\.authorization` \(Microsoft\.Authorization\/roleAssignments\/write\)/,
      byPolicies,
    );
    await azure.assign(oid, "administrator", VAULT);
    assert.deepEqual((await asked(byPolicies)).faults, []);
  });

  it("say whom a firewall will shut out, once", async () => {
    const network = { ipRules: ["203.0.113.7"] };
    const words =
      /^warn: the firewall of the key vault my-vault will let in only 203\.0\.113\.7\/32, and private endpoints\n→ External Secrets reads by the address that the cluster goes out with, .*`azure\.vault\.network`/;
    assert.match((await asked({ network })).told.join("\n"), words);
    await azure.vault({}, OURS);
    assert.match((await asked({ network })).told.join("\n"), words);
    assert.match(
      (await asked({ network: {} })).told.join("\n"),
      /will let in nobody by a public address or a subnet/,
    );
    const ipRules = [{ value: "127.0.0.1" }, { value: "203.0.113.7" }];
    await azure.vault({ networkAcls: { defaultAction: "Deny", ipRules } }, OURS);
    assert.deepEqual(await asked({ network: { ipRules: ["203.0.113.7", "127.0.0.1"] } }), {
      ...{ faults: [], told: [] },
    });
  });

  it("let in who was shut out, which is no reason to stop", async () => {
    await azure.vault({ networkAcls: { defaultAction: "Deny" } }, OURS);
    await one(/ForbiddenByFirewall\)\n→ .*`azure\.vault\.network\.ipRules`/, {
      network: { ipRules: ["203.0.113.7"] },
    });
    assert.deepEqual((await asked({ network: { ipRules: ["127.0.0.0/8"] } })).faults, []);
  });

  it("name a workspace that isn't there", async () => {
    await azure.fault({ status: 404, path: "/workspaces/logs/", times: 1 });
    await one(
      /^there is no Log Analytics workspace \S+\/logs, or it can't be seen\n→ Correct `azure\.vault\.diagnostics\.workspaceId`/,
      {},
      { diagnostics: { workspaceId: WORKSPACE } },
    );
  });

  it("name a diagnostic setting of somebody else that sends the same to the same place", async () => {
    await azure.vault({}, OURS);
    await diagnostic("by-policy", [{ categoryGroup: "allLogs", enabled: true }]);
    await one(
      /^the diagnostic setting by-policy of the key vault my-vault sends its audit log to \S+\/workspaces\/Logs already, .*\n→ Leave `azure\.vault\.diagnostics` out\. .*az monitor diagnostic-settings delete --name by-policy --resource \/subscriptions\/\S+\/vaults\/my-vault$/,
      {},
      { diagnostics: { workspaceId: WORKSPACE.replace("/logs", "/Logs") } },
    );
    await diagnostic("by-policy", [{ category: "AuditEvent", enabled: false }]);
    await diagnostic(OWNER, [{ category: "AuditEvent", enabled: true }]);
    const { faults } = await asked({}, { diagnostics: { workspaceId: WORKSPACE } });
    assert.deepEqual(faults, []);
  });

  describe("beside what others set", () => {
    const look = async () =>
      (
        await lookAtAzure(
          { ...place, vault: { name: "my-vault", create: true }, owner: OWNER },
          testContext(),
        )
      ).vault;
    const inputs = (named: object, live?: unknown): Props => ({
      ...{ ...place, vault: { name: "my-vault", create: true }, owner: OWNER, secrets: [], live },
      named: { tags: [], ipRules: [], subnets: [], network: false, ...named },
    });
    const check = async (named: object, olds?: Props, live?: unknown) =>
      (await azureMarkHandler.check!(testContext(), inputs(named, live), olds)).inputs;
    const changes = async (olds: Props, news: Props) =>
      (await azureMarkHandler.diff(testContext(), MARK, { inputs: olds, outputs: { mark: MARK } }, news))
        .changes;

    it("keep tags, addresses, subnets and switches that the program never named", async () => {
      const networkAcls = {
        ...{ defaultAction: "Deny", ipRules: [{ value: "203.0.113.7" }, { value: "198.51.100.0/24" }] },
        virtualNetworkRules: [{ id: "/x/subnets/Ours" }, { id: "/x/subnets/theirs" }],
      };
      await azure.vault(
        { networkAcls, publicNetworkAccess: "Disabled", enabledForDeployment: true },
        { ...OURS, costCenter: "12", Team: "web" },
      );
      const named = {
        ...{ tags: ["team"], ipRules: ["203.0.113.7/32"] },
        ...{ subnets: ["/x/subnets/ours"], network: true },
      };
      const { kept } = await check(named, undefined, await look());
      assert.deepEqual(kept, {
        tags: { costCenter: "12" },
        network: { defaultAction: "Allow", ipRules: ["198.51.100.0/24"], subnets: ["/x/subnets/theirs"] },
        others: { enabledForDeployment: true, publicNetworkAccess: "Disabled" },
      });
    });

    it("keep a firewall that others shut, whole", async () => {
      await azure.vault({ networkAcls: { defaultAction: "Deny", bypass: "None" } }, OURS);
      const { kept } = await check({}, undefined, await look());
      assert.deepEqual(kept, {
        network: { defaultAction: "Deny", bypass: "None", ipRules: [], subnets: [] },
      });
      await azure.vault({ networkAcls: { defaultAction: "Allow" } }, OURS);
      assert.deepEqual((await check({}, undefined, await look())).kept, {});
    });

    it("take away what was named before, and what a killed run has left of it", async () => {
      await azure.vault({}, { ...OURS, team: "web" });
      const live = await look();
      const first = await check({ tags: ["team"] });
      const second = await check({}, first, live);
      assert.deepEqual(second.kept, {});
      // The vault wasn't reached.
      assert.deepEqual((await check({}, second, live)).kept, {});
    });

    it("are told to the vault's resource from the first run of this version on", async () => {
      await azure.vault({}, OURS);
      const { named: _, kept: __, ...former } = await check({});
      assert.equal(await changes(former, await check({}, former, await look())), true);
      const inputs = await check({});
      const { outputs } = await azureMarkHandler.create(testContext(), inputs);
      assert.deepEqual([outputs.named, outputs.kept], [inputs.named, {}]);
    });

    it("are refused when the vault would go for another one", async () => {
      await azure.vault({}, OURS);
      const before = await check({});
      const moved = [
        { vault: { name: "other", create: true } },
        { resourceGroup: "other" },
        { vault: { name: "my-vault", create: false } },
      ];
      for (const change of moved) {
        await assert.rejects(
          changes(before, { ...before, ...change }),
          /^UserError: the key vault \S+\/my-vault is this stack's, and .+: it would be deleted, with all its secrets\n→ Set the settings back\. .*az keyvault delete --name my-vault\.$/,
        );
      }
      await azure.call("DELETE", VAULT);
      assert.equal(await changes(before, { ...before, ...moved[0] }), true);
    });
  });
});
