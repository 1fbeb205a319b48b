import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { KeyVaultSecrets, KeyVaultSecretsArgs } from "../../components/azure/key-vault";
import { vaultValue } from "../../components/azure/vault-value";
import { LookProvider } from "../../components/before-create";
import { uuidV5 } from "../../manifests/azure/uuid";
import { byName, run, tree, valueOf } from "../mocks";

const subscriptionId = "11111111-1111-1111-1111-111111111111";
const tenantId = "22222222-2222-2222-2222-222222222222";
const existingId = `/subscriptions/${subscriptionId}/resourceGroups/rg/providers/Microsoft.KeyVault/vaults/my-vault`;

const args: Omit<KeyVaultSecretsArgs, "looks"> = {
  subscriptionId,
  tenantId,
  resourceGroupName: "rg",
  location: "westeurope",
  vault: { name: "my-vault" },
  secrets: {
    "calcom-postgres-password": "canary-password",
    "calcom-database-url": pulumi.secret("canary-url"),
  },
};

const keyVault = (own: Omit<KeyVaultSecretsArgs, "looks">): KeyVaultSecrets =>
  new KeyVaultSecrets("kv", { ...own, looks: new LookProvider("looks") });

const workloadIdentity = {
  oidcIssuer: "https://oidc.example.com/my-cluster",
  identityName: "my-cluster-external-secrets",
  serviceAccount: { name: "azure-keyvault", namespace: "external-secrets" },
};

/** What all that the stack makes bears. */
const tags = { "managed-by": "pulumi-handoff-test", "handoff-mark": "a1b2" };

const answers = {
  outputs: {
    "handoff:azure:Mark": () => ({ mark: "a1b2" }),
    "azure-native:keyvault:Vault": ({ vaultName, properties }: Record<string, unknown>) => ({
      name: vaultName,
      properties: { ...(properties as object), vaultUri: `https://${String(vaultName)}.vault.azure.net/` },
    }),
    "azure-native:managedidentity:UserAssignedIdentity": ({ resourceName }: Record<string, unknown>) => ({
      name: resourceName,
      clientId: "client",
      principalId: "principal",
    }),
  },
};

