import { z } from "zod";
import { AUTHORIZATIONS, RETENTION_DAYS } from "../../../manifests/azure/vault-properties";
import { at, type Check } from "../checks";
import { NOTHING } from "../faults";
import * as field from "../fields";
import { choice, mapping } from "../fields";

/** Names of tags that say whose a vault is. */
const RESERVED = ["managed-by", "handoff-mark"];

/** What only a vault that is created takes: others' aren't changed. */
const CREATED = {
  sku: field
    .oneOf(["standard", "premium"])
    .optional()
    .describe("Tier of a created vault; premium has keys in hardware modules. Left out: standard."),
  authorization: field
    .oneOf(AUTHORIZATIONS)
    .optional()
    .describe(
      "By what a created vault tells who may read it: rbac, roles of Azure; accessPolicies, its own list, to which the reader and whoever deploys are added. Left out: rbac.",
    ),
  purgeProtection: field
    .flag()
    .optional()
    .describe(
      "True: nobody can purge a created vault or its secrets before their retention ends, so that after `pulumi destroy` the name stays taken until then, unless `recover` restores it. It can't be turned off again. Left out: as it is.",
    ),
  retentionDays: field
    .number(7, 90)
    .optional()
    .describe(
      `Days that Azure keeps a created vault and its secrets after their deletion; set once, when it is created. Left out: ${String(RETENTION_DAYS)}.`,
    ),
  tags: z
    .record(
      field.text(/^(?!\s)[^<>%&\\?/]{1,512}(?<!\s)$/, "names of at most 512 characters without <>%&\\?/"),
      z.string({ error: "a text" }).max(256, { error: "at most 256 characters" }),
      { error: "a mapping of names and texts" },
    )
    .refine((tags) => !Object.keys(tags).some((name) => RESERVED.includes(name.toLowerCase())), {
      error: `other tags than ${RESERVED.join(" and ")}, which say whose the vault is`,
    })
    .optional()
    .describe("Tags of a created vault, beside those of the stack. Tags that others set stay."),
  network: mapping({
    ipRules: z
      .array(publicRange(), { error: "a list of public IPv4 addresses and ranges" })
      .optional()
      .describe("Public IPv4 addresses and ranges that are let in."),
    subnets: z
      .array(
        field.text(
          /^\/subscriptions\/[^/\s]+\/resourceGroups\/[^/\s]+\/providers\/Microsoft\.Network\/virtualNetworks\/[^/\s]+\/subnets\/[^/\s]+$/i,
          "the id of a subnet, /subscriptions/…/virtualNetworks/…/subnets/…",
        ),
        { error: "a list of ids of subnets" },
      )
      .optional()
      .describe("Ids of subnets that are let in; they need the service endpoint Microsoft.KeyVault."),
    bypass: field
      .oneOf(["AzureServices", "None"])
      .optional()
      .describe("Whether Azure's trusted services are let in as well. Left out: AzureServices."),
  })
    .optional()
    .describe(
      "Firewall of a created vault: it denies all but these. External Secrets has to be let in, by the address that the cluster goes out with, and whoever runs Pulumi. Rules that others add stay. Left out: open, unless others closed it.",
    ),
  diagnostics: choice(
    {
      workspaceId: field
        .text(
          /^\/subscriptions\/[^/\s]+\/resourceGroups\/[^/\s]+\/providers\/Microsoft\.OperationalInsights\/workspaces\/[^/\s]+$/i,
          "the id of a Log Analytics workspace, /subscriptions/…/workspaces/…",
        )
        .describe("Log Analytics workspace."),
      storageAccountId: field
        .text(
          /^\/subscriptions\/[^/\s]+\/resourceGroups\/[^/\s]+\/providers\/Microsoft\.Storage\/storageAccounts\/[^/\s]+$/i,
          "the id of a storage account, /subscriptions/…/storageAccounts/…",
        )
        .describe("Storage account."),
    },
    {},
  )
    .optional()
    .describe("Where the audit log (AuditEvent) of a created vault goes."),
};

/** The vault that secrets are put into. */
export function vault() {
  return mapping({
    name: field
      .text(
        /^(?!.*--)[a-zA-Z][a-zA-Z0-9-]{1,22}[a-zA-Z0-9]$/,
        "3 to 24 letters, digits and single hyphens, from a letter to a letter or digit",
      )
      .describe("Name of the vault."),
    create: field.flag().default(false).describe("Create the vault, and delete it with the stack."),
    recover: field
      .flag()
      .default(false)
      .describe(
        "Restore the deleted vault of that name, as after `pulumi destroy`; one with the stack's tag that is there, and that the state doesn't know, is taken over with its secrets.",
      ),
    url: field
      .httpUrl("https://my-vault.vault.azure.net")
      .optional()
      .describe("Address of the vault. Left out: the one of its name in the cloud."),
    ...CREATED,
  });
}

/** Of a vault that others made, only secrets are written. */
export const checkVault: Check = (raw, report) => {
  if (at(raw, "azure.vault.create") === true) return;
  for (const name of Object.keys(CREATED)) {
    if (at(raw, `azure.vault.${name}`) === undefined) continue;
    report(`azure.vault.${name}`, {
      allowed: `${NOTHING}, unless azure.vault.create is true: a vault that others made isn't changed`,
    });
  }
};

/** Key Vault takes public addresses alone: https://learn.microsoft.com/azure/key-vault/general/network-security */
function publicRange() {
  const error = "a public IPv4 address or range, such as 203.0.113.7 or 203.0.113.0/24";
  const octet = "(25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])";
  const inside = "(0|10|127|169\\.254|172\\.(1[6-9]|2[0-9]|3[01])|192\\.168)\\.";
  return field.text(new RegExp(`^(?!${inside})${octet}(\\.${octet}){3}(/(3[0-2]|[12]?[0-9]))?$`), error);
}
