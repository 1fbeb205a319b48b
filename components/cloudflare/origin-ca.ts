import * as pulumi from "@pulumi/pulumi";
import { AccountToken } from "@pulumi/cloudflare/accountToken";
import { ApiToken } from "@pulumi/cloudflare/apiToken";
import { accessOf, CloudflareAccessArgs } from "./marks";
import { TokenMark, TokenSweep } from "./token-mark";

/** Permission group "SSL and Certificates Write" of a zone: all that issuing Origin CA certificates takes. */
const SSL_AND_CERTIFICATES_WRITE = "c03055bc037c4ea9afb9a9f104b7b721";

/** What the API calls a zone, before its id. */
const ZONE = "com.cloudflare.api.account.zone.";

export interface OriginCaTokenArgs extends CloudflareAccessArgs {
  readonly accountId: string;
  /** Zone that the token is good for. */
  readonly zoneId: string;
  /** Further zones of the same account that it is good for. @default none */
  readonly furtherZoneIds?: readonly string[];
  /** Name shown in Cloudflare's dashboard, before a random text by which it is known again. */
  readonly tokenName: string;
  /**
   * `"account"`: the token belongs to the account and outlives its members. `"user"`: to the user whose token makes it.
   * @default "account"
   */
  readonly owner?: "account" | "user";
  /** Time (RFC 3339) after which the token is refused; the next `up` after it makes a new one. */
  readonly expiresOn?: string;
  /**
   * Raise it to replace the token: the new one is made first, the old one is revoked after everything took the new one.
   * @default 1
   */
  readonly rotation?: number;
  /**
   * Token that makes this one: with "Account / Account API Tokens / Edit", or "User / API Tokens / Edit" for a user's.
   * @default the environment variable CLOUDFLARE_API_TOKEN
   */
  readonly apiToken?: pulumi.Input<string>;
}

/** API token with which the Origin CA issuer in the cluster signs certificates of its zones, and nothing else. */
export class OriginCaToken extends pulumi.ComponentResource {
  /** The token. Secret; Cloudflare tells it once, so it lives in the stack's state. */
  readonly value: pulumi.Output<string>;
  readonly tokenId: pulumi.Output<string>;

  constructor(name: string, args: OriginCaTokenArgs, opts?: pulumi.ComponentResourceOptions) {
    super("handoff:cloudflare:OriginCaToken", name, {}, opts);
    const rotation = args.rotation ?? 1;
    if (!Number.isInteger(rotation) || rotation < 1) {
      throw new pulumi.ResourceError(`rotation is ${rotation}: a whole number from 1 is needed`, this, true);
    }
    const token = createToken(name, args, rotation, this);
    this.value = pulumi.secret(token.value);
    this.tokenId = token.id;
    this.registerOutputs({ value: this.value, tokenId: this.tokenId });
  }
}

function createToken(name: string, args: OriginCaTokenArgs, rotation: number, parent: pulumi.Resource) {
  const { accountId, zoneId, furtherZoneIds = [], owner = "account", expiresOn } = args;
  const by = { accountId, owner, ...accessOf(args) };
  // Resources of their own for each rotation make a new token beside the old one; renaming would only update it.
  const suffix = rotation === 1 ? "" : `-${rotation}`;
  const { markedName } = new TokenMark(
    `${name}-token-mark${suffix}`,
    { ...by, name: args.tokenName + suffix },
    { parent },
  );
  const zones = [...new Set([zoneId, ...furtherZoneIds])].map((id) => ZONE + id).sort();
  const content = {
    name: markedName,
    expiresOn,
    // In the order of the API. One policy with one group: the provider compares lists by order, and the API doesn't keep it.
    policies: [
      {
        effect: "allow",
        permissionGroups: [{ id: SSL_AND_CERTIFICATES_WRITE }],
        resources: JSON.stringify(Object.fromEntries(zones.map((zone) => [zone, "*"]))),
      },
    ],
  };
  const token =
    owner === "user"
      ? new ApiToken(`${name}-token${suffix}`, content, { parent })
      : new AccountToken(`${name}-token${suffix}`, { ...content, accountId }, { parent });
  new TokenSweep(`${name}-token-sweep${suffix}`, { ...by, markedName, tokenId: token.id }, { parent });
  return token;
}
