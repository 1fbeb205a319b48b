/** Resource Manager: generic PUT, GET, HEAD, DELETE and lists over the resource types that the sandbox has. */
import { setTimeout as pause } from "node:timers/promises";
import { z } from "zod";
import type { Call, Reply } from "../http";
import { findVault } from "./data-plane";
import { AzureError, parseBody, requireApiVersion } from "./errors";
import type { TypeContext } from "./put";
import { parentOf, parseResourceId, type ResourceId } from "./resource-id";
import { puts } from "./resource-types";
import { permissionsOf, requireAction } from "./roles";
import { Secrets } from "./secrets";
import type { Resource, SecretVersion } from "./state";
import { identityOf, MANAGEMENT } from "./tokens";
import { changePolicies } from "./vault-type";

const vaultType = "Microsoft.KeyVault/vaults";
const secretType = "Microsoft.KeyVault/vaults/secrets";
const federationType = "Microsoft.ManagedIdentity/userAssignedIdentities/federatedIdentityCredentials";

const secretBody = z.object({
  tags: z.record(z.string(), z.string()).optional(),
  properties: z.object({
    value: z.string().optional(),
    contentType: z.string().optional(),
    attributes: z
      .object({ enabled: z.boolean().optional(), nbf: z.number().optional(), exp: z.number().optional() })
      .optional(),
  }),
});

export class ResourceManager {
  /** Identities whose federated credentials are being written: a second writer is refused. */
  private readonly writing = new Set<string>();

  constructor(
    private readonly context: TypeContext,
    private readonly subscriptionId: string,
  ) {}

  async handle(call: Call): Promise<Reply> {
    const { tenantId, state } = this.context;
    const oid = identityOf(call.headers.authorization ?? "", { tenantId, audiences: MANAGEMENT });
    requireApiVersion(call, call.path);
    const id = parseResourceId(decodeURIComponent(call.path));
    if (id.subscription.toLowerCase() !== this.subscriptionId.toLowerCase()) {
      throw new AzureError(
        404,
        "SubscriptionNotFound",
        `The subscription '${id.subscription}' could not be found.`,
      );
    }
    if (id.type === "Microsoft.Resources/subscriptions") return this.subscription(id, oid);
    if (id.type === "Microsoft.Authorization/permissions") {
      // Who isn't known by a role may do everything here.
      const all = { actions: ["*"], notActions: [], dataActions: ["*"], notDataActions: [] };
      return {
        status: 200,
        body: { value: oid === undefined ? [all] : permissionsOf(state, oid, id.scope) },
      };
    }
    requireAction(state, oid, operationOf(call, id), id.path);
    if (id.type === "Microsoft.KeyVault/checkNameAvailability") return this.nameAvailability(call);
    if (id.type.toLowerCase().includes("/deletedvaults")) return this.deletedVaults(call, id);
    if (id.resourceGroup && id.type !== "Microsoft.Resources/resourceGroups") this.requireResourceGroup(id);
    if (id.type === secretType) return this.secret(call, id);
    if (id.type === `${vaultType}/accessPolicies`) {
      const found = this.find(parseResourceId(parentOf(id)));
      return { status: 200, body: changePolicies(call, id, state, found) };
    }
    if (id.name === undefined) return this.list(id);
    switch (call.method) {
      case "GET":
        return { status: 200, body: this.find(id) };
      case "HEAD":
        return { status: this.resources[id.path.toLowerCase()] ? 204 : 404 };
      case "PUT":
        return this.put(call, id);
      case "DELETE":
        return this.delete(id);
      default:
        throw new AzureError(
          405,
          "MethodNotAllowed",
          `The sandbox does not take ${call.method} of ${id.type}.`,
        );
    }
  }

  /** Everybody sees the subscription who may do anything in it. */
  private subscription({ path, subscription }: ResourceId, oid: string | undefined): Reply {
    const { tenantId, state } = this.context;
    const known = Object.values(state.resources).some(({ properties }) => properties.principalId === oid);
    if (oid !== undefined && !known)
      requireAction(state, oid, "Microsoft.Resources/subscriptions/read", path);
    const body = {
      id: path,
      subscriptionId: subscription,
      tenantId,
      displayName: "Sandbox",
      state: "Enabled",
    };
    return { status: 200, body };
  }

