/** The store of kind `azurekv`: Azure Key Vault, by the official client. */
import { isRestError, type RestError } from "@azure/core-rest-pipeline";
import type { SecretClient } from "@azure/keyvault-secrets";
import { secretClient } from "../azure/clients";
import type { Cluster } from "../controllers/cluster";
import { signInOf } from "./azure-sign-in";
import { MissingSecretError, parseObject, properties, property, type Provider } from "./provider";
import type { AzureKeyVault, RemoteRef, SecretStore } from "./types";

/**
 * Without any contact with the vault, as the real one: that comes with the first ExternalSecret.
 * @param azureUrl where Azure's stand-in is
 * @throws Error for what keeps the store from signing in
 */
export async function connectKeyVault(
  cluster: Cluster,
  store: SecretStore,
  azure: AzureKeyVault,
  azureUrl: string,
): Promise<Provider> {
  const signIn = await signInOf(cluster, store, azure, azureUrl);
  return keyVault(secretClient(azure.vaultUrl, signIn));
}

export function keyVault(client: SecretClient): Provider {
  const whole = async (ref: RemoteRef): Promise<string> => {
    const name = ref.key.replace(/^secret\//, "");
    if (name.includes("/")) throw new Error("the sandbox's vault has secrets only, no keys and certificates");
    try {
      return (await client.getSecret(name, { version: ref.version })).value ?? "";
    } catch (error) {
      if (!isRestError(error)) throw error;
      if (error.statusCode === 404) throw new MissingSecretError();
      throw new Error(refusal(error), { cause: error });
    }
  };
  return {
    read: async (ref) => {
      const value = await whole(ref);
      if (ref.property === undefined) return value;
      const found = property(parseObject(value), ref.property);
      if (found === undefined) throw new Error(`property ${ref.property} does not exist in key ${ref.key}`);
      return found;
    },
    extract: async (ref) => properties(await whole(ref)),
  };
}

/** What the client made of an answer that refuses. */
interface Refused {
  readonly code?: string;
  readonly innerError?: { readonly code?: string };
}

/** With the precise code, as the vault tells it. */
function refusal({ statusCode = 0, message, details }: RestError): string {
  const { code = "?", innerError } = (details as { readonly error?: Refused } | undefined)?.error ?? {};
  const inner = innerError?.code === undefined ? "" : ` InnerError={"code":"${innerError.code}"}`;
  return `getting a secret failed: StatusCode=${String(statusCode)} Code="${code}" Message="${message}"${inner}`;
}
