/**
 * Stand-in of Azure as far as Key Vault needs it: Resource Manager at `/subscriptions/…`, Key Vault's data plane at
 * `/keyvault/<vault>/…`, and the endpoints that give tokens. A token that these gave is good for its audience, tenant and
 * hour, and for what the roles of its identity allow; any other text may do everything, except the literal `invalid`.
 * `/__state` shows the state with the hashes of the secret values; `/__delays` sets how long Azure takes, see `AzureState`.
 */
import { dataPlane } from "./azure/data-plane";
import { AzureError } from "./azure/errors";
import { ResourceManager } from "./azure/resource-manager";
import { emptyState } from "./azure/state";
import { tokenOf } from "./azure/tokens";
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
    if (path === "/__state") return { status: 200, body: withHashes(state.data, ["value"]) };
    if (path === "/__delays" && call.method === "POST") {
      state.data.delays = JSON.parse(call.text) as NonNullable<typeof state.data.delays>;
      return { status: 204 };
    }
    if (path.startsWith("/keyvault/")) return dataPlane(call, state.data, options.tenantId);
    if (path === "/metadata/identity/oauth2/token") return identityToken(call);
    if (path === "/msi/token") return appServiceToken(call, options);
    if (/^\/[^/]+\/oauth2\/(v2\.0\/)?token$/.test(path) && call.method === "POST")
      return clientToken(call, options);
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

const lifetime = 3600;

/** The instance metadata service, as a managed identity asks it. */
function identityToken(call: Call): Reply {
  if (call.headers.metadata !== "true") {
    return {
      status: 400,
      body: { error: "invalid_request", error_description: "Required metadata header not specified" },
    };
  }
  const resource = call.query.get("resource") ?? "";
  const expires_on = String(Math.floor(Date.now() / 1000) + lifetime);
  const body = {
    access_token: "sandbox",
    token_type: "Bearer",
    expires_in: String(lifetime),
    expires_on,
    resource,
  };
  return { status: 200, body };
}

/** The endpoint of App Service, by IDENTITY_ENDPOINT and IDENTITY_HEADER; an identity's client id is its object id here. */
function appServiceToken(call: Call, { tenantId }: AzureOptions): Reply {
  const oid = call.query.get("client_id") ?? call.headers["x-identity-header"];
  const resource = call.query.get("resource");
  if (typeof oid !== "string" || resource === null) {
    const message = "The parameter resource and the header X-IDENTITY-HEADER are required.";
    return { status: 400, body: { statusCode: 400, message } };
  }
  const body = {
    access_token: tokenOf({ aud: resource, tid: tenantId, oid }, lifetime),
    token_type: "Bearer",
    expires_on: String(Math.floor(Date.now() / 1000) + lifetime),
    resource,
  };
  return { status: 200, body };
}

function clientToken(call: Call, { tenantId }: AzureOptions): Reply {
  const form = new URLSearchParams(call.text);
  const fault = (error: string, error_description: string): Reply => ({
    status: 400,
    body: { error, error_description },
  });
  if (call.path.split("/")[1] !== tenantId) return fault("invalid_request", "AADSTS90002: Tenant not found.");
  if (form.get("grant_type") !== "client_credentials") {
    return fault("unsupported_grant_type", "AADSTS70003: The sandbox takes client_credentials only.");
  }
  return { status: 200, body: { access_token: "sandbox", token_type: "Bearer", expires_in: lifetime } };
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
