import * as pulumi from "@pulumi/pulumi";
import { RandomBytes } from "@pulumi/random/randomBytes";
import { RandomPassword } from "@pulumi/random/randomPassword";
import { RandomUuid } from "@pulumi/random/randomUuid";
import type { GeneratedValue } from "../../manifests/secrets/app-value";
import {
  givenFault,
  isKeyKind,
  kindFaults,
  partName,
  partOf,
  type CredentialKind,
  type PasswordPolicy,
} from "../../manifests/secrets/credential-kind";
import { ageMilliseconds } from "../../manifests/secrets/max-age";
import { CredentialAge } from "./credential-age";
import { HtpasswdEntry } from "./htpasswd-entry";
import { KeyPair } from "./key-pair";

/** How one credential is made. */
export interface CredentialArgs extends GeneratedValue {
  /**
   * An existing value to keep using, of a key pair the private key; nothing is generated, nor rotated by age. One that
   * can't be of its kind is refused.
   */
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
  /** Further parts, by names such as `flux-age-public`, see `CredentialKind`. All secret. */
  readonly parts: Readonly<Record<string, pulumi.Output<string>>>;

  constructor(name: string, args: CredentialsArgs<Name>, opts?: pulumi.ComponentResourceOptions) {
    super("handoff:secrets:Credentials", name, {}, opts);
    const credentials = Object.entries<CredentialArgs>(args.credentials);
    const faults = credentials.flatMap(([key, credential]) =>
      faultsOf(credential).map((fault) => `credential ${key}: ${fault}`),
    );
    if (faults.length > 0) throw new pulumi.ResourceError(faults.join("\n"), this, true);
    const made = credentials.map(([key, credential]) => ({
      key,
      credential,
      ...create(key, credential, this),
    }));
    this.values = Object.fromEntries(made.map(({ key, value }) => [key, pulumi.secret(value)])) as Record<
      Name,
      pulumi.Output<string>
    >;
    this.parts = Object.fromEntries(
      made.flatMap(({ key, credential: { kind }, more }) => {
        const part = partOf(kind);
        return part === undefined || more === undefined ? [] : [[partName(key, part), pulumi.secret(more)]];
      }),
    );
    this.registerOutputs({
      values: this.values,
      ...(Object.keys(this.parts).length > 0 && { parts: this.parts }),
    });
  }
}

interface Made {
  readonly value: pulumi.Input<string>;
  /** The part that its kind has beside it. */
  readonly more?: pulumi.Input<string>;
}

function create(name: string, args: CredentialArgs, parent: pulumi.Resource): Made {
  const { kind, value, formerName } = args;
  const own = { parent, ...(formerName !== undefined && { aliases: [{ name: formerName }] }) };
  if (isKeyKind(kind)) {
    const pair = new KeyPair(name, { kind, keepers: keepers(name, args, parent), existing: value }, own);
    return { value: pair.privateKey, more: pair.publicKey };
  }
  const made = value === undefined ? generate(name, args, own) : given(name, kind, value);
  if (typeof kind === "object" && "htpasswd" in kind) {
    const { user } = kind.htpasswd;
    const { entry } = new HtpasswdEntry(partName(name, "entry"), { user, password: made }, { parent });
    return { value: made, more: entry };
  }
  if (typeof kind === "object" && "oidcClient" in kind) {
    const { id = new RandomUuid(partName(name, "id"), {}, { parent }).result } = kind.oidcClient;
    return { value: made, more: id };
  }
  return { value: made };
}

/** The value as it is, refused in the preview when it can't be of its kind. */
function given(name: string, kind: CredentialKind, value: pulumi.Input<string>): pulumi.Output<string> {
  return pulumi.secret(value).apply((text) => {
    const fault = givenFault(kind, text);
    if (fault === undefined) return text;
    throw new pulumi.RunError(`credential ${name}: the given value can't be kept: ${fault}`);
  });
}

function generate(
  name: string,
  args: CredentialArgs,
  options: pulumi.CustomResourceOptions & { readonly parent: pulumi.Resource },
): pulumi.Output<string> {
  const { kind } = args;
  const kept = keepers(name, args, options.parent);
  if (kind === "uuid") return new RandomUuid(name, { keepers: kept }, options).result;
  if (typeof kind === "object" && "hex" in kind)
    return new RandomBytes(name, { length: kind.hex, keepers: kept }, options).hex;
  if (typeof kind === "object" && "bytes" in kind)
    return new RandomBytes(name, { length: kind.bytes, keepers: kept }, options).base64;
  const policy =
    typeof kind === "object" && "password" in kind ? kind.password : { special: kind === "password" };
  return new RandomPassword(name, { ...passwordInputs(policy), keepers: kept }, options).result;
}

/** A change of the keepers, and nothing else, makes the provider generate a new value. */
function keepers(
  name: string,
  { rotation = 1, maxAge, value }: CredentialArgs,
  parent: pulumi.Resource,
): pulumi.Input<Record<string, string>> {
  const explicit = { rotation: String(rotation) };
  if (maxAge === undefined || value !== undefined) return explicit;
  // The first generation has the keepers of a value without an age: asking for an age makes no new one.
  return new CredentialAge(`${name}-age`, { maxAge, rotation }, { parent }).generation.apply(
    (generation): Record<string, string> =>
      generation === 0 ? explicit : { ...explicit, generation: String(generation) },
  );
}

function passwordInputs({ length = 32, special = true, ...least }: PasswordPolicy) {
  return typeof special === "boolean"
    ? { length, special, ...least }
    : { length, special: true, overrideSpecial: special, ...least };
}

function faultsOf({ kind, rotation = 1, maxAge }: CredentialArgs): string[] {
  const faults = kindFaults(kind);
  if (!Number.isInteger(rotation) || rotation < 1) {
    faults.push(`rotation is ${String(rotation)}: a whole number from 1 is needed`);
  }
  if (maxAge !== undefined && ageMilliseconds(maxAge) === undefined) {
    faults.push(`maxAge is ${JSON.stringify(maxAge)}: whole days or hours are needed, as 90d or 12h`);
  }
  return faults;
}
