import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { vaultValue } from "../../components/azure/vault-value";
import { uuidV5 } from "../../manifests/azure/uuid";
import { byName, run, tree, valueOf } from "../mocks";
import {
  answers,
  args,
  existingId,
  keyVault,
  subscriptionId,
  tags,
  tenantId,
  workloadIdentity,
} from "./component";

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
