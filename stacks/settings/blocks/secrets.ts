import { z } from "zod";
import { SOPS_RECIPIENT } from "../../../manifests/secrets/sops-config";
import { at, type Check } from "../checks";
import * as field from "../fields";
import { choice } from "../fields";
import { Environment, credential } from "../references";

/** How secrets reach the cluster, and the keys of SOPS. */
export function secrets() {
  return field
    .oneOf(["keyVault", "sops"])
    .default("keyVault")
    .describe("How secrets reach the cluster: Key Vault and External Secrets, or encrypted in git by SOPS.");
}

export function sops(env: Environment) {
  return choice(
    {
      recipient: ageRecipient().describe("Public key that secrets are encrypted for."),
      recipients: z
        .array(anyRecipient(), { error: "a list of public keys" })
        .min(1)
        .describe(
          "Public keys of the cluster and of people who edit secrets by sops, in place of `recipient`: of age, PGP (the fingerprint), or Azure Key Vault (the address of the key's version).",
        ),
    },
    {
      identity: credential(env, (value) =>
        value.includes("AGE-SECRET-KEY-1")
          ? undefined
          : {
              found: "a text that isn't an age private key",
              allowed: "a line that starts with AGE-SECRET-KEY-1",
            },
      )
        .optional()
        .describe(
          "Private key of one of them, put into the cluster as Secret sops-age. Left out: that Secret is there already.",
        ),
    },
  );
}

function ageRecipient() {
  return field.text(
    /^age1[02-9ac-hj-np-z]{58}$/,
    "an age public key: age1 and 58 characters, as age-keygen prints it",
  );
}

function anyRecipient() {
  return field.text(
    SOPS_RECIPIENT,
    "an age public key (age1…), the fingerprint of a PGP key in 40 capital digits, or https://<vault>/keys/<name>/<version>",
  );
}

/** All public keys that secrets are encrypted for. */
export function recipientsOf({ recipient, recipients = [] }: SopsSettings): readonly string[] {
  return [...new Set([...(recipient === undefined ? [] : [recipient]), ...recipients])];
}

export const checkSecrets: Check = (raw, report) => {
  const mode = at(raw, "secrets") ?? "keyVault";
  if (mode === "sops" && at(raw, "sops") === undefined) {
    report("sops", {
      allowed: "a mapping of recipient or recipients, and identity, since handoff:secrets is sops",
    });
  }
  if (mode === "keyVault" && at(raw, "azure") === undefined) {
    report("azure", {
      allowed:
        "a mapping of subscriptionId, tenantId, resourceGroup, location, vault, identity, since handoff:secrets is keyVault",
      hint: "Or set handoff:secrets to sops",
    });
  }
};

export type SecretsSetting = z.output<ReturnType<typeof secrets>>;
export type SopsSettings = z.output<ReturnType<typeof sops>>;
