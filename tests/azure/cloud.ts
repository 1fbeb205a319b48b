/** The stand-in of Azure for tests, reached as a managed identity reaches it. */
import { randomUUID } from "node:crypto";
import { startAzure } from "../../tools/sandbox/services/azure";
import type { Service } from "../../tools/sandbox/services/http";

export const SUBSCRIPTION = "11111111-1111-1111-1111-111111111111";
export const TENANT = "22222222-2222-2222-2222-222222222222";
export const GROUP = `/subscriptions/${SUBSCRIPTION}/resourceGroups/rg`;
export const VAULT = `${GROUP}/providers/Microsoft.KeyVault/vaults/my-vault`;

/** Ids of built-in roles. */
export const ROLE = {
  owner: "8e3af657-a8ff-443c-a75c-2fe8c4bcb635",
  contributor: "b24988ac-6180-42a0-ab88-20f7382dd24c",
  reader: "acdd72a7-3385-48ef-bd42-f606fba81ae7",
  officer: "b86a8fe4-44ce-4948-aee5-eccb2c155cd7",
  user: "4633458b-17de-408a-b874-0445c86b69e6",
  administrator: "f58310d9-a9f6-439a-9e8d-f62e7b41a168",
  cryptoUser: "12338af0-0e69-4776-bea7-57ae8d297424",
};

export class TestAzure {
  /** The vendor's client asks for tokens where it did so first, for all of a process. */
  private static port = 0;
  private service!: Service;
  private before: NodeJS.ProcessEnv = {};

  get url(): string {
    return this.service.url;
  }

  /** Where its Resource Manager is, and how to sign in as an identity. */
  environment(oid: string): NodeJS.ProcessEnv {
    return {
      ARM_RESOURCE_MANAGER_URL: this.url,
      ARM_SUBSCRIPTION_ID: SUBSCRIPTION,
      ARM_TENANT_ID: TENANT,
      ARM_USE_MSI: "true",
      // Tokens are kept by it for all of a process.
      ARM_CLIENT_ID: oid,
      ARM_CLIENT_SECRET: "",
      IDENTITY_ENDPOINT: `${this.url}/msi/token`,
      IDENTITY_HEADER: "sandbox",
    };
  }

  /** Starts it, with a resource group. */
  async start(): Promise<void> {
    this.service = await startAzure({
      ...{ subscriptionId: SUBSCRIPTION, tenantId: TENANT },
      port: TestAzure.port,
    });
    TestAzure.port = this.service.port;
    await this.put(GROUP, { location: "westeurope" });
  }

  async stop(): Promise<void> {
    this.signOut();
    await this.service.close();
  }

  /** This process signs in as an identity with these roles at the group, or at a vault. */
  async signIn(roles: readonly (keyof typeof ROLE)[] = ["owner"], scope = GROUP): Promise<string> {
    const oid = randomUUID();
    for (const role of roles) await this.assign(oid, role, scope);
    const environment = this.environment(oid);
    this.before = Object.fromEntries(Object.keys(environment).map((name) => [name, process.env[name]]));
    Object.assign(process.env, environment);
    return oid;
  }

  signOut(): void {
    for (const [name, value] of Object.entries(this.before)) {
      if (value === undefined) Reflect.deleteProperty(process.env, name);
      else process.env[name] = value;
    }
    this.before = {};
  }

  /** @returns the assignment's id */
  async assign(principalId: string, role: keyof typeof ROLE, scope = GROUP): Promise<string> {
    const id = `${scope}/providers/Microsoft.Authorization/roleAssignments/${randomUUID()}`;
    const roleDefinitionId = `/subscriptions/${SUBSCRIPTION}/providers/Microsoft.Authorization/roleDefinitions/${ROLE[role]}`;
    await this.put(id, { properties: { roleDefinitionId, principalId, principalType: "ServicePrincipal" } });
    return id;
  }

  async vault(properties: object = {}, tags?: object, name = "my-vault"): Promise<void> {
    const sku = { family: "A", name: "standard" };
    await this.put(`${GROUP}/providers/Microsoft.KeyVault/vaults/${name}`, {
      location: "westeurope",
      tags,
      properties: { tenantId: TENANT, sku, enableRbacAuthorization: true, ...properties },
    });
  }

  async put<T>(id: string, body: object): Promise<T> {
    return await this.call<T>("PUT", id, body);
  }

  async call<T>(method: string, id: string, body?: object): Promise<T> {
    const response = await fetch(`${this.url}${id}?api-version=2024-01-01`, {
      method,
      headers: { authorization: "Bearer sandbox", "content-type": "application/json" },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${id}: ${text}`);
    return JSON.parse(text || "{}") as T;
  }

  /** Lets the next requests that match meet a fault. */
  async fault(fault: object | null): Promise<void> {
    await fetch(`${this.url}/__faults`, { method: "POST", body: JSON.stringify(fault) });
  }

  /** How long Azure takes from now on, in milliseconds. */
  async delays(delays: { readonly roles?: number; readonly secrets?: number }): Promise<void> {
    await fetch(`${this.url}/__delays`, { method: "POST", body: JSON.stringify(delays) });
  }

  async state(): Promise<unknown> {
    return await (await fetch(`${this.url}/__state`)).json();
  }
}
