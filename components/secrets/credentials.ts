import * as pulumi from "@pulumi/pulumi";
import { RandomBytes } from "@pulumi/random/randomBytes";
import { RandomPassword } from "@pulumi/random/randomPassword";

/** How one credential is made. */
export interface CredentialArgs {
  /** `password`: 32 characters with special ones; `bytes`: that many random bytes in base64. */
  readonly kind: "password" | { readonly bytes: number };
  /**
   * Raise it to make a new value.
   * @default 1
   */
  readonly rotation?: number;
  /** An existing value to keep using; nothing is generated. */
  readonly value?: pulumi.Input<string>;
}

export interface CredentialsArgs<Name extends string> {
  readonly credentials: Readonly<Record<Name, CredentialArgs>>;
}

/**
 * Random credentials, kept in the stack's encrypted state: a second `up` has the same values.
 *
 * ```ts
 * const { values } = new Credentials("calcom", {
 *   credentials: { postgresPassword: { kind: "password" }, nextauthSecret: { kind: { bytes: 32 } } },
 * });
 * ```
 */
export class Credentials<Name extends string> extends pulumi.ComponentResource {
  /** The values by name. All secret. */
  readonly values: Readonly<Record<Name, pulumi.Output<string>>>;

  constructor(name: string, args: CredentialsArgs<Name>, opts?: pulumi.ComponentResourceOptions) {
    super("handoff:secrets:Credentials", name, {}, opts);
    const entries = Object.entries<CredentialArgs>(args.credentials).map(([key, credential]) => {
      const fault = faultOf(credential);
      if (fault !== undefined) throw new pulumi.ResourceError(`credential ${key}: ${fault}`, this, true);
      return [key, pulumi.secret(create(`${name}-${kebab(key)}`, credential, this))] as const;
    });
    this.values = Object.fromEntries(entries) as Record<Name, pulumi.Output<string>>;
    this.registerOutputs({ values: this.values });
  }
}

function create(name: string, args: CredentialArgs, parent: pulumi.Resource): pulumi.Input<string> {
  if (args.value !== undefined) return args.value;
  // A change of the keepers, and nothing else, makes the provider generate a new value.
  const keepers = { rotation: String(args.rotation ?? 1) };
  return args.kind === "password"
    ? new RandomPassword(name, { length: 32, special: true, keepers }, { parent }).result
    : new RandomBytes(name, { length: args.kind.bytes, keepers }, { parent }).base64;
}

function faultOf({ kind, rotation = 1 }: CredentialArgs): string | undefined {
  if (!Number.isInteger(rotation) || rotation < 1)
    return `rotation is ${rotation}: a whole number from 1 is needed`;
  if (kind === "password") return undefined;
  if (!Number.isInteger(kind.bytes) || kind.bytes < 16) return `${kind.bytes} bytes: at least 16 are needed`;
  return undefined;
}

function kebab(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}
