import { hasUnknown } from "../plugin/handler";

export interface SopsKeys {
  /** age public keys that secrets are encrypted for. */
  readonly recipients: readonly string[];
  /** Text of an age key file, which the cluster is to decrypt with. */
  readonly identity?: string;
}

/** A fault when the cluster couldn't decrypt what is about to be committed. */
export async function identityFault({ recipients, identity }: SopsKeys): Promise<string | undefined> {
  if (identity === undefined || hasUnknown(identity)) return undefined;
  const { identityToRecipient } = await import("age-encryption");
  const keys = identity.match(/^AGE-SECRET-KEY-1[0-9A-Z]+/gm) ?? [];
  const own = await Promise.all(keys.map((key) => identityToRecipient(key).catch(() => undefined)));
  if (own.some((recipient) => recipient !== undefined && recipients.includes(recipient))) return undefined;
  const known = own.filter((recipient) => recipient !== undefined);
  if (known.length === 0) {
    return "`sops.identity` holds no age private key that is whole\n→ Give the file as age-keygen wrote it.";
  }
  return (
    `\`sops.identity\` is the private key of ${known.join(", ")}, which secrets aren't encrypted for: Flux couldn't decrypt them\n` +
    "→ Add that public key to `sops.recipients`, or give the private key of one that is there."
  );
}