  private get resources(): Record<string, Resource> {
    return this.context.state.resources;
  }

  private find(id: ResourceId): Resource {
    const found = this.resources[id.path.toLowerCase()];
    if (found) return found;
    if (id.type === "Microsoft.Resources/resourceGroups") throw groupNotFound(id);
    throw new AzureError(
      404,
      "ResourceNotFound",
      `The Resource '${id.type}/${id.name ?? ""}' under resource group '${id.resourceGroup ?? ""}' was not found.`,
    );
  }

  private requireResourceGroup(id: ResourceId): void {
    const path = `/subscriptions/${id.subscription}/resourcegroups/${id.resourceGroup ?? ""}`;
    if (!this.resources[path.toLowerCase()]) throw groupNotFound(id);
  }

  private list(id: ResourceId): Reply {
    // Within one parent, or for a type of its own anywhere below the scope.
    const nested = id.type.split("/").length > 2;
    const below = `${nested ? id.path : id.scope}/`.toLowerCase();
    const value = Object.entries(this.resources)
      .filter(([key, { type }]) => key.startsWith(below) && type === id.type)
      .map(([, resource]) => resource);
    return { status: 200, body: { value } };
  }

  private async put(call: Call, id: ResourceId): Promise<Reply> {
    const put = puts[id.type];
    if (!put) throw new AzureError(405, "MethodNotAllowed", `The sandbox does not take PUT of ${id.type}.`);
    const parent = parentOf(id);
    const nested = id.type.split("/").length > 2;
    if (nested && !this.resources[parent.toLowerCase()]) {
      throw new AzureError(
        404,
        "ParentResourceNotFound",
        `Failed to perform 'write' on resource(s) of type '${id.type}', because the parent resource was not found.`,
      );
    }
    if (id.type === federationType) await this.oneWriter(parent.toLowerCase());
    const before = this.resources[id.path.toLowerCase()];
    const resource: Resource = {
      id: before?.id ?? id.path,
      name: before?.name ?? id.name ?? "",
      type: id.type,
      ...put(parseBody(call, z.unknown()), id, this.context, before),
    };
    this.resources[id.path.toLowerCase()] = resource;
    return { status: before ? 200 : 201, body: resource };
  }

  /** Azure takes one write of an identity's federated credentials at a time; this one takes long enough to show it. */
  private async oneWriter(identity: string): Promise<void> {
    if (this.writing.has(identity)) {
      throw new AzureError(
        409,
        "ConcurrentFederatedIdentityCredentialsWritesForSingleManagedIdentity",
        "Too many Federated Identity Credentials are written concurrently for the managed identity. " +
          "Concurrent writes are not supported.",
      );
    }
    this.writing.add(identity);
    await pause(100);
    this.writing.delete(identity);
  }

  private delete(id: ResourceId): Reply {
    const key = id.path.toLowerCase();
    if (!this.resources[key]) {
      if (id.type === "Microsoft.Resources/resourceGroups") throw groupNotFound(id);
      return { status: 204 };
    }
    for (const [other, resource] of Object.entries(this.resources)) {
      if (other !== key && !other.startsWith(`${key}/`)) continue;
      if (resource.type === vaultType) {
        const deletionDate = new Date().toISOString();
        this.context.state.deletedVaults[resource.name.toLowerCase()] = { ...resource, deletionDate };
      }
      Reflect.deleteProperty(this.resources, other);
    }
    return { status: 200 };
  }

