import { z } from "zod";
import { NOTHING } from "../faults";
import * as field from "../fields";
import { AZURE_CLOUDS, cloudOf } from "../../../manifests/secrets/azure-cloud";
import { at, type Check } from "../checks";
import { choice, mapping } from "../fields";
import { Environment, credential } from "../references";
import { checkVault, vault } from "./vault";

/** Azure Key Vault, and who reads it. */
export function azure(env: Environment) {
  return mapping({
    subscriptionId: field
      .uuid()
      .prefault(env.variables.ARM_SUBSCRIPTION_ID ?? "")
      .describe("Subscription of the vault. Left out: ARM_SUBSCRIPTION_ID."),
    tenantId: field.uuid().describe("Entra ID tenant of the vault."),
    cloud: field
      .oneOf(AZURE_CLOUDS)
      .default("AzurePublicCloud")
      .describe("Azure's cloud: the provider, the vault's address and the store in the cluster follow it."),
    resourceGroup: field
      .text(/^(?=.{1,90}$)[\w().-]*[\w()-]$/, "the name of a resource group")
      .describe("Resource group of the vault. It must exist."),
    location: field.text(/^[a-z0-9]+$/, "a region such as westeurope").describe("Region of what is created."),
    vault: vault(),
    adopt: z
      .array(field.text(/^[\w-]{1,128}$/, "the name of a secret or of an identity"), {
        error: "a list of names of secrets and of the identity",
      })
      .optional()
      .describe(
        "Secrets of the vault, or the identity, that others made: the next version of a secret is this stack's, an identity is used as it is, and neither is deleted. Without it `up` stops at them.",
      ),
    identity: choice(
      {
        oidcIssuer: field
          .httpUrl("https://oidc.example.com/cluster")
          .describe(
            "Issuer of the cluster's ServiceAccount tokens: an identity that trusts them is created.",
          ),
        managedIdentity: mapping({
          clientId: field.uuid().optional().describe("Picks one when the nodes have several."),
          principalId: field.uuid().optional().describe("Object id, to grant it access to the vault."),
        }).describe("An identity that the nodes already have."),
        servicePrincipal: mapping({
          clientId: field.uuid().describe("Application id."),
          clientSecret: credential(env).describe("Its secret, which is put into the cluster."),
          principalId: field.uuid().optional().describe("Object id, to grant it access to the vault."),
        }).describe("An app registration with a secret."),
      },
      {
        name: field
          .text(/^[a-zA-Z0-9][\w-]{2,127}$/, "3 to 128 letters, digits, hyphens and underscores")
          .optional()
          .describe("With oidcIssuer, the identity's name. Left out: <cluster>-external-secrets."),
      },
    ).describe("How External Secrets signs in to the vault."),
  });
}

/** Another cloud's address can't be signed in to, and only an identity that is made or adopted has a name. */
export const checkAzure: Check = (raw, report) => {
  checkVault(raw, report);
  if (at(raw, "azure.identity.name") !== undefined && at(raw, "azure.identity.oidcIssuer") === undefined)
    report("azure.identity.name", { allowed: `${NOTHING}, unless there is azure.identity.oidcIssuer` });
  const url = at(raw, "azure.vault.url");
  const cloud = at(raw, "azure.cloud") ?? "AzurePublicCloud";
  if (typeof url !== "string" || !URL.canParse(url)) return;
  const actual = cloudOf(url);
  if (actual === undefined || actual === cloud) return;
  report("azure.cloud", { allowed: `${actual}, to which handoff:azure.vault.url belongs` });
};

export type AzureSettings = z.output<ReturnType<typeof azure>>;
