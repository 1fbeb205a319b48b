import { hasUnknown, UserError } from "../plugin/handler";
import { InputError } from "../../manifests/files";
import type { SopsKeys } from "./identity-check";
import { encrypt, SopsError, SopsMissing, type SopsOptions } from "./sops";
import { adviceFor } from "./sops-words";

/** A document that says nothing. */
const TRIAL = {
  path: "preflight.enc.yaml",
  plaintext: "apiVersion: v1\nkind: Secret\nstringData:\n  trial: trial\n",
};

/**
 * Whom secrets can't be encrypted for, by a trial whose ciphertext is thrown away: a PGP key that this machine doesn't
 * have, a key of Azure Key Vault that may not be used, an age key with a slip.
 * @returns each fault a text; undefined when sops isn't there
 */
export async function recipientFaults(
  { recipients }: Pick<SopsKeys, "recipients">,
  { program, waiting }: Pick<SopsOptions, "program" | "waiting"> = {},
): Promise<readonly string[] | undefined> {
  if (hasUnknown(recipients) || recipients.length === 0) return [];
  const faultFor = async (some: readonly string[]): Promise<string | undefined> => {
    try {
      await encrypt(TRIAL, { rules: [{ pathRegex: ".*", recipients: some }], program, waiting });
      return undefined;
    } catch (error) {
      if (error instanceof SopsMissing) throw error;
      const isFault = [SopsError, InputError, UserError].some((kind) => error instanceof kind);
      if (isFault) return (error as Error).message;
      throw error;
    }
  };
  try {
    const all = await faultFor(recipients);
    if (all === undefined) return [];
    const each = await Promise.all(recipients.map(async (one) => ({ one, fault: await faultFor([one]) })));
    const bad = each.flatMap(({ one, fault }) => (fault === undefined ? [] : [faultOf(one, fault)]));
    return bad.length > 0 ? bad : [all];
  } catch (error) {
    if (error instanceof SopsMissing) return undefined;
    throw error;
  }
}

function faultOf(recipient: string, fault: string): string {
  return `secrets can't be encrypted for ${recipient} of \`sops.recipients\`: ${fault}\n→ ${adviceFor(recipient, fault)} Or take it out of the list.`;
}
