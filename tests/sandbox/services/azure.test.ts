import { strict as assert } from "node:assert";
import { randomUUID } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { KeyVaultManagementClient } from "@azure/arm-keyvault";
import { isRestError } from "@azure/core-rest-pipeline";
import { startAzure } from "../../../tools/sandbox/services/azure";
import { keyVaultManagementClient, secretClient } from "../../../tools/sandbox/services/azure/clients";
import type { Service } from "../../../tools/sandbox/services/http";
import { sha256 } from "../../../tools/sandbox/services/state";

const subscriptionId = randomUUID();
const tenantId = randomUUID();
const group = `/subscriptions/${subscriptionId}/resourceGroups/handoff`;
const identity = `${group}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/reader`;

interface Answer {
  readonly status: number;
  readonly body: {
    id?: string;
    error?: { code: string };
    properties?: Record<string, unknown>;
    value?: { name: string }[];
  };
}

describe("Azure stand-in", () => {
  let folder: string;
  let service: Service;
  let management: KeyVaultManagementClient;
  const start = () => startAzure({ stateFile: join(folder, "azure.json"), subscriptionId, tenantId });
  const arm = async (method: string, path: string, body?: unknown, token = "any"): Promise<Answer> => {
    const response = await fetch(`${service.url}${path}?api-version=2024-01-01`, {
      method,
      headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    const text = await response.text();
    return { status: response.status, body: JSON.parse(text || "{}") as Answer["body"] };
  };
  const vaultParameters = {
    location: "westeurope",
    properties: {
      tenantId,
      sku: { family: "A" as const, name: "standard" as const },
      enableRbacAuthorization: true,
      softDeleteRetentionInDays: 7,
    },
  };
  const createVault = (name = "handoff-kv") =>
    management.vaults.createOrUpdate("handoff", name, vaultParameters);
  const fails = (promise: PromiseLike<unknown>, status: number, code: string) =>
    assert.rejects(Promise.resolve(promise), (error: unknown) => {
      assert.ok(isRestError(error), String(error));
      assert.deepEqual([error.statusCode, error.code], [status, code], error.message);
      return true;
    });

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), "azure-"));
    service = await start();
    management = keyVaultManagementClient(service.url, subscriptionId);
    await arm("PUT", group, { location: "westeurope" });
  });
  afterEach(async () => {
    await service.close();
    rmSync(folder, { recursive: true });
  });

  describe("Resource Manager", () => {
    it("makes a vault whose URI is its data plane", async () => {
      const vault = await createVault();
      assert.equal(vault.properties.vaultUri, `${service.url}/keyvault/handoff-kv/`);
      assert.equal(vault.properties.softDeleteRetentionInDays, 7);
      assert.equal((await management.vaults.get("HANDOFF", "handoff-KV")).id, vault.id);
    });

    it("answers with its codes", async () => {
      await fails(management.vaults.get("handoff", "none"), 404, "ResourceNotFound");
      await fails(management.vaults.get("other", "none"), 404, "ResourceGroupNotFound");
      await fails(createVault("1-starts-with-a-digit"), 400, "VaultNameNotValid");
      const { properties } = vaultParameters;
      const unprotected = { ...vaultParameters, properties: { ...properties, enablePurgeProtection: false } };
      await fails(management.vaults.createOrUpdate("handoff", "kv-x", unprotected), 400, "BadRequest");
      assert.equal(
        (await arm("GET", group, undefined, "invalid")).body.error?.code,
        "InvalidAuthenticationToken",
      );
      const unknown = await arm("GET", `${group}/providers/Microsoft.Web/sites/x`);
      assert.equal(unknown.body.error?.code, "InvalidResourceType");
      const elsewhere = group.replace(subscriptionId, randomUUID());
      assert.equal((await arm("GET", elsewhere)).body.error?.code, "SubscriptionNotFound");
      assert.equal(
        (await fetch(`${service.url}${group}`, { headers: { authorization: "Bearer x" } })).status,
        400,
      );
    });

    it("keeps a deleted vault's name until it is purged or recovered", async () => {
      await createVault();
      await management.secrets.createOrUpdate("handoff", "handoff-kv", "a", { properties: { value: "1" } });
      await management.vaults.delete("handoff", "handoff-kv");
      await fails(createVault(), 409, "VaultAlreadyExists");
      const recover = { ...vaultParameters.properties, createMode: "recover" as const };
      await management.vaults.createOrUpdate("handoff", "handoff-kv", {
        ...vaultParameters,
        properties: recover,
      });
      assert.ok(await management.secrets.get("handoff", "handoff-kv", "a"));
      await management.vaults.delete("handoff", "handoff-kv");
      await management.vaults.purgeDeleted("handoff-kv", "westeurope");
      await createVault();
      await fails(management.secrets.get("handoff", "handoff-kv", "a"), 404, "ResourceNotFound");
    });

    it("writes a secret and never returns its value", async () => {
      await createVault();
      const properties = { value: "p@ss/word", contentType: "text/plain" };
      const written = await management.secrets.createOrUpdate("handoff", "handoff-kv", "calcom-db", {
        properties,
      });
      const read = await management.secrets.get("handoff", "handoff-kv", "calcom-db");
      for (const secret of [written, read]) {
        assert.equal(secret.properties.value, undefined);
        assert.equal(secret.properties.contentType, "text/plain");
      }
      assert.match(read.properties.secretUriWithVersion ?? "", /\/secrets\/calcom-db\/[0-9a-f]{32}$/);
      const state = await (await fetch(`${service.url}/__state`)).text();
      assert.ok(state.includes(sha256("p@ss/word")) && !state.includes("p@ss/word"));
      const bad = { properties: { value: "x" } };
      await fails(
        management.secrets.createOrUpdate("handoff", "handoff-kv", "no_underscore", bad),
        400,
        "BadParameter",
      );
      const large = { properties: { value: "x".repeat(25 * 1024 + 1) } };
      await fails(
        management.secrets.createOrUpdate("handoff", "handoff-kv", "large", large),
        400,
        "BadParameter",
      );
    });

    it("generates an identity's ids once", async () => {
      const first = await arm("PUT", identity, { location: "westeurope" });
      assert.equal(first.status, 201);
      assert.deepEqual(Object.keys(first.body.properties ?? {}).sort(), [
        "clientId",
        "principalId",
        "tenantId",
      ]);
      const second = await arm("PUT", identity, { location: "westeurope", tags: { a: "b" } });
      assert.deepEqual([second.status, second.body.properties], [200, first.body.properties]);
    });

    it("takes one write of federated credentials at a time", async () => {
      const credential = (name: string) =>
        arm("PUT", `${identity}/federatedIdentityCredentials/${name}`, {
          properties: { issuer: "https://oidc.example", subject: `system:${name}`, audiences: ["api://x"] },
        });
      assert.equal((await credential("a")).body.error?.code, "ParentResourceNotFound");
      await arm("PUT", identity, { location: "westeurope" });
      const statuses = (await Promise.all([credential("a"), credential("b")])).map(({ status }) => status);
      assert.deepEqual(statuses.sort(), [201, 409]);
      assert.equal((await arm("GET", `${identity}/federatedIdentityCredentials`)).body.value?.length, 1);
    });

    it("assigns roles to identities as service principals only, once", async () => {
      const { properties } = (await arm("PUT", identity, { location: "westeurope" })).body;
      const vault = await createVault();
      const role = "4633458b-17de-408a-b874-0445c86b69e6";
      const roleDefinitionId = `/subscriptions/${subscriptionId}/providers/Microsoft.Authorization/roleDefinitions/${role}`;
      const assign = (principalType?: string, name = randomUUID()) =>
        arm("PUT", `${vault.id ?? ""}/providers/Microsoft.Authorization/roleAssignments/${name}`, {
          properties: { roleDefinitionId, principalId: properties?.principalId, principalType },
        });
      assert.equal((await assign()).body.error?.code, "UnmatchedPrincipalType");
      const name = randomUUID();
      const made = await assign("ServicePrincipal", name);
      assert.deepEqual([made.status, made.body.properties?.scope], [201, vault.id]);
      assert.equal((await assign("ServicePrincipal", name)).status, 200);
      assert.equal((await assign("ServicePrincipal")).body.error?.code, "RoleAssignmentExists");
      assert.equal((await arm("DELETE", made.body.id ?? "")).status, 200);
      assert.equal((await arm("DELETE", made.body.id ?? "")).status, 204);
    });

    it("deletes a resource group with what is in it", async () => {
      await createVault();
      await arm("PUT", identity, { location: "westeurope" });
      await arm("DELETE", group);
      assert.equal((await arm("HEAD", group)).status, 404);
      assert.equal((await arm("GET", identity)).body.error?.code, "ResourceGroupNotFound");
      await fails(management.vaults.get("handoff", "handoff-kv"), 404, "ResourceGroupNotFound");
    });
  });

  describe("data plane", () => {
    const vault = () => secretClient(`${service.url}/keyvault/handoff-kv/`);
    beforeEach(() => createVault());

    it("keeps versions and lists names", async () => {
      const { version = "" } = (await vault().setSecret("a", "one")).properties;
      assert.match(version, /^[0-9a-f]{32}$/);
      await vault().setSecret("a", "two", { contentType: "text/plain" });
      assert.equal((await vault().getSecret("a")).value, "two");
      assert.equal((await vault().getSecret("A", { version })).value, "one");
      const names: string[] = [];
      for await (const { name } of vault().listPropertiesOfSecrets()) names.push(name);
      assert.deepEqual(names, ["a"]);
      const versions: unknown[] = [];
      for await (const one of vault().listPropertiesOfSecretVersions("a")) versions.push(one.version);
      assert.equal(versions.length, 2);
    });

    it("soft-deletes, recovers and purges", async () => {
      await vault().setSecret("a", "one");
      await (await vault().beginDeleteSecret("a", { intervalInMs: 5 })).pollUntilDone();
      await fails(vault().getSecret("a"), 404, "SecretNotFound");
      await fails(vault().setSecret("a", "two"), 409, "Conflict");
      await (await vault().beginRecoverDeletedSecret("a", { intervalInMs: 5 })).pollUntilDone();
      assert.equal((await vault().getSecret("a")).value, "one");
      await (await vault().beginDeleteSecret("a", { intervalInMs: 5 })).pollUntilDone();
      await vault().purgeDeletedSecret("a");
      await vault().setSecret("a", "two");
    });

    it("refuses a disabled secret, a bad token and an unknown vault", async () => {
      await vault().setSecret("off", "x", { enabled: false });
      await fails(vault().getSecret("off"), 403, "Forbidden");
      const wrong = secretClient(`${service.url}/keyvault/handoff-kv/`, "invalid");
      await fails(wrong.getSecret("off"), 401, "Unauthorized");
      await fails(secretClient(`${service.url}/keyvault/none/`).getSecret("a"), 404, "VaultNotFound");
    });

    it("follows the port after a restart and keeps the values", async () => {
      await vault().setSecret("a", "kept");
      await service.close();
      service = await start();
      management = keyVaultManagementClient(service.url, subscriptionId);
      const { properties } = await management.vaults.get("handoff", "handoff-kv");
      assert.equal(properties.vaultUri, `${service.url}/keyvault/handoff-kv/`);
      assert.equal((await secretClient(properties.vaultUri ?? "").getSecret("a")).value, "kept");
    });
  });

  it("gives tokens to nodes' identities and to applications that it knows, and to nobody else", async () => {
    const set = (body: object) =>
      fetch(`${service.url}/__principals`, { method: "POST", body: JSON.stringify(body) });
    const url = `${service.url}/metadata/identity/oauth2/token?resource=https://vault.azure.net`;
    const node = async () => {
      const answer = await fetch(url, { headers: { metadata: "true" } });
      return { status: answer.status, body: (await answer.json()) as Record<string, string> };
    };
    assert.equal((await fetch(url)).status, 400);
    assert.equal((await node()).status, 400);
    const { body: made } = await arm("PUT", identity, { location: "westeurope" });
    await set({ nodeIdentities: [made.properties?.clientId] });
    const { body: token } = await node();
    assert.deepEqual([token.token_type, token.resource], ["Bearer", "https://vault.azure.net"]);
    assert.equal(
      (JSON.parse(Buffer.from(token.access_token!.split(".")[1]!, "base64url").toString()) as { oid: string })
        .oid,
      made.properties?.principalId,
    );

    const application = { client_id: randomUUID(), client_secret: "s3cret" };
    const client = async (change: object = {}) => {
      const body = new URLSearchParams({ grant_type: "client_credentials", ...application, ...change });
      const answer = await fetch(`${service.url}/${tenantId}/oauth2/v2.0/token`, { method: "POST", body });
      const { error_description = "" } = (await answer.json()) as Record<string, string>;
      return [answer.status, /AADSTS\d+/.exec(error_description)?.[0]];
    };
    assert.deepEqual(await client(), [400, "AADSTS700016"]);
    await set({ applications: { [application.client_id]: { oid: randomUUID(), secret: "s3cret" } } });
    assert.deepEqual(await client(), [200, undefined]);
    assert.deepEqual(await client({ client_secret: "another" }), [401, "AADSTS7000215"]);
    assert.doesNotMatch(await (await fetch(`${service.url}/__state`)).text(), /s3cret/);
  });
});
