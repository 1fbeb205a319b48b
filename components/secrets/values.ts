import * as pulumi from "@pulumi/pulumi";
import { InputError } from "../../manifests/files";
import { partName, partOf, type PasswordPolicy } from "../../manifests/secrets/credential-kind";
import type { VaultKey } from "../../manifests/secrets/external-secrets";
import { evaluate, referencesIn, type Template } from "../../manifests/secrets/secret-text";
import { Credentials, type CredentialArgs } from "./credentials";

/** Where a value comes from. */
export type ValueSource =
  /** It is generated, and kept in state; or given, as that of an existing installation. */
  | CredentialArgs
  /** It is an output of Cloudflare, Azure or the cluster, or a setting; a function makes the resource that has it. */
  | {
      readonly from: pulumi.Input<string> | (() => pulumi.Input<string>);
      /** What the end of an `up` with another value revokes: `the former API token`. @default nothing */
      readonly revokes?: string;
      /** What another value ends, told before it is made. @default nothing */
      readonly ends?: string;
    }
  /** It is made of other values. */
  | { readonly template: Template }
  /** Others keep it in the vault: nothing is written there. */
  | { readonly stored: VaultKey }
  /** It is a part of another one, such as the public half of a key, see `withParts`. */
  | { readonly partOf: string };

/** Values by the one name that each has in the vault, in state and in the Secrets that take it. */
export type ValueSources = Readonly<Record<string, ValueSource>>;

type More = Omit<CredentialArgs, "kind">;

/** `password({ rotation: settings.rotate.postgresPassword })`, `password({ length: 48, special: "-_." })` */
export function password({
  length,
  special,
  minLower,
  minUpper,
  minNumeric,
  minSpecial,
  ...more
}: More & PasswordPolicy = {}): CredentialArgs {
  const policy = { length, special, minLower, minUpper, minNumeric, minSpecial };
  const own = Object.fromEntries(Object.entries(policy).filter(([, given]) => given !== undefined));
  return { kind: Object.keys(own).length === 0 ? "password" : { password: own }, ...more };
}

/** Random bytes in base64. */
export function randomBytes(bytes: number, more: More = {}): CredentialArgs {
  return { kind: { bytes }, ...more };
}

/** Random bytes in hexadecimal digits. */
export function hexBytes(bytes: number, more: More = {}): CredentialArgs {
  return { kind: { hex: bytes }, ...more };
}

/**
 * Values that others keep in the vault under properties of JSON secrets, each by the name `<key>:<property>`:
 * `stored({ "sso/forgejo": ["client_id", "client_secret"] })`
 */
export function stored(keys: Readonly<Record<string, readonly string[]>>): ValueSources {
  const entries = Object.entries(keys).flatMap(([key, properties]) =>
    properties.map((property) => [`${key}:${property}`, { stored: { key, property } }] as const),
  );
  return Object.fromEntries(entries);
}

/** Where a store has a value: where others keep it, else under the value's own name. */
export function storedKey(sources: ValueSources): (value: string) => VaultKey {
  return (value) => {
    const source = sources[value];
    return source !== undefined && "stored" in source ? source.stored : value;
  };
}

export type Values = Readonly<Record<string, pulumi.Output<string>>>;

/**
 * The sources with those of further parts of credentials: the public half of a key, the entry of an htpasswd file.
 * @returns what is declared beside such a part under its name, too
 */
export function withParts(sources: ValueSources): {
  readonly sources: ValueSources;
  readonly faults: string[];
} {
  const parts = Object.entries(sources).flatMap(([credential, source]) => {
    const part = "kind" in source ? partOf(source.kind) : undefined;
    return part === undefined ? [] : [{ credential, name: partName(credential, part) }];
  });
  const faults = parts.flatMap(({ credential, name }) => {
    const other = sources[name];
    if (other === undefined || ("partOf" in other && other.partOf === credential)) return [];
    return [
      `The value ${name} is a part of the credential ${credential}, and is declared besides: rename one of them.`,
    ];
  });
  const made = parts.map(({ credential, name }) => [name, { partOf: credential }] as const);
  return { sources: { ...sources, ...Object.fromEntries(made) }, faults };
}

/**
 * The values that this stack makes: all but those that others keep in the vault. Every one is a Pulumi secret.
 * @throws InputError for a template that takes a value that nobody makes, or itself.
 */
export function makeValues(
  name: string,
  given: ValueSources,
  options?: pulumi.ComponentResourceOptions,
): Values {
  const { sources, faults: clashes } = withParts(given);
  const faults = [...clashes, ...valueFaults(sources)];
  if (faults.length > 0) throw new InputError(faults.join("\n"));
  const generated = Object.entries(sources).filter(
    (entry): entry is [string, CredentialArgs] => "kind" in entry[1],
  );
  const made: Record<string, pulumi.Output<string>> = {};
  if (generated.length > 0) {
    const { values, parts } = new Credentials(name, { credentials: Object.fromEntries(generated) }, options);
    const all = Object.entries({ ...values, ...parts }).map(
      ([value, text]) => [value, ifThere(text)] as const,
    );
    Object.assign(made, Object.fromEntries(all));
  }
  const get = (value: string): pulumi.Output<string> => (made[value] ??= make(value));
  const make = (value: string): pulumi.Output<string> => {
    const source = sources[value];
    if (source !== undefined && "from" in source)
      return ifThere(pulumi.secret(typeof source.from === "function" ? source.from() : source.from));
    const template = source !== undefined && "template" in source ? source.template : [];
    const parts = Object.fromEntries(referencesIn(template).map((part) => [part, get(part)]));
    return pulumi.secret(pulumi.all(parts).apply((texts) => evaluate(template, texts)));
  };
  for (const [value, source] of Object.entries(sources)) if (!("stored" in source)) get(value);
  return made;
}

/** A destroy that runs the program has no value of what is gone already: then nothing can be made of it either. */
function ifThere(text: pulumi.Output<string>): pulumi.Output<string> {
  return text.apply((known: string | undefined) => known ?? (pulumi.unknown as unknown as string));
}

function valueFaults(sources: ValueSources): string[] {
  const faults: string[] = [];
  const visit = (value: string, path: readonly string[]): void => {
    const source = sources[value];
    if (path.includes(value))
      faults.push(`The value ${value} is made of itself: ${[...path, value].join(" → ")}.`);
    else if (source !== undefined && "template" in source) {
      for (const part of referencesIn(source.template)) visit(part, [...path, value]);
    } else if (path.length > 0 && (source === undefined || "stored" in source)) {
      const whose = source === undefined ? "nobody makes" : "others keep in the vault";
      faults.push(`The value ${path.at(-1) ?? ""} is made of ${value}, which ${whose}.`);
    }
  };
  for (const value of Object.keys(sources)) visit(value, []);
  return [...new Set(faults)];
}