describe("KeyVaultSecrets", () => {
  it("puts secrets into an existing vault", async () => {
    const { result, resources } = await run(answers, () => keyVault(args));
    assert.deepEqual(tree(resources), [
      "azure-native:keyvault:Secret kv-calcom-database-url (kv)",
      "azure-native:keyvault:Secret kv-calcom-postgres-password (kv)",
      "handoff:azure:KeyVaultSecrets kv",
      "handoff:azure:Mark kv-mark (kv)",
      "pulumi:providers:handoff looks",
    ]);
    assert.deepEqual(byName(resources, "kv-calcom-postgres-password").inputs, {
      resourceGroupName: "rg",
      vaultName: "my-vault",
      secretName: "calcom-postgres-password",
      properties: { value: { secret: "canary-password" }, contentType: "text/plain" },
      tags,
    });
    assert.equal(await valueOf(result.vaultUrl), "https://my-vault.vault.azure.net");
    assert.equal(result.clientId, undefined);
    assert.deepEqual(byName(resources, "kv").outputs, {
      vaultUrl: "https://my-vault.vault.azure.net",
      secretNames: ["calcom-database-url", "calcom-postgres-password"],
    });
  });

  it("creates a vault with RBAC, without the purge protection that can't be undone", async () => {
    const vault = { name: "my-vault", create: true };
    const { result, resources } = await run(answers, () => keyVault({ ...args, vault }));
    const properties = {
      tenantId,
      sku: { family: "A", name: "standard" },
      enableRbacAuthorization: true,
      enableSoftDelete: true,
      softDeleteRetentionInDays: 90,
      // The SDK's own defaults.
      enabledForDeployment: false,
      enabledForDiskEncryption: false,
      enabledForTemplateDeployment: false,
      publicNetworkAccess: "enabled",
    };
    assert.deepEqual(byName(resources, "kv-vault").inputs, {
      resourceGroupName: "rg",
      location: "westeurope",
      vaultName: "my-vault",
      properties,
      tags,
    });
    assert.equal(await valueOf(result.vaultUrl), "https://my-vault.vault.azure.net");
    const dependencies = ["kv-mark", "kv-vault"];
    assert.deepEqual(byName(resources, "kv-calcom-database-url").options.dependencies, dependencies);

    assert.equal(byName(resources, "kv-calcom-database-url").options.deletedWith, "kv-vault");

    const strict = { ...vault, recover: true, purgeProtection: true, retentionDays: 7 };
    const { resources: others } = await run(answers, () => keyVault({ ...args, vault: strict }));
    assert.deepEqual(byName(others, "kv-vault").inputs.properties, {
      ...properties,
      softDeleteRetentionInDays: 7,
      enablePurgeProtection: true,
      createMode: "recover",
    });
  });

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

  it("makes an identity that External Secrets' ServiceAccount takes on", async () => {
    const { result, resources } = await run(answers, () =>
      keyVault({ ...args, secrets: {}, reader: workloadIdentity }),
    );
    assert.deepEqual(tree(resources), [
      "azure-native:authorization:RoleAssignment kv-reader-secrets-user (kv-reader)",
      "azure-native:managedidentity:FederatedIdentityCredential kv-reader-federation (kv-reader)",
      "azure-native:managedidentity:UserAssignedIdentity kv-reader-identity (kv-reader)",
      "handoff:azure:KeyVaultReader kv-reader (kv)",
      "handoff:azure:KeyVaultSecrets kv",
      "handoff:azure:Mark kv-mark (kv)",
      "pulumi:providers:handoff looks",
    ]);
    assert.deepEqual(byName(resources, "kv-reader-federation").inputs, {
      resourceGroupName: "rg",
      resourceName: "my-cluster-external-secrets",
      federatedIdentityCredentialResourceName: "external-secrets-azure-keyvault",
      issuer: "https://oidc.example.com/my-cluster",
      subject: "system:serviceaccount:external-secrets:azure-keyvault",
      audiences: ["api://AzureADTokenExchange"],
    });
    assert.deepEqual(byName(resources, "kv-reader-secrets-user").inputs, roleAssignment("principal"));
    assert.equal(await valueOf(result.clientId!), "client");
    assert.deepEqual(byName(resources, "kv-reader").outputs, {
      clientId: "client",
      principalId: "principal",
    });
  });

  it("grants an existing identity access, under the same name at every run", async () => {
    const reader = { principalId: "existing" };
    const first = await run(answers, () => keyVault({ ...args, secrets: {}, reader }));
    const second = await run(answers, () => keyVault({ ...args, secrets: {}, reader }));
    assert.deepEqual(byName(first.resources, "kv-secrets-user").inputs, roleAssignment("existing"));
    assert.deepEqual(byName(second.resources, "kv-secrets-user").inputs, roleAssignment("existing"));
  });

  function roleAssignment(principalId: string) {
    const role = "4633458b-17de-408a-b874-0445c86b69e6";
    return {
      scope: existingId,
      principalId,
      description: "pulumi-handoff-test a1b2",
      principalType: "ServicePrincipal",
      roleDefinitionId: `/subscriptions/${subscriptionId}/providers/Microsoft.Authorization/roleDefinitions/${role}`,
      roleAssignmentName: uuidV5(`${existingId.toLowerCase()}|${principalId}|${role}`),
    };
  }

  it("goes on with an identity and a secret of others, which stay when the stack goes", async () => {
    const identity = { clientId: "their-client", principalId: "theirs", federated: false };
    const adopt = ["calcom-database-url"];
    const { result, resources } = await run(answers, () =>
      keyVault({ ...args, reader: workloadIdentity, adopt, found: { identity } }),
    );
    assert.deepEqual(
      tree(resources).filter((line) => line.includes("kv-reader")),
      [
        "azure-native:authorization:RoleAssignment kv-reader-secrets-user (kv-reader)",
        "azure-native:managedidentity:FederatedIdentityCredential kv-reader-federation (kv-reader)",
        "handoff:azure:KeyVaultReader kv-reader (kv)",
      ],
    );
    const federation = byName(resources, "kv-reader-federation").inputs;
    assert.equal(federation.resourceName, "my-cluster-external-secrets");
    // Other clusters' are beside it.
    assert.equal(
      federation.federatedIdentityCredentialResourceName,
      "external-secrets-azure-keyvault-a9a01cb2",
    );
    assert.deepEqual(byName(resources, "kv-reader-secrets-user").inputs, roleAssignment("theirs"));
    assert.equal(await valueOf(result.clientId!), "their-client");
    const { inputs } = byName(resources, "kv-calcom-database-url");
    assert.deepEqual(inputs.tags, { "managed-by": "pulumi-handoff-test" });
    assert.deepEqual(byName(resources, "kv-calcom-postgres-password").inputs.tags, tags);

    const found = { identity: { ...identity, federated: true }, granted: true };
    const all = await run(answers, () => keyVault({ ...args, secrets: {}, reader: workloadIdentity, found }));
    assert.deepEqual(tree(all.resources), [
      "handoff:azure:KeyVaultReader kv-reader (kv)",
      "handoff:azure:KeyVaultSecrets kv",
      "handoff:azure:Mark kv-mark (kv)",
      "pulumi:providers:handoff looks",
    ]);
  });

  it("makes no grant where somebody else has made it, and takes over a vault of the stack's own", async () => {
    const reader = { principalId: "existing" };
    const found = { granted: true, vaultId: existingId };
    const vault = { name: "my-vault", create: true };
    const { resources } = await run(answers, () => keyVault({ ...args, vault, secrets: {}, reader, found }));
    assert.deepEqual(tree(resources), [
      "azure-native:keyvault:Vault kv-vault (kv)",
      "handoff:azure:KeyVaultSecrets kv",
      "handoff:azure:Mark kv-mark (kv)",
      "pulumi:providers:handoff looks",
    ]);
  });

  it("uses the given address of the data plane", async () => {
    const vault = { name: "my-vault", url: "http://127.0.0.1:8080/keyvault/my-vault" };
    const { result } = await run(answers, () => keyVault({ ...args, vault }));
    assert.equal(await valueOf(result.vaultUrl), vault.url);
  });

  it("refuses what no vault takes, by its name and without its text", () => {
    const largest = "ä".repeat(12800);
    assert.equal(vaultValue("calcom-bundle", largest), largest);
    assert.throws(
      () => vaultValue("calcom-bundle", `${largest}b`),
      /the secret calcom-bundle has 25601 bytes, and Key Vault takes 25600 at most\n→ Split it/,
    );
  });

  it("names all bad names at once", async () => {
    const bad = {
      ...args,
      vault: { name: "my_vault", retentionDays: 3 },
      secrets: { "calcom.db_password": "x" },
    };
    await assert.rejects(
      run(answers, () => keyVault(bad)),
      (error) => {
        assert.ok(pulumi.ResourceError.isInstance(error));
        assert.deepEqual(error.message.split("\n"), [
          'vault name "my_vault": 3 to 24 letters, digits and single hyphens are allowed, from a letter to a letter or digit',
          "retentionDays is 3: 7 to 90 are allowed",
          'secret name "calcom.db_password": 1 to 127 letters, digits and - are allowed; for example calcom-db-password',
        ]);
        return true;
      },
    );
  });
});

describe("uuidV5", () => {
  it("is RFC 9562's: the UUID of www.example.com's URL", () => {
    assert.equal(uuidV5("http://www.example.com/"), "fcde3c85-2270-590f-9e7c-ee003d65e0e2");
  });
});
