/** A vault that is created, by its settings. */
import assert from "node:assert/strict";
import type { KeyVaultSecretsArgs } from "../../components/azure/key-vault";
import { byName, run, tree } from "../mocks";
import { answers, args, keyVault, subscriptionId, tags, tenantId, workloadIdentity } from "./component";

describe("KeyVaultSecrets with a vault that is created", () => {
  it("makes a vault of its settings, and beside it what others set, and sends its audit log", async () => {
    const workspaceId =
      "/subscriptions/s/resourceGroups/r/providers/Microsoft.OperationalInsights/workspaces/w";
    const vault: KeyVaultSecretsArgs["vault"] = {
      ...{ name: "my-vault", create: true, sku: "premium", tags: { team: "web" } },
      ...{
        network: { ipRules: ["203.0.113.7"], subnets: ["/s"], bypass: "None" },
        diagnostics: { workspaceId },
      },
    };
    const { resources } = await run(answers, () => keyVault({ ...args, secrets: {}, vault }));
    const { properties, tags: own } = byName(resources, "kv-vault").inputs as {
      properties: Record<string, unknown>;
      tags: object;
    };
    assert.deepEqual(own, { team: "web", ...tags });
    assert.deepEqual(properties.sku, { family: "A", name: "premium" });
    assert.deepEqual(properties.networkAcls, {
      ...{ defaultAction: "Deny", bypass: "None", ipRules: [{ value: "203.0.113.7/32" }] },
      virtualNetworkRules: [{ id: "/s" }],
    });
    assert.deepEqual(byName(resources, "kv-diagnostics").inputs, {
      resourceUri: "kv-vault-id",
      name: "pulumi-handoff-test",
      workspaceId,
      logs: [{ category: "AuditEvent", enabled: true }],
    });

    const network = { defaultAction: "Allow", ipRules: ["198.51.100.0/24"], subnets: [] };
    const kept = { tags: { costCenter: "12" }, network, others: { publicNetworkAccess: "Disabled" } };
    const told = {
      ...answers.outputs,
      "handoff:azure:Mark": () => ({ mark: "a1b2", kept, named: { network: true } }),
    };
    const live = {
      ...{ tags: {}, retentionDays: 7, purgeProtection: true, others: {} },
      authorization: "rbac" as const,
    };
    const again = async (more: object) => {
      const found = { vault: live };
      const { resources: all } = await run({ outputs: told }, () =>
        keyVault({ ...args, secrets: {}, vault: { ...vault, ...more }, found }),
      );
      return byName(all, "kv-vault").inputs as { properties: Record<string, unknown>; tags: object };
    };
    const second = await again({});
    assert.deepEqual(second.tags, { costCenter: "12", team: "web", ...tags });
    assert.equal(second.properties.softDeleteRetentionInDays, 7);
    assert.equal(second.properties.enablePurgeProtection, true);
    assert.equal(second.properties.publicNetworkAccess, "Disabled");
    const ipRules = [{ value: "203.0.113.7/32" }, { value: "198.51.100.0/24" }];
    assert.deepEqual((second.properties.networkAcls as { ipRules: object }).ipRules, ipRules);
    const open = (await again({ network: undefined })).properties.networkAcls;
    assert.equal((open as { defaultAction: string }).defaultAction, "Allow");
  });

  it("lets in who reads and who deploys by access policies, where the vault goes by them", async () => {
    const vault = { name: "my-vault", create: true, authorization: "accessPolicies" } as const;
    const { resources } = await run(answers, () => keyVault({ ...args, vault, reader: workloadIdentity }));
    assert.deepEqual(
      tree(resources).filter((line) => /AccessPolicy|RoleAssignment/.test(line)),
      [
        "handoff:azure:AccessPolicy kv-deployer (kv)",
        "handoff:azure:AccessPolicy kv-reader-reads (kv-reader)",
      ],
    );
    const { properties } = byName(resources, "kv-vault").inputs as { properties: Record<string, unknown> };
    assert.equal(properties.enableRbacAuthorization, false);
    // Others' would go with each update that has any.
    assert.equal(properties.accessPolicies, undefined);
    const place = {
      subscriptionId,
      tenantId,
      resourceGroup: "rg",
      vault: { name: "my-vault", create: true },
    };
    assert.deepEqual(byName(resources, "kv-reader-reads").inputs, {
      ...{ ...place, principalId: "principal", secrets: ["get"], own: true },
    });
    assert.deepEqual(byName(resources, "kv-deployer").inputs, {
      ...{ ...place, secrets: ["get", "list", "set", "delete", "recover"] },
    });
    assert.ok(byName(resources, "kv-calcom-database-url").options.dependencies.includes("kv-deployer"));

    const found = { authorization: "accessPolicies" } as const;
    const { resources: theirs } = await run(answers, () =>
      keyVault({ ...args, secrets: {}, reader: { principalId: "existing" }, found }),
    );
    assert.deepEqual(
      tree(theirs).filter((line) => /AccessPolicy|RoleAssignment/.test(line)),
      ["handoff:azure:AccessPolicy kv-reads (kv)"],
    );
  });
});
