import { strict as assert } from "node:assert";
import { resources } from "../../../tools/sandbox/pulumi/azure-native";
import { armBody, liveInputs, outputsOf, RESOURCES } from "../../../tools/sandbox/pulumi/azure-resources";
import { context, faults } from "./context";

const type = (name: string) => RESOURCES[`azure-native:${name}`]!;
const group = { resourceGroupName: "rg" };

describe("azure resources", () => {
  it("builds ids", () => {
    const paths = {
      "resources:ResourceGroup": "/s/resourceGroups/rg",
      "keyvault:Vault": "/s/resourceGroups/rg/providers/Microsoft.KeyVault/vaults/v",
      "keyvault:Secret": "/s/resourceGroups/rg/providers/Microsoft.KeyVault/vaults/v/secrets/n",
      "managedidentity:FederatedIdentityCredential":
        "/s/resourceGroups/rg/providers/Microsoft.ManagedIdentity/userAssignedIdentities/i/federatedIdentityCredentials/f",
      "authorization:RoleAssignment": "/s/x/providers/Microsoft.Authorization/roleAssignments/r",
    };
    const inputs = {
      ...{
        ...group,
        vaultName: "v",
        secretName: "n",
        resourceName: "i",
        scope: "/s/x",
        roleAssignmentName: "r",
      },
      federatedIdentityCredentialResourceName: "f",
    };
    for (const [name, path] of Object.entries(paths)) assert.equal(type(name).path(inputs, "/s"), path);
  });

  it("puts flattened inputs below properties, and takes them out again", () => {
    const federation = type("managedidentity:FederatedIdentityCredential");
    const inputs = { ...group, resourceName: "i", issuer: "https://c", subject: "s", audiences: ["a"] };
    const properties = { issuer: "https://c", subject: "s", audiences: ["a"] };
    assert.deepEqual(armBody(federation, inputs), { properties });
    const { id, ...outputs } = outputsOf(federation, { id: "/x", name: "f", type: "t", properties });
    assert.equal(id, undefined);
    assert.deepEqual(outputs, { name: "f", type: "t", ...properties, azureApiVersion: "2023-01-31" });
    const vault = { ...group, location: "westeurope", tags: { a: "b" }, properties: { tenantId: "t" } };
    assert.deepEqual(armBody(type("keyvault:Vault"), vault), {
      ...{ location: "westeurope", tags: { a: "b" }, properties: { tenantId: "t" } },
    });
  });

  it("shows drift but never a secret's value", () => {
    const secret = type("keyvault:Secret");
    const inputs = { ...group, tags: { a: "b" }, properties: { value: "s3cret", contentType: "text/plain" } };
    const live = {
      tags: { a: "c", more: "d" },
      properties: { contentType: "json", secretUri: "https://v/s" },
    };
    assert.deepEqual(liveInputs(secret, inputs, outputsOf(secret, live)), {
      ...group,
      tags: { a: "c" },
      properties: { value: "s3cret", contentType: "json" },
    });
  });

  it("makes up a name once, within the vault's 24 characters", async () => {
    const vault = resources["azure-native:keyvault:Vault"]!;
    const news = { ...group, properties: {} };
    const first = await vault.check!(context, news, undefined);
    assert.match(first.inputs.vaultName as string, /^Logical-Name[0-9a-f]{8}$/);
    assert.equal((await vault.check!(context, news, first.inputs)).inputs.vaultName, first.inputs.vaultName);
  });

  it("refuses what it doesn't know", async () => {
    const found = await faults(resources["azure-native:resources:ResourceGroup"], { size: 1 });
    assert.match(found[0] ?? "", /^size: the stand-in for ResourceGroup doesn't know this input/);
  });

  it("doesn't touch the real Azure", async () => {
    const before = process.env.ARM_RESOURCE_MANAGER_URL;
    delete process.env.ARM_RESOURCE_MANAGER_URL;
    const create = resources["azure-native:resources:ResourceGroup"]!.create(context, {
      ...group,
      location: "x",
    });
    await assert.rejects(create, /ARM_RESOURCE_MANAGER_URL|ARM_SUBSCRIPTION_ID/);
    if (before !== undefined) process.env.ARM_RESOURCE_MANAGER_URL = before;
  });
});
