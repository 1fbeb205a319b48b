/**
 * Stand-in of Azure as far as Key Vault needs it: Resource Manager at `/subscriptions/…`, Key Vault's data plane at
 * `/keyvault/<vault>/…`, and the endpoints that give tokens. A token that these gave is good for its audience, tenant and
 * hour, and for what the roles of its identity allow; any other text may do everything, except the literal `invalid`.
 * `/__state` shows the state with the hashes of the secret values; `/__delays` sets how long Azure takes, and
 * `/__principals` who there is beside the identities of resources, see `AzureState`.
 */
import { dataPlane } from "./azure/data-plane";
import { AzureError } from "./azure/errors";
import { ResourceManager } from "./azure/resource-manager";
import { setPrincipals, tokenReply } from "./azure/sign-in";
import { emptyState } from "./azure/state";
import { portSetting, required, runService, startService, type Call, type Reply, type Service } from "./http";
import { StateFile, withHashes } from "./state";

export interface AzureOptions {
  readonly port?: number;
  readonly stateFile?: string;
  readonly faults?: string;
  readonly subscriptionId: string;
  readonly tenantId: string;
}

export async function startAzure(options: AzureOptions): Promise<Service> {
  const state = new StateFile(options.stateFile, emptyState());
  state.save();
  let origin = "";
  const vaultUri = (name: string) => `${origin}/keyvault/${name}/`;
  const resourceManager = new ResourceManager(
    { state: state.data, tenantId: options.tenantId, vaultUri },
    options.subscriptionId,
  );

  const directory = { state: state.data, tenantId: options.tenantId };

  const service = await startService({
    port: options.port,
    faults: options.faults,
    failure: (status, message) => ({
      error: { code: "InternalServerError", message: `${status}: ${message}` },
    }),
    handle: async (call) => {
      try {
        const reply = await route(call);
        if (call.method !== "GET" && call.method !== "HEAD") state.save();
        return reply;
      } catch (error) {
        if (error instanceof AzureError) return error.reply();
        throw error;
      }
    },
  });
  origin = service.url;
  // The port may have changed since the state was written.
  for (const [id, vault] of Object.entries(state.data.resources)) {
    if (vault.type !== "Microsoft.KeyVault/vaults") continue;
    state.data.resources[id] = {
      ...vault,
      properties: { ...vault.properties, vaultUri: vaultUri(vault.name) },
    };
  }
  return service;

  async function route(call: Call): Promise<Reply> {
    const { path } = call;
    if (path === "/__state") return { status: 200, body: withHashes(state.data, ["value", "secret"]) };
    if (path === "/__delays" && call.method === "POST") {
      state.data.delays = JSON.parse(call.text) as NonNullable<typeof state.data.delays>;
      return { status: 204 };
    }
    if (path === "/__principals" && call.method === "POST") return setPrincipals(call, directory);
    if (path.startsWith("/keyvault/")) return dataPlane(call, state.data, options.tenantId);
    const token = tokenReply(call, directory);
    if (token !== undefined) return token;
    if (!path.startsWith("/subscriptions/")) {
      throw new AzureError(404, "NotFound", `The sandbox's Azure does not serve ${path}.`);
    }
    const { authorization } = call.headers;
    if (!authorization?.startsWith("Bearer ")) {
      throw new AzureError(
        401,
        "AuthenticationFailed",
        "Authentication failed. The 'Authorization' header is missing.",
      );
    }
    if (authorization === "Bearer invalid") {
      throw new AzureError(401, "InvalidAuthenticationToken", "The access token is invalid.");
    }
    return resourceManager.handle(call);
  }
}

if (require.main === module) {
  runService(() =>
    startAzure({
      port: portSetting(),
      stateFile: process.env.STATE_FILE,
      faults: process.env.FAULTS,
      subscriptionId: required("ARM_SUBSCRIPTION_ID"),
      tenantId: required("ARM_TENANT_ID"),
    }),
  );
}
