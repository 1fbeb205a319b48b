/** Who may decrypt what SOPS encrypted, by the names that its documents and its `.sops.yaml` give them. */

import { isObject, objectsIn } from "../shape";

/** Fields of a rule in `.sops.yaml`: a list, or a text with commas. */
const RULE_FIELDS = ["age", "pgp", "azure_keyvault", "kms", "gcp_kms", "hc_vault_transit_uri"];

/** Each kind of key in a document's `sops`, and what says which key it is. */
const KEYS: Readonly<Record<string, (key: Fields) => unknown>> = {
  age: (key) => key.recipient,
  pgp: (key) => key.fp,
  azure_kv: (key) => [key.vault_url, "keys", key.name, key.version].join("/"),
  kms: (key) => key.arn,
  gcp_kms: (key) => key.resource_id,
  hc_vault: (key) => [key.vault_address, "v1", key.engine_path, "keys", key.key_name].join("/"),
};

/**
 * Fingerprints of PGP keys are written as gpg shows them, in groups and in either case; SSH keys with a comment or without.
 */
function asWritten(recipient: string): string {
  const plain = recipient.replaceAll(/\s/g, "");
  if (/^(0x)?[0-9a-f]{40}$/i.test(plain)) return plain.slice(-40).toUpperCase();
  const [kind = "", key] = recipient.trim().split(/\s+/);
  return kind.startsWith("ssh-") && key !== undefined ? `${kind} ${key}` : plain;
}

type Fields = Readonly<Record<string, unknown>>;

/** Those of a document, by its `sops`; with groups of keys those of all. */
export function documentRecipients(sops: Fields): string[] {
  const of = (group: Fields): string[] =>
    Object.entries(KEYS).flatMap(([kind, name]) =>
      objectsIn(group[kind]).map((key) => asWritten(String(name(key)))),
    );
  return [sops, ...objectsIn(sops.key_groups)].flatMap(of);
}

/**
 * How many groups of keys it takes to read a document by its `sops`: 1 where each key is enough by itself.
 * https://getsops.io/docs/usage/advanced-usage/#key-groups
 */
export function groupsNeeded({ key_groups, shamir_threshold }: Fields): number {
  const groups = objectsIn(key_groups).length;
  const told = Number(shamir_threshold ?? 0);
  return groups < 2 ? 1 : told > 0 ? told : groups;
}

function ruleRecipients(rule: Fields): string[] {
  return RULE_FIELDS.flatMap((field) => {
    const value = rule[field];
    const listed: unknown[] =
      typeof value === "string" ? value.split(",") : Array.isArray(value) ? value : [];
    return listed.map((one) => asWritten(String(one))).filter((one) => one !== "");
  });
}

/** True when whoever reads by the one rule may read by one of the others, or when there are no others. */
export function isCovered(rule: unknown, others: readonly unknown[]): boolean {
  const known = new Set(others.filter(isObject).flatMap(ruleRecipients));
  return others.length === 0 || (isObject(rule) && ruleRecipients(rule).every((one) => known.has(one)));
}

/** True of a rule of `.sops.yaml` that says what ours says, for further recipients: somebody shared it with colleagues. */
export function isSharedRule(found: unknown, ours: unknown): boolean {
  if (!isObject(found) || !isObject(ours) || ours.path_regex === undefined) return false;
  const rest = (rule: Fields): string =>
    JSON.stringify(
      Object.entries(rule)
        .filter(([field]) => !RULE_FIELDS.includes(field))
        .sort(([a], [b]) => (a < b ? -1 : 1)),
    );
  const theirs = new Set(ruleRecipients(found));
  const own = ruleRecipients(ours);
  return rest(found) === rest(ours) && theirs.size > own.length && own.every((one) => theirs.has(one));
}
