/** The endpoints that give tokens: the instance metadata service, App Service's, and Entra ID's. */
import { z } from "zod";
import { AZURE_CLOUDS, endpointsOf, type AzureCloud } from "../../../../manifests/secrets/azure-cloud";
import type { Call, Reply } from "../http";
import { parseBody } from "./errors";
import type { AzureState, Resource } from "./state";
import { tokenOf } from "./tokens";

const LIFETIME = 3600;
const IDENTITIES = "Microsoft.ManagedIdentity/userAssignedIdentities";
const JWT_BEARER = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
/** The tenant is one of this cloud. */
const CLOUD: AzureCloud = "AzurePublicCloud";

const principals = z.object({
  applications: z.record(z.string(), z.object({ oid: z.guid(), secret: z.string() })).optional(),
  nodeIdentities: z.array(z.guid()).optional(),
});

export interface Directory {
  readonly state: AzureState;
  readonly tenantId: string;
}

/** `POST /__principals`: who there is beside the identities that Resource Manager knows. */
export function setPrincipals(call: Call, { state }: Directory): Reply {
  Object.assign(state, parseBody(call, principals));
  return { status: 204 };
}

/** The token that a path gives; undefined for one that gives none. */
export function tokenReply(call: Call, directory: Directory): Reply | undefined {
  if (call.path === "/metadata/identity/oauth2/token") return ofNode(call, directory);
  if (call.path === "/msi/token") return ofAppService(call, directory);
  const [, authority, tenant] =
    /^(?:\/authority\/([^/]+))?\/([^/]+)\/oauth2\/(?:v2\.0\/)?token$/.exec(call.path) ?? [];
  if (tenant === undefined || call.method !== "POST") return undefined;
  return ofEntra(new URLSearchParams(call.text), { authority, tenant }, directory);
}

const fault = (status: number, error: string, error_description: string): Reply => ({
  status,
  body: { error, error_description },
});

function identityOfClient({ state }: Directory, clientId: string): Resource | undefined {
  return Object.values(state.resources).find(
    ({ type, properties }) =>
      type === IDENTITIES && String(properties.clientId).toLowerCase() === clientId.toLowerCase(),
  );
}

/** A node gives the identities that it was assigned, and none of them by itself where there are several. */
function ofNode(call: Call, directory: Directory): Reply {
  const refuse = (words: string): Reply => fault(400, "invalid_request", words);
  if (call.headers.metadata !== "true") return refuse("Required metadata header not specified");
  const resource = call.query.get("resource");
  if (resource === null) return refuse("The parameter resource is required");
  const assigned = directory.state.nodeIdentities ?? [];
  const asked = call.query.get("client_id");
  if (asked === null && assigned.length > 1) {
    return refuse(
      "Multiple user assigned identities exist, please specify the clientId / resourceId of the identity in the token request",
    );
  }
  const clientId = assigned.find((one) => asked === null || one.toLowerCase() === asked.toLowerCase());
  const identity = clientId === undefined ? undefined : identityOfClient(directory, clientId);
  if (identity === undefined) return refuse("Identity not found");
  const oid = String(identity.properties.principalId);
  return given(resource, oid, directory, { client_id: clientId, expires_in: String(LIFETIME) });
}

/** By IDENTITY_ENDPOINT and IDENTITY_HEADER; an identity's client id is its object id here. */
function ofAppService(call: Call, directory: Directory): Reply {
  const oid = call.query.get("client_id") ?? call.headers["x-identity-header"];
  const resource = call.query.get("resource");
  if (typeof oid !== "string" || resource === null) {
    const message = "The parameter resource and the header X-IDENTITY-HEADER are required.";
    return { status: 400, body: { statusCode: 400, message } };
  }
  return given(resource, oid, directory);
}

function given(resource: string, oid: string, { tenantId }: Directory, more: object = {}): Reply {
  const body = {
    access_token: tokenOf({ aud: resource, tid: tenantId, oid }, LIFETIME),
    ...{ token_type: "Bearer", resource, ...more },
    expires_on: String(Math.floor(Date.now() / 1000) + LIFETIME),
  };
  return { status: 200, body };
}

