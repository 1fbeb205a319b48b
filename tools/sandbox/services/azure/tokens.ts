/** Tokens of Entra ID, as far as the stand-in reads them: unsigned, but for one audience, tenant, identity and hour. */
import { AzureError } from "./errors";

export interface Claims {
  /** Audience. */
  readonly aud: string;
  readonly tid: string;
  /** Object id of the identity. */
  readonly oid: string;
  /** Seconds since the epoch. */
  readonly exp: number;
}

export const MANAGEMENT = ["https://management.azure.com", "https://management.core.windows.net"];
export const VAULTS = ["https://vault.azure.net"];

const encoded = (part: object): string => Buffer.from(JSON.stringify(part)).toString("base64url");

export function tokenOf(claims: Omit<Claims, "exp">, lifetime = 3600): string {
  const exp = Math.floor(Date.now() / 1000) + lifetime;
  return `${encoded({ alg: "none", typ: "JWT" })}.${encoded({ ...claims, exp })}.sandbox`;
}

/**
 * The identity of a bearer token; undefined for a text that is no JWT, which may do everything.
 * @throws AzureError for another audience or tenant, or after its hour
 */
export function identityOf(
  authorization: string,
  { tenantId, audiences }: { readonly tenantId: string; readonly audiences: readonly string[] },
): string | undefined {
  const [, payload] = authorization.replace(/^Bearer /, "").split(".");
  if (payload === undefined) return undefined;
  const { aud, tid, oid, exp } = JSON.parse(Buffer.from(payload, "base64url").toString()) as Claims;
  const vaults = audiences === VAULTS;
  if (exp * 1000 < Date.now()) {
    throw vaults
      ? new AzureError(401, "Unauthorized", "[TokenExpired] Error validating token: 'S2S12086'.")
      : new AzureError(401, "ExpiredAuthenticationToken", "The access token expiry UTC time is in the past.");
  }
  if (!audiences.includes(aud.replace(/\/$/, ""))) {
    throw vaults
      ? new AzureError(
          401,
          "Unauthorized",
          `AKV10022: Invalid audience. Expected ${audiences[0] ?? ""}, found: ${aud}.`,
        )
      : new AzureError(
          401,
          "InvalidAuthenticationTokenAudience",
          `The access token has been obtained for wrong audience or resource '${aud}'.`,
        );
  }
  if (tid.toLowerCase() !== tenantId.toLowerCase()) {
    throw vaults
      ? new AzureError(
          401,
          "Unauthorized",
          `AKV10032: Invalid issuer. Expected one of https://sts.windows.net/${tenantId}/, found https://sts.windows.net/${tid}/.`,
        )
      : new AzureError(
          401,
          "InvalidAuthenticationTokenTenant",
          `The access token is from the wrong issuer: it must match the tenant '${tenantId}' associated with this subscription.`,
        );
  }
  return oid;
}
