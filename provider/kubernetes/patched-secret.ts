import { scryptSync } from "node:crypto";
import { RECONCILE_DISABLED } from "../../manifests/secrets/app-secret";
import { UserError } from "../plugin/handler";
import type { LiveObject, Reference } from "./live-object";

/** The part of a Secret that is ours. */
export interface OwnSecret {
  readonly name: string;
  readonly namespace: string;
  readonly data: Readonly<Record<string, string>>;
  readonly type?: string;
}

type Place = Pick<OwnSecret, "name" | "namespace">;

/** Key → digest of its value. */
export type Digests = Readonly<Record<string, string>>;

/** A Secret as the API serves it. */
export interface LiveSecret extends LiveObject {
  /** In base64. */
  readonly data?: Readonly<Record<string, string>>;
}

export function referenceOf({ name, namespace }: Place): Reference {
  return { apiVersion: "v1", kind: "Secret", name, namespace };
}

export function keysOf({ data = {} }: LiveSecret): string[] {
  return Object.keys(data);
}

/** What is applied: keys that were ours and aren't in it go, by the rules of server-side apply. */
export function applied(
  { name, namespace, type }: Place & Pick<OwnSecret, "type">,
  texts: OwnSecret["data"],
) {
  const data = Object.entries(texts).map(([key, text]) => [
    key,
    Buffer.from(text, "utf8").toString("base64"),
  ]);
  return {
    apiVersion: "v1",
    kind: "Secret",
    metadata: { name, namespace, annotations: { ...RECONCILE_DISABLED } },
    ...(type !== undefined && { type }),
    data: Object.fromEntries(data) as Record<string, string>,
  };
}

/**
 * Tells whether a value is the same, and not what it is: it stands in the state in the clear, so that guessing a weak
 * password by it has to be slow. Salted by its place, so that equal values don't show as such.
 */
export function digestOf({ name, namespace }: Place, key: string, text: string): string {
  return `scrypt:${scryptSync(text, `${namespace}/${name}/${key}`, 16).toString("hex")}`;
}

/** The digests of our keys as they are in the cluster. */
export function liveDigests(own: OwnSecret, { data = {} }: LiveSecret): Digests {
  const ours = Object.entries(data).filter(([key]) => key in own.data);
  return Object.fromEntries(
    ours.map(([key, value]) => [key, digestOf(own, key, Buffer.from(value, "base64").toString("utf8"))]),
  );
}

/** What git has in place of a value, such as `REPLACE_ME` or `REPLACE_ME_strong_password_here`. */
const PLACEHOLDER = /^REPLACE_ME/;

/**
 * A first run must not replace credentials that something already lives by.
 * @throws UserError when keys of ours have other values, which neither are placeholders nor were written here
 */
export function refuseForeignValues(own: OwnSecret, live: LiveSecret, manager: string): void {
  const ours = live.metadata?.managedFields?.filter((entry) => entry.manager === manager) ?? [];
  const written = new Set(ours.flatMap(({ fieldsV1 }) => dataFields(fieldsV1)));
  const foreign = Object.entries(own.data).flatMap(([key, text]) => {
    const value = live.data?.[key];
    if (value === undefined || written.has(key)) return [];
    const found = Buffer.from(value, "base64").toString("utf8");
    return found === text || found === "" || PLACEHOLDER.test(found) ? [] : [key];
  });
  if (foreign.length === 0) return;
  const { name, namespace } = own;
  throw new UserError(
    `Secret ${namespace}/${name} already has other values for ${foreign.join(", ")}, which something may live by; nothing was changed in it.\n` +
      "→ Give the stack the values that it has (a credential in the settings takes the place of a generated one), or " +
      `take the keys away: ${foreign.map((key) => `kubectl patch secret ${name} -n ${namespace} --type=json -p '[{"op":"remove","path":"/data/${key}"}]'`).join("; ")}`,
  );
}

/** True when a manager made it, and nobody else has a field in it. */
export function isOnlyOf(manager: string, { metadata }: LiveSecret): boolean {
  const { managedFields = [] } = metadata ?? {};
  return managedFields.length > 0 && managedFields.every((entry) => entry.manager === manager);
}

/** Keys of `data` that a field manager's entry names: `{ "f:data": { "f:password": {} } }`. */
function dataFields(fields: object = {}): string[] {
  const data = (fields as { readonly "f:data"?: object })["f:data"] ?? {};
  return Object.keys(data).map((field) => field.replace(/^f:/, ""));
}