/** https://learn.microsoft.com/entra/identity-platform/v2-oauth2-client-creds-grant-flow */
function ofEntra(
  form: URLSearchParams,
  { authority, tenant }: { readonly authority?: string; readonly tenant: string },
  directory: Directory,
): Reply {
  const isElsewhere = AZURE_CLOUDS.some(
    (cloud) => cloud !== CLOUD && new URL(endpointsOf(cloud).authority).host === authority,
  );
  if (tenant !== directory.tenantId || isElsewhere)
    return fault(400, "invalid_request", `AADSTS90002: Tenant '${tenant}' not found.`);
  if (form.get("grant_type") !== "client_credentials")
    return fault(400, "unsupported_grant_type", "AADSTS70003: The sandbox takes client_credentials only.");
  const clientId = form.get("client_id") ?? "";
  const resource = (form.get("scope") ?? form.get("resource") ?? "").replace(/\/\.default$/, "");
  const unknown = (): Reply =>
    fault(
      400,
      "unauthorized_client",
      `AADSTS700016: Application with identifier '${clientId}' was not found in the directory '${tenant}'.`,
    );
  const assertion = form.get("client_assertion");
  if (assertion === null) {
    const application = directory.state.applications?.[clientId];
    if (application === undefined) return unknown();
    if (form.get("client_secret") !== application.secret)
      return fault(401, "invalid_client", "AADSTS7000215: Invalid client secret provided.");
    return given(resource, application.oid, directory, { expires_in: LIFETIME });
  }
  if (form.get("client_assertion_type") !== JWT_BEARER)
    return fault(400, "invalid_request", "AADSTS900144: The client_assertion_type is missing.");
  const identity = identityOfClient(directory, clientId);
  if (identity === undefined) return unknown();
  const refused = unmatched(assertion, credentialsOf(directory, identity));
  if (refused !== undefined) return fault(401, "invalid_client", refused);
  return given(resource, String(identity.properties.principalId), directory, { expires_in: LIFETIME });
}

interface Credential {
  readonly issuer: string;
  readonly subject: string;
  readonly audiences: readonly string[];
}

function credentialsOf({ state }: Directory, identity: Resource): Credential[] {
  const below = `${identity.id}/federatedIdentityCredentials/`.toLowerCase();
  return Object.entries(state.resources)
    .filter(([id]) => id.startsWith(below))
    .map(([, { properties }]) => properties as unknown as Credential);
}

/** Why no credential takes a token, letter by letter; its signature isn't proven, since its issuer isn't asked. */
function unmatched(assertion: string, credentials: readonly Credential[]): string | undefined {
  const { iss = "", sub = "", aud = [], exp = 0 } = claimsOf(assertion);
  if (exp * 1000 < Date.now()) return "AADSTS700024: Client assertion is not within its valid time range.";
  const no = (code: string, claim: string, value: string): string =>
    `${code}: No matching federated identity record found for presented assertion ${claim} '${value}'.`;
  const issued = credentials.filter(({ issuer }) => issuer === iss);
  if (issued.length === 0) return no("AADSTS700211", "issuer", iss);
  const meant = issued.filter(({ subject }) => subject === sub);
  if (meant.length === 0) return no("AADSTS700213", "subject", sub);
  const audiences = [aud].flat();
  const taken = meant.some((credential) => credential.audiences.some((one) => audiences.includes(one)));
  return taken ? undefined : no("AADSTS700212", "audience", audiences.join(" "));
}

function claimsOf(jwt: string): {
  readonly iss?: string;
  readonly sub?: string;
  readonly aud?: string | readonly string[];
  readonly exp?: number;
} {
  try {
    return JSON.parse(Buffer.from(jwt.split(".")[1] ?? "", "base64url").toString()) as object;
  } catch {
    return {};
  }
}
