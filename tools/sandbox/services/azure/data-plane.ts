/** Key Vault's data plane below `/keyvault/<vault>/`, in the paths and shapes of `@azure/keyvault-secrets`. */
import { z } from "zod";
import type { Call, Reply } from "../http";
import { AzureError, parseBody, requireApiVersion } from "./errors";
import { keysPlane } from "./keys";
import { requireSecretRight, type SecretOperation } from "./roles";
import { Secrets, type SecretInput } from "./secrets";
import type { AzureState, Resource, SecretVersion, VaultSecret } from "./state";
import { identityOf, VAULTS } from "./tokens";

const attributes = z.object({
  enabled: z.boolean().optional(),
  nbf: z.number().optional(),
  exp: z.number().optional(),
});
const description = z.object({
  contentType: z.string().nullish(),
  tags: z.record(z.string(), z.string()).optional(),
  attributes: attributes.optional(),
});
const creation = description.extend({ value: z.string() });

export function dataPlane(call: Call, state: AzureState, tenantId: string): Reply {
  const [, , vaultName = "", ...rest] = call.path.replace(/\/+$/, "").split("/").map(decodeURIComponent);
  if (!call.headers.authorization) return challenge(call, tenantId);
  if (call.headers.authorization === "Bearer invalid") {
    throw new AzureError(
      401,
      "Unauthorized",
      "AKV10046: Unable to resolve the key used for signature validation.",
    );
  }
  const oid = identityOf(call.headers.authorization, { tenantId, audiences: VAULTS });
  requireApiVersion(call, "Key Vault");
  const vault = findVault(state, vaultName);
  if (!vault)
    throw new AzureError(404, "VaultNotFound", `There is no key vault ${vaultName} at this address.`);
  if (isWalled(vault)) {
    const message =
      "Client address is not authorized and caller is not a trusted service. Client address: 127.0.0.1";
    throw new AzureError(403, "Forbidden", message, "ForbiddenByFirewall");
  }
  if (rest[0] === "keys") return keysPlane(call, rest.slice(1), { state, vault, oid });
  const secrets = new Secrets(state, vault);
  const view = new View(vault);
  const [collection, name, part] = rest;
  const operation = `${call.method} ${collection ?? ""}${name ? "/name" : ""}${part ? "/part" : ""}`;
  const right = RIGHTS[part === "versions" ? "GET secrets" : operation];
  if (right !== undefined) requireSecretRight(state, vault, oid, right);
  const ok = (body: unknown): Reply => ({ status: 200, body });
  const list = (items: unknown[]) => ok({ value: items, nextLink: null });

  switch (operation) {
    case "GET secrets":
      return list(secrets.list(false).map((secret) => view.item(secret)));
    case "GET secrets/name":
    case "GET secrets/name/part": {
      if (part === "versions") {
        const { secret } = secrets.get(name ?? "");
        return list(secret.versions.map((version) => view.item(secret, version)));
      }
      const { secret, version } = secrets.get(name ?? "", part);
      if (!version.attributes.enabled) {
        throw new AzureError(
          403,
          "Forbidden",
          `Operation get is not allowed on a disabled secret.`,
          "SecretDisabled",
        );
      }
      return ok(view.bundle(secret, version));
    }
    case "PUT secrets/name": {
      const version = secrets.set(name ?? "", withoutNulls(parseBody(call, creation)));
      return ok(view.bundle(secrets.get(name ?? "").secret, version));
    }
    case "PATCH secrets/name":
    case "PATCH secrets/name/part": {
      const version = secrets.update(name ?? "", part, withoutNulls(parseBody(call, description)));
      return ok({ ...view.bundle(secrets.get(name ?? "").secret, version), value: undefined });
    }
    case "DELETE secrets/name":
      return ok(view.deleted(secrets.delete(name ?? "")));
    case "GET deletedsecrets":
      return list(secrets.list(true).map((secret) => view.deleted(secret)));
    case "GET deletedsecrets/name":
      return ok(view.deleted(secrets.deleted(name ?? "")));
    case "DELETE deletedsecrets/name":
      secrets.purge(name ?? "");
      return { status: 204 };
    case "POST deletedsecrets/name/part":
      if (part === "recover") return ok(view.item(secrets.recover(name ?? "")));
  }
  throw new AzureError(404, "NotFound", `The sandbox's Key Vault has no ${call.method} ${rest.join("/")}.`);
}