  /** Secrets by Resource Manager: written and described, but the value is never read back. */
  private secret(call: Call, id: ResourceId): Reply {
    const vault = this.find(parseResourceId(parentOf(id)));
    const secrets = new Secrets(this.context.state, vault);
    const view = (name: string, version: SecretVersion) => {
      const uri = `${this.context.vaultUri(vault.name)}secrets/${name}`;
      const { contentType, attributes } = version;
      return {
        id: `${vault.id}/secrets/${name}`,
        name,
        type: secretType,
        location: vault.location,
        tags: version.tags,
        properties: {
          contentType,
          attributes,
          secretUri: uri,
          secretUriWithVersion: `${uri}/${version.version}`,
        },
      };
    };
    const current = (name: string) => secrets.get(name).version;
    if (id.name === undefined) {
      const value = secrets.list(false).map(({ name }) => view(name, current(name)));
      return { status: 200, body: { value } };
    }
    const { name } = id;
    if (call.method === "GET") {
      const exists = secrets.list(false).some((secret) => secret.name.toLowerCase() === name.toLowerCase());
      return { status: 200, body: exists ? view(name, current(name)) : this.find(id) };
    }
    const body = call.method === "PUT" || call.method === "PATCH" ? parseBody(call, secretBody) : undefined;
    if (!body)
      throw new AzureError(405, "MethodNotAllowed", "Secrets are deleted through the vault's data plane.");
    const { value, ...described } = { ...body.properties, tags: body.tags };
    if (value !== undefined)
      return { status: 200, body: view(name, secrets.set(name, { value, ...described })) };
    if (call.method === "PUT")
      throw new AzureError(400, "BadRequest", `The property "properties.value" is required.`);
    return { status: 200, body: view(name, secrets.update(name, undefined, described)) };
  }

  /** Of all of Azure, where other subscriptions may have any name that starts with `taken-`. */
  private nameAvailability(call: Call): Reply {
    const { name } = parseBody(call, z.object({ name: z.string() }));
    const { deletedVaults } = this.context.state;
    const taken =
      findVault(this.context.state, name) ?? deletedVaults[name.toLowerCase()] ?? name.startsWith("taken-");
    if (!taken) return { status: 200, body: { nameAvailable: true } };
    const message = `The name '${name}' is already in use.`;
    return { status: 200, body: { nameAvailable: false, reason: "AlreadyExists", message } };
  }

  private deletedVaults(call: Call, id: ResourceId): Reply {
    const { deletedVaults, vaults } = this.context.state;
    const purge = id.type.endsWith("/purge");
    const view = (vault: (typeof deletedVaults)[string]) => ({
      id: `/subscriptions/${id.subscription}/providers/Microsoft.KeyVault/locations/${vault.location ?? ""}/deletedVaults/${vault.name}`,
      name: vault.name,
      type: "Microsoft.KeyVault/deletedVaults",
      properties: {
        vaultId: vault.id,
        location: vault.location,
        deletionDate: vault.deletionDate,
        tags: vault.tags,
      },
    });
    if (id.type === "Microsoft.KeyVault/deletedVaults") {
      return { status: 200, body: { value: Object.values(deletedVaults).map(view) } };
    }
    const name = (purge ? id.path.split("/").at(-2) : id.name)?.toLowerCase() ?? "";
    const found = deletedVaults[name];
    if (!found)
      throw new AzureError(404, "DeletedVaultNotFound", `The deleted vault '${name}' was not found.`);
    if (!purge) return { status: 200, body: view(found) };
    if (call.method !== "POST") throw new AzureError(405, "MethodNotAllowed", "Purge is a POST.");
    if (found.properties.enablePurgeProtection === true) {
      throw new AzureError(400, "DeletedVaultPurge", `The vault '${found.name}' has purge protection.`);
    }
    Reflect.deleteProperty(deletedVaults, name);
    if (!findVault(this.context.state, name)) Reflect.deleteProperty(vaults, name);
    return { status: 200 };
  }
}

/** What roles call a request. */
function operationOf({ method }: Call, { type }: ResourceId): string {
  const group = "Microsoft.Resources/resourceGroups";
  const named = type === group ? "Microsoft.Resources/subscriptions/resourceGroups" : type;
  if (method === "GET" || method === "HEAD") return `${named}/read`;
  if (method === "DELETE") return `${named}/delete`;
  if (type === "Microsoft.KeyVault/checkNameAvailability") return `${named}/read`;
  return method === "POST" ? `${named}/action` : `${named}/write`;
}

function groupNotFound(id: ResourceId): AzureError {
  return new AzureError(
    404,
    "ResourceGroupNotFound",
    `Resource group '${id.resourceGroup ?? ""}' could not be found.`,
  );
}
