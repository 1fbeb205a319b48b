/** The program of ../azure-creates.test.ts: a vault with secrets of random values, and who reads it. */
import { Provider } from "@pulumi/azure-native/provider";
import * as pulumi from "@pulumi/pulumi";
import { RandomPassword } from "@pulumi/random/randomPassword";
import { KeyVaultSecrets, type ReaderArgs } from "../../../components/azure/key-vault";
import { lookAtAzure } from "../../../components/azure/mark";
import type { Diagnostics } from "../../../components/azure/vault";
import { LookProvider } from "../../../components/before-create";
import type { VaultOptions } from "../../../manifests/azure/vault-properties";

/** What the test sets. */
export interface AzureOfTest {
  readonly subscriptionId: string;
  readonly tenantId: string;
  /** Address of the vault. */
  readonly url: string;
  readonly create?: boolean;
  readonly recover?: boolean;
  /** What the vault is made of. */
  readonly options?: VaultOptions & { readonly diagnostics?: Diagnostics };
  /** Object id of who may read, in place of an identity of the stack's own. */
  readonly principalId?: string;
  /** Secrets of others that are gone on with. */
  readonly adopt?: readonly string[];
  /** Another text makes another password. */
  readonly rotation?: string;
}

async function main(): Promise<void> {
  const settings = new pulumi.Config().requireObject<AzureOfTest>("azure");
  const {
    subscriptionId,
    tenantId,
    url,
    create = true,
    recover = false,
    principalId,
    adopt,
    options,
    rotation = "1",
  } = settings;
  const looks = new LookProvider("looks");
  const password = new RandomPassword("password", { length: 24, keepers: { rotation } });
  const vault = { name: "my-vault", url, create };
  const found = await lookAtAzure(
    { subscriptionId, tenantId, resourceGroup: "rg", vault, recover, principalId },
    looks,
  );
  const reader: ReaderArgs =
    principalId === undefined
      ? {
          oidcIssuer: "https://oidc.example.com/my-cluster",
          identityName: "my-cluster-external-secrets",
          serviceAccount: { name: "azure-keyvault", namespace: "external-secrets" },
        }
      : { principalId };
  new KeyVaultSecrets(
    "key-vault",
    {
      ...{ subscriptionId, tenantId, resourceGroupName: "rg", location: "westeurope" },
      vault: { ...vault, ...options, recover },
      secrets: { db: password.result, url: pulumi.interpolate`postgres://db:${password.result}@db` },
      ...{ reader, looks, found, adopt },
    },
    { providers: { "azure-native": new Provider("azure", { subscriptionId, tenantId }) } },
  );
}

void main();