/** The firewall knows one address here, that of this machine. */
function isWalled({ properties }: Resource): boolean {
  const rules = properties.networkAcls as
    { readonly defaultAction?: string; readonly ipRules?: readonly { readonly value: string }[] } | undefined;
  return (
    rules?.defaultAction === "Deny" &&
    rules.ipRules?.some(({ value }) => value.startsWith("127.0.0.1")) !== true
  );
}

/** A refusal tells nothing of whether the secret is there: the right is asked for first. */
const RIGHTS: Readonly<Record<string, SecretOperation>> = {
  "GET secrets": "list",
  "GET secrets/name": "get",
  "GET secrets/name/part": "get",
  "PUT secrets/name": "set",
  "PATCH secrets/name": "set",
  "PATCH secrets/name/part": "set",
  "DELETE secrets/name": "delete",
  "GET deletedsecrets": "list",
  "GET deletedsecrets/name": "list",
  "DELETE deletedsecrets/name": "purge",
  "POST deletedsecrets/name/part": "recover",
};

export function findVault(state: AzureState, name: string): Resource | undefined {
  return Object.values(state.resources).find(
    ({ type, name: other }) =>
      type === "Microsoft.KeyVault/vaults" && other.toLowerCase() === name.toLowerCase(),
  );
}

/** Clients send the first request without a token and learn from this answer where to get one. */
function challenge(call: Call, tenantId: string): Reply {
  const header = `Bearer authorization="${call.origin}/${tenantId}", resource="https://vault.azure.net"`;
  const reply = new AzureError(
    401,
    "Unauthorized",
    "AKV10000: Request is missing a Bearer or PoP token.",
  ).reply();
  return { ...reply, headers: { ...reply.headers, "www-authenticate": header } };
}

function withoutNulls<T extends { contentType?: string | null }>(
  input: T,
): T & Pick<SecretInput, "contentType"> {
  return { ...input, contentType: input.contentType ?? undefined };
}

/** What is shown of a secret. Ids have the vendor's host: the clients parse them and refuse a longer path. */
class View {
  constructor(private readonly vault: Resource) {}

  private id(kind: "secrets" | "deletedsecrets", name: string, version?: string): string {
    const host = `${this.vault.name.toLowerCase()}.vault.azure.net`;
    return `https://${host}/${kind}/${name}${version ? `/${version}` : ""}`;
  }

  item(secret: VaultSecret, version?: SecretVersion) {
    const shown = version ?? secret.versions.at(-1);
    return {
      id: this.id("secrets", secret.name, version?.version),
      contentType: shown?.contentType,
      tags: shown?.tags,
      attributes: this.attributes(shown),
    };
  }

  bundle(secret: VaultSecret, version: SecretVersion) {
    return { ...this.item(secret, version), value: version.value };
  }

  deleted(secret: VaultSecret) {
    const id = this.id("secrets", secret.name, secret.versions.at(-1)?.version);
    return {
      ...this.item(secret),
      ...secret.deleted,
      id,
      recoveryId: this.id("deletedsecrets", secret.name),
    };
  }

  private attributes(version?: SecretVersion) {
    const purge = this.vault.properties.enablePurgeProtection === true ? "" : "+Purgeable";
    return {
      ...version?.attributes,
      recoveryLevel: `Recoverable${purge}`,
      recoverableDays: this.vault.properties.softDeleteRetentionInDays,
    };
  }
}
