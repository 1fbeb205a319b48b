import * as pulumi from "@pulumi/pulumi";
import { AccountToken } from "@pulumi/cloudflare/accountToken";
import { ApiToken } from "@pulumi/cloudflare/apiToken";
import { networkOf } from "../../manifests/cloudflare/network";
import { renewedAfter, TOKEN_DAYS } from "../../manifests/cloudflare/origin-certificate";
import { CredentialAge } from "../secrets/credential-age";
import { accessOf, CloudflareAccessArgs } from "./marks";
import { TokenMark, TokenProof, TokenSweep } from "./token-mark";

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
  /**
   * Whole days for which it is good, from 3. The first `up` in the last third makes another one, as a higher `rotation`
   * does; a preview says so.
   * @default it has no end
   */
  readonly days?: number;
  /** The only addresses from which it is good, as CIDRs: those that the issuer goes out by. @default any */
  readonly addresses?: readonly string[];
  /**
   * Raise it to replace the token: the new one is made and has a certificate signed first, the old one is revoked after
   * everything took the new one.
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
  /** The token, once it is proven. Secret; Cloudflare tells it once, so it lives in the stack's state. */
  readonly value: pulumi.Output<string>;
  readonly tokenId: pulumi.Output<string>;
  /** When it ends (RFC 3339); undefined without `days`. */
  readonly expiresOn: pulumi.Output<string> | undefined;

  constructor(name: string, args: OriginCaTokenArgs, opts?: pulumi.ComponentResourceOptions) {
    super("handoff:cloudflare:OriginCaToken", name, {}, opts);
    const faults = faultsOf(args);
    if (faults.length > 0) throw new pulumi.ResourceError(faults.join("; "), this, true);
    const age = ageOf(name, args, this);
    this.expiresOn = age?.expiresOn;
    const { value, tokenId } = createToken(name, args, age, this);
    this.value = pulumi.secret(value);
    this.tokenId = tokenId;
    this.registerOutputs({ value: this.value, tokenId: this.tokenId });
  }
}

function faultsOf({ rotation = 1, days, addresses = [] }: OriginCaTokenArgs): string[] {
  const faults: string[] = [];
  if (!Number.isInteger(rotation) || rotation < 1)
    faults.push(`rotation is ${String(rotation)}: a whole number from 1 is needed`);
  if (days !== undefined && (!Number.isInteger(days) || days < TOKEN_DAYS.least || days > TOKEN_DAYS.most))
    faults.push(
      `days is ${String(days)}: a whole number from ${String(TOKEN_DAYS.least)} to ${String(TOKEN_DAYS.most)} is needed`,
    );
  for (const address of addresses)
    if (networkOf(address) === undefined)
      faults.push(`${JSON.stringify(address)} is no CIDR such as 203.0.113.0/24`);
  return faults;
}

interface Age {
  readonly generation: pulumi.Output<number>;
  readonly expiresOn: pulumi.Output<string>;
}

function ageOf(
  name: string,
  { days, rotation = 1 }: OriginCaTokenArgs,
  parent: pulumi.Resource,
): Age | undefined {
  if (days === undefined) return undefined;
  const maxAge = `${String(renewedAfter(days))}d`;
  const { generation, since } = new CredentialAge(`${name}-token-age`, { maxAge, rotation }, { parent });
  return { generation, expiresOn: since.apply((from) => endOf(from, days)) };
}

/** Without a fraction of seconds, as the API tells it. A destroy that runs the program doesn't have what is gone. */
function endOf(since: string | undefined, days: number): string {
  if (since === undefined) return pulumi.unknown as unknown as string;
  return new Date(Date.parse(since) + days * 24 * 3600 * 1000).toISOString().replace(/\.\d+Z$/, "Z");
}

/**
 * What makes another token by another value: that it became too old, and that it gets or loses an end or networks, which
 * the API isn't known to take away. None of the first one, whose mark knew of no keepers.
 */
function keepersOf(
  { days, addresses }: OriginCaTokenArgs,
  age: Age | undefined,
): pulumi.Output<Record<string, string> | undefined> {
  return pulumi.output(age?.generation ?? 0).apply((generation) => {
    const kept = {
      ...(generation > 0 && { generation: String(generation) }),
      ...(days !== undefined && { ends: "yes" }),
      ...(addresses !== undefined && { networks: "yes" }),
    };
    return Object.keys(kept).length === 0 ? undefined : kept;
  });
}

function createToken(
  name: string,
  args: OriginCaTokenArgs,
  age: Age | undefined,
  parent: pulumi.Resource,
): { readonly value: pulumi.Output<string>; readonly tokenId: pulumi.Output<string> } {
  const { accountId, zoneId, furtherZoneIds = [], owner = "account", addresses, rotation = 1 } = args;
  const access = accessOf(args);
  const by = { accountId, owner, ...access };
  const zoneIds = [...new Set([zoneId, ...furtherZoneIds])].sort();
  // Resources of their own for each rotation make a new token beside the old one; renaming would only update it.
  const suffix = rotation === 1 ? "" : `-${String(rotation)}`;
  const keepers = keepersOf(args, age);
  const { markedName } = new TokenMark(
    `${name}-token-mark${suffix}`,
    { ...by, name: args.tokenName + suffix, zoneIds, keepers },
    { parent },
  );
  const content = {
    name: markedName,
    expiresOn: age?.expiresOn,
    condition: addresses === undefined ? undefined : { requestIp: { ins: [...addresses].sort() } },
    // In the order of the API. One policy with one group: the provider compares lists by order, and the API doesn't keep it.
    policies: [
      {
        effect: "allow",
        permissionGroups: [{ id: SSL_AND_CERTIFICATES_WRITE }],
        resources: JSON.stringify(Object.fromEntries(zoneIds.map((id) => [ZONE + id, "*"]))),
      },
    ],
  };
  // Where there was no trigger before, the engine takes the first one for no change.
  const options = { parent, replacementTrigger: keepers.apply((kept = {}) => JSON.stringify(kept)) };
  const token =
    owner === "user"
      ? new ApiToken(`${name}-token${suffix}`, content, options)
      : new AccountToken(`${name}-token${suffix}`, { ...content, accountId }, options);
  const { value } = token;
  const sweep = new TokenSweep(
    `${name}-token-sweep${suffix}`,
    { ...by, markedName, tokenId: token.id, proof: { value, zoneId } },
    { parent },
  );
  const proof = new TokenProof(
    `${name}-token-proof${suffix}`,
    { ...access, markedName, zoneIds, addresses, value },
    { parent, dependsOn: sweep },
  );
  return { value: proof.value, tokenId: token.id };
}
