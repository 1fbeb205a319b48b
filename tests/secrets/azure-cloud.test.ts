import { strict as assert } from "node:assert";
import { externalSecrets } from "../../manifests/catalog/external-secrets";
import {
  AZURE_CLOUDS,
  cloudOf,
  providerEnvironment,
  vaultAddress,
  type AzureCloud,
} from "../../manifests/secrets/azure-cloud";

/** What the CRD of the stores takes; its default is left out. */
const STORE_WORDS: Readonly<Record<AzureCloud, string | undefined>> = {
  AzurePublicCloud: undefined,
  AzureChinaCloud: "ChinaCloud",
  AzureUSGovernmentCloud: "USGovernmentCloud",
};

describe("Azure's clouds", () => {
  it("each have a word for the provider, an address of vaults and a word for the store", () => {
    assert.deepEqual(
      AZURE_CLOUDS.map((cloud) => [providerEnvironment(cloud), vaultAddress("my-vault", cloud)]),
      [
        ["public", "https://my-vault.vault.azure.net"],
        ["china", "https://my-vault.vault.azure.cn"],
        ["usgovernment", "https://my-vault.vault.usgovcloudapi.net"],
      ],
    );
    for (const cloud of AZURE_CLOUDS) {
      const vaultUrl = vaultAddress("my-vault", cloud);
      assert.equal(cloudOf(vaultUrl), cloud);
      const app = externalSecrets({ vaultUrl, cloud, auth: { type: "ManagedIdentity" } });
      const told = /"environmentType":"(\w+)"/.exec(JSON.stringify(app))?.[1];
      assert.equal(told, STORE_WORDS[cloud]);
    }
  });

  it("don't have the address of a private endpoint", () => {
    assert.equal(cloudOf("https://vault.internal.example.com"), undefined);
  });
});
