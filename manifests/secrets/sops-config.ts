import { InputError } from "../files";
import type { Edit } from "../git/edits";
import { toYaml } from "../yaml";

/** A rule of `.sops.yaml`: which files are encrypted, for whom. */
export interface SopsRule {
  /** Regular expression over paths from the repository's root. */
  readonly pathRegex: string;
  /** age public keys `age1…`, fingerprints of PGP keys, and addresses of Azure Key Vault keys. */
  readonly recipients: readonly string[];
}

/** Encrypts the values of Secrets only, so that a diff still shows which object changed. */
const ENCRYPTED_REGEX = "^(data|stringData)$";

/**
 * The repository's `.sops.yaml`, with which people edit its secrets by `sops <file>`.
 * https://getsops.io/docs/usage/identities/config-file/
 */
export function sopsConfig(rules: readonly SopsRule[]): string {
  return toYaml({ object: { creation_rules: rules.map(creationRule) }, comments: {} });
}

function creationRule({ pathRegex, recipients }: SopsRule) {
  if (recipients.length === 0) throw new InputError(`SOPS needs an age public key for ${pathRegex}.`);
  const pgp = recipients.filter((one) => PGP.test(one));
  const azure = recipients.filter(isAzureKey);
  const age = recipients.filter((one) => !PGP.test(one) && !isAzureKey(one));
  return {
    path_regex: pathRegex,
    encrypted_regex: ENCRYPTED_REGEX,
    ...(age.length > 0 && { age: age.map(ageRecipient) }),
    ...(pgp.length > 0 && { pgp: pgp.join(",") }),
    ...(azure.length > 0 && { azure_keyvault: azure.join(",") }),
  };
}

/** Fingerprint of a PGP key. */
const PGP = /^[0-9A-F]{40}$/;
/** A version of a key in Azure Key Vault. */
const AZURE_KEY = /^https:\/\/[^/\s,]+\/keys\/[A-Za-z0-9-]+\/[0-9a-f]{32}$/;

export function isAzureKey(recipient: string): boolean {
  return AZURE_KEY.test(recipient);
}

/** What secrets can be encrypted for: an age public key, the fingerprint of a PGP key, an Azure Key Vault key. */
export const SOPS_RECIPIENT = new RegExp(`^age1[02-9ac-hj-np-z]{58}$|${PGP.source}|${AZURE_KEY.source}`);

/**
 * Our rule in the repository's `.sops.yaml`, beside those of others. It is for just these files, so that theirs keep
 * their rules, and the first, since sops takes the first that matches.
 */
export function sopsEdits(paths: readonly string[], recipients: readonly string[]): Record<string, Edit[]> {
  if (paths.length === 0) return {};
  const escaped = [...paths].sort().map((path) => path.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  const edit: Edit = {
    list: ["creation_rules"],
    position: "first",
    entry: creationRule({ pathRegex: `^(${escaped.join("|")})$`, recipients }),
    identity: ["path_regex"],
    initial: "creation_rules: []\n",
  };
  return { ".sops.yaml": [edit] };
}

/** @throws InputError unless it is an age public key; a private key is named as such and not repeated. */
export function ageRecipient(text: string): string {
  if (/^AGE-SECRET-KEY-/i.test(text)) {
    throw new InputError(
      "A private age key stands where the public one (age1…) belongs. Treat it as leaked.",
    );
  }
  if (!/^age1[02-9ac-hj-np-z]{50,}$/.test(text)) {
    throw new InputError(
      `${JSON.stringify(text)} is no age public key: it starts with age1, as age-keygen prints it.`,
    );
  }
  return text;
}
