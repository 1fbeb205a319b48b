import * as pulumi from "@pulumi/pulumi";
import { ApiToken, TokenMark } from "./api-token";

/** Permission group "SSL and Certificates Write" of a zone: all that issuing Origin CA certificates takes. */
const SSL_AND_CERTIFICATES_WRITE = "c03055bc037c4ea9afb9a9f104b7b721";

export interface OriginCaTokenArgs {
  readonly accountId: string;
  /** The one zone that the token is good for. */
  readonly zoneId: string;
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
  /** @default the environment variable CLOUDFLARE_BASE_URL, else Cloudflare's public API */
  readonly baseUrl?: pulumi.Input<string>;
}

/** API token with which the Origin CA issuer in the cluster signs certificates of one zone. */
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
  const { accountId, zoneId, owner = "account", expiresOn, apiToken, baseUrl } = args;
  const by = { accountId, owner, apiToken, baseUrl };
  // A resource of its own for each rotation makes a new token beside the old one.
  const suffix = rotation === 1 ? "" : `-${rotation}`;
  const mark = new TokenMark(
    `${name}-token-mark${suffix}`,
    { ...by, name: args.tokenName + suffix },
    { parent },
  );
  return new ApiToken(
    `${name}-token${suffix}`,
    {
      ...by,
      name: mark.markedName,
      permissionGroup: SSL_AND_CERTIFICATES_WRITE,
      zoneId,
      expiresOn,
    },
    { parent },
  );
}
