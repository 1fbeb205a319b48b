import * as pulumi from "@pulumi/pulumi";
import { RandomBytes } from "@pulumi/random/randomBytes";
import { RandomPassword } from "@pulumi/random/randomPassword";
import { RandomUuid } from "@pulumi/random/randomUuid";

/** How one credential is made. */
export interface CredentialArgs {
  /**
   * `password`: 32 characters with special ones; `urlSafePassword`: 32 letters and digits; `bytes`: that many random
   * bytes in base64; `hex`: the same in hexadecimal digits.
   */
  readonly kind:
    "password" | "urlSafePassword" | "uuid" | { readonly bytes: number } | { readonly hex: number };
  /**
   * Raise it to make a new value.
   * @default 1
   */
  readonly rotation?: number;
  /** An existing value to keep using; nothing is generated. */
  readonly value?: pulumi.Input<string>;
  /** Former name of its resource, so that a renamed credential keeps its value. */
  readonly formerName?: string;
}

export interface CredentialsArgs<Name extends string> {
  /** By name, which is the resource's too. */
  readonly credentials: Readonly<Record<Name, CredentialArgs>>;
}

/**
 * Random credentials, kept in the stack's encrypted state: a second `up` has the same values.
 *
 * ```ts
 * const { values } = new Credentials("values", {
 *   credentials: { "calcom-postgres-password": { kind: "password" }, "calcom-nextauth-secret": { kind: { bytes: 32 } } },
 * });
 * ```
 */
export class Credentials<Name extends string> extends pulumi.ComponentResource {
  /** The values by name. All secret. */
  readonly values: Readonly<Record<Name, pulumi.Output<string>>>;

  constructor(name: string, args: CredentialsArgs<Name>, opts?: pulumi.ComponentResourceOptions) {
    super("handoff:secrets:Credentials", name, {}, opts);
    const faults = Object.entries<CredentialArgs>(args.credentials).flatMap(([key, credential]) =>
      faultsOf(credential).map((fault) => `credential ${key}: ${fault}`),
    );
    if (faults.length > 0) throw new pulumi.ResourceError(faults.join("\n"), this, true);
    const entries = Object.entries<CredentialArgs>(args.credentials).map(
      ([key, credential]) => [key, pulumi.secret(create(key, credential, this))] as const,
    );
    this.values = Object.fromEntries(entries) as Record<Name, pulumi.Output<string>>;
    this.registerOutputs({ values: this.values });
  }
}

function create(name: string, args: CredentialArgs, parent: pulumi.Resource): pulumi.Input<string> {
  const { kind, value, rotation = 1, formerName } = args;
  if (value !== undefined) return value;
  // A change of the keepers, and nothing else, makes the provider generate a new value.
  const keepers = { rotation: String(rotation) };
  const options = { parent, ...(formerName !== undefined && { aliases: [{ name: formerName }] }) };
  if (kind === "password")
    return new RandomPassword(name, { length: 32, special: true, keepers }, options).result;
  if (kind === "urlSafePassword") {
    return new RandomPassword(name, { length: 32, special: false, keepers }, options).result;
  }
  if (kind === "uuid") return new RandomUuid(name, { keepers }, options).result;
  if ("hex" in kind) return new RandomBytes(name, { length: kind.hex, keepers }, options).hex;
  return new RandomBytes(name, { length: kind.bytes, keepers }, options).base64;
}

function faultsOf({ kind, rotation = 1 }: CredentialArgs): string[] {
  const faults: string[] = [];
  if (!Number.isInteger(rotation) || rotation < 1) {
    faults.push(`rotation is ${rotation}: a whole number from 1 is needed`);
  }
  const bytes = typeof kind === "string" ? undefined : "hex" in kind ? kind.hex : kind.bytes;
  if (bytes !== undefined && (!Number.isInteger(bytes) || bytes < 16)) {
    faults.push(`${bytes} bytes: at least 16 are needed`);
  }
  return faults;
}
