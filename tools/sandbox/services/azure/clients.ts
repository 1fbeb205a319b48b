/** The official Azure clients, pointed at the stand-in: plain HTTP on loopback, with a token that stands for one. */
import { KeyVaultManagementClient } from "@azure/arm-keyvault";
import type { TokenCredential } from "@azure/core-auth";
import { bearerTokenAuthenticationPolicyName, type PipelinePolicy } from "@azure/core-rest-pipeline";
import { SecretClient } from "@azure/keyvault-secrets";

function staticCredential(token: string | (() => Promise<string>) = "sandbox"): TokenCredential {
  return {
    getToken: async () => ({
      token: typeof token === "string" ? token : await token(),
      expiresOnTimestamp: Date.now() + 3_600_000,
    }),
  };
}

/**
 * A client of a vault's data plane; `vaultUrl` is the vault's `vaultUri`.
 * @param token or what gives it. @default one that may do everything
 */
export function secretClient(vaultUrl: string, token?: string | (() => Promise<string>)): SecretClient {
  return new SecretClient(vaultUrl, staticCredential(token), {
    allowInsecureConnection: true,
    // The challenge names vault.azure.net, as the vendor's does; the address here is loopback.
    disableChallengeResourceVerification: true,
    retryOptions: { maxRetries: 1, retryDelayInMs: 200 },
  });
}

/** A client of Resource Manager; `@azure/arm-keyvault` speaks of vaults and of secrets. */
export function keyVaultManagementClient(
  endpoint: string,
  subscriptionId: string,
  token = "sandbox",
): KeyVaultManagementClient {
  const client = new KeyVaultManagementClient(staticCredential(token), subscriptionId, {
    endpoint,
    allowInsecureConnection: true,
    retryOptions: { maxRetries: 1, retryDelayInMs: 200 },
  });
  // The client's own policy refuses to send a token over plain HTTP.
  const policy: PipelinePolicy = {
    name: "loopbackToken",
    sendRequest(request, next) {
      request.headers.set("authorization", `Bearer ${token}`);
      return next(request);
    },
  };
  client.pipeline.removePolicy({ name: bearerTokenAuthenticationPolicyName });
  client.pipeline.addPolicy(policy);
  return client;
}
