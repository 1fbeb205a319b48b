import { evaluate, isTemplate, referencesIn, type SecretText } from "../../manifests/secrets/secret-text";
import type { ClusterConnection } from "../kubernetes/cluster";
import type { LiveSecret } from "../kubernetes/patched-secret";
import type { PostgresRole } from "../../manifests/secrets/alter-role";

export interface RolledSecret {
  readonly name: string;
  readonly namespace: string;
  readonly from: "store" | "sops" | "patched";
  readonly data: Readonly<Record<string, SecretText>>;
  readonly madeOf?: Readonly<Record<string, SecretText>>;
}

export type Texts = Readonly<Record<string, string>>;

export interface RolloutInputs extends ClusterConnection {
  readonly secrets: readonly RolledSecret[];
  readonly values: Texts;
  readonly ends?: Texts;
  readonly revokes?: Texts;
  readonly roles?: Readonly<Record<string, PostgresRole>>;
  readonly parked?: readonly string[];
  readonly pending?: readonly string[];
  readonly timeoutSeconds: number;
}

/** Names of values that were there and are others now. New ones have nobody yet who lives by a former one. */
export function changedValues(olds: Texts = {}, news: Texts | string = {}): string[] {
  // A preview that knows none of them.
  if (typeof news === "string") return [];
  return Object.keys(news).filter((name) => name in olds && olds[name] !== news[name]);
}

/** True of the password of a role whose database is out of the cluster, and comes back with the former one. */
export function resting({ parked = [] }: Pick<RolloutInputs, "parked">, name: string): boolean {
  return parked.includes(name);
}

/** The Secrets that take one of the values, as it is or as a part of others. */
export function touchedSecrets(secrets: readonly RolledSecret[], values: readonly string[]): RolledSecret[] {
  return secrets.filter(({ data, madeOf = {} }) =>
    [...Object.values(data), ...Object.values(madeOf)].some((text) =>
      referencesIn(text).some((name) => values.includes(name)),
    ),
  );
}

/** What the keys of a Secret have, values that are made of others spelled out. */
export function wholeTexts({ data, madeOf }: RolledSecret): RolledSecret["data"] {
  return { ...data, ...madeOf };
}

/**
 * The texts that keys of a Secret will have, where this can be told: of what others keep in the vault it can't, nor of
 * what a template of External Secrets writes as JSON, whose signs it spells in another way.
 */
export function expectedTexts({ data, from }: RolledSecret, values: Texts): Texts {
  const known = Object.entries(data).filter(([, text]) => {
    const parts = typeof text === "string" ? [] : isTemplate(text) ? text : [text];
    const json = parts.some((part) => typeof part !== "string" && part.encode === "json");
    return referencesIn(text).every((name) => name in values) && !(json && from === "store");
  });
  return Object.fromEntries(known.map(([key, text]) => [key, evaluate(text, values)]));
}

/** Keys of the live Secret that don't have their texts yet. */
export function keysBehind(live: LiveSecret | undefined, expected: Texts): string[] {
  // Go's templates write a space of a URL as "+".
  const alike = (text: string): string => text.replaceAll("+", "%20");
  return Object.entries(expected)
    .filter(([key, text]) => {
      const value = live?.data?.[key];
      return value === undefined || alike(Buffer.from(value, "base64").toString("utf8")) !== alike(text);
    })
    .map(([key]) => key);
}
