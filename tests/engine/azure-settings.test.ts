/** A vault's settings under the real engine: what others set stays, and nothing makes a vault anew. */
import { strict as assert } from "node:assert";
import { randomUUID } from "node:crypto";
import { GROUP, SUBSCRIPTION, TENANT, TestAzure, VAULT } from "../azure/cloud";
import type { AzureOfTest } from "./azure-creates";
import { type TestStack, useEngine } from "./stack";

interface Vault {
  readonly tags: Readonly<Record<string, string>>;
  readonly properties: {
    readonly sku: { readonly name: string };
    readonly softDeleteRetentionInDays: number;
    readonly enablePurgeProtection?: boolean;
    readonly enableRbacAuthorization: boolean;
    readonly publicNetworkAccess: string;
    readonly networkAcls?: {
      readonly defaultAction: string;
      readonly ipRules: readonly { readonly value: string }[];
    };
    readonly accessPolicies: readonly {
      readonly objectId: string;
      readonly permissions: { readonly secrets: readonly string[] };
    }[];
  };
}

describe("settings of a Key Vault under the engine", function () {
  this.timeout(900_000);
  const azure = new TestAzure();
  let stack: TestStack;
  const deployer = randomUUID();
  const workspaceId = `${GROUP}/providers/Microsoft.OperationalInsights/workspaces/logs`;
  const DIAGNOSTICS = `${VAULT}/providers/Microsoft.Insights/diagnosticSettings`;

  useEngine(async (engine) => {
    await azure.start();
    engine.ends(() => azure.stop());
    for (const role of ["contributor", "officer", "administrator"] as const)
      await azure.assign(deployer, role);
    stack = await engine.stack("azure-creates", azure.environment(deployer));
  });

  const set = (options: AzureOfTest["options"], more: Partial<AzureOfTest> = {}): Promise<void> => {
    const url = `${azure.url}/keyvault/my-vault`;
    const place = { subscriptionId: SUBSCRIPTION, tenantId: TENANT, url };
    return stack.set(["azure", JSON.stringify({ ...place, options, ...more })]);
  };
  const live = () => azure.call<Vault>("GET", VAULT);
  /** Others change what is there, as in the portal. */
  const change = async (tags: object, properties: object): Promise<void> => {
    const before = await live();
    await azure.put(VAULT, {
      location: "westeurope",
      tags: { ...before.tags, ...tags },
      properties: { ...before.properties, ...properties },
    });
  };
  const unchanged = async (): Promise<void> => {
    assert.match(await stack.pulumi("preview", "--expect-no-changes"), /unchanged/);
  };
  const addresses = async (): Promise<string[]> =>
    ((await live()).properties.networkAcls?.ipRules ?? []).map(({ value }) => value).sort();
  const settings = async (): Promise<string[]> =>
    (await azure.call<{ value: { name: string }[] }>("GET", DIAGNOSTICS)).value.map(({ name }) => name);

  const first: NonNullable<AzureOfTest["options"]> = {
    ...{ sku: "premium", retentionDays: 7, purgeProtection: true, tags: { team: "web" } },
    network: { ipRules: ["127.0.0.1", "203.0.113.7"] },
    diagnostics: { workspaceId },
  };

  it("are what the vault is made of, and what its audit log goes by, though an answer is lost", async () => {
    await set(first);
    await azure.fault({
      answer: "cut",
      done: true,
      method: "PUT",
      path: "/diagnosticSettings/",
      times: 1000,
    });
    await assert.rejects(stack.up(), /Azure can't be reached/);
    await azure.fault(null);
    assert.equal((await settings()).length, 1);
    await stack.up();
    const { tags, properties } = await live();
    assert.equal(tags.team, "web");
    assert.deepEqual(
      [properties.sku.name, properties.softDeleteRetentionInDays, properties.enablePurgeProtection],
      ["premium", 7, true],
    );
    assert.deepEqual(await addresses(), ["127.0.0.1/32", "203.0.113.7/32"]);
    assert.deepEqual(await settings(), ["pulumi-azure-creates-dev"]);
    await unchanged();
  });

  it("leave what others set, with a refresh and without, and take away what was their own", async () => {
    await change(
      { costCenter: "12" },
      {
        networkAcls: {
          defaultAction: "Deny",
          ipRules: ["127.0.0.1", "203.0.113.7", "198.51.100.7"].map((value) => ({ value })),
        },
        publicNetworkAccess: "Disabled",
      },
    );
    await set({ ...first, tags: { stage: "prod" }, network: { ipRules: ["127.0.0.1"] } });
    await stack.up();
    const { tags, properties } = await live();
    assert.deepEqual(Object.keys(tags).sort(), ["costCenter", "handoff-mark", "managed-by", "stage"]);
    assert.deepEqual(await addresses(), ["127.0.0.1/32", "198.51.100.7/32"]);
    assert.equal(properties.publicNetworkAccess, "Disabled");
    await unchanged();
    await stack.pulumi("refresh", "--yes", "--skip-preview");
    await stack.up();
    assert.deepEqual(await addresses(), ["127.0.0.1/32", "198.51.100.7/32"]);
    assert.equal((await live()).tags.costCenter, "12");
    await set({ ...first, network: undefined });
    await stack.up();
    assert.equal((await live()).properties.networkAcls?.defaultAction, "Allow");
    await unchanged();
  });

  it("never delete the vault", async () => {
    const before = await live();
    await set(undefined, { create: false });
    const told = /key vault \S+\/my-vault is this stack's, and .*it would be deleted, with all its secrets/;
    await assert.rejects(stack.pulumi("preview"), told);
    await assert.rejects(stack.up(), told);
    assert.deepEqual(await live(), before);
  });

  it("go from roles to access policies, beside those of others, and back", async () => {
    const other = randomUUID();
    const policy = { tenantId: TENANT, objectId: other, permissions: { secrets: ["list"] } };
    await set({ ...first, authorization: "accessPolicies" });
    await stack.up();
    await azure.put(`${VAULT}/accessPolicies/add`, { properties: { accessPolicies: [policy] } });
    const policies = async (): Promise<Record<string, readonly string[]>> => {
      const { properties } = await live();
      return Object.fromEntries(
        properties.accessPolicies.map(({ objectId, permissions }) => [
          objectId === other ? "other" : objectId === deployer ? "deployer" : "reader",
          permissions.secrets,
        ]),
      );
    };
    const whole = { deployer: ["get", "list", "set", "delete", "recover"], reader: ["get"], other: ["list"] };
    assert.deepEqual(await policies(), whole);
    assert.equal((await live()).properties.enableRbacAuthorization, false);
    await set({ ...first, tags: {}, authorization: "accessPolicies" }, { rotation: "2" });
    await stack.up();
    assert.deepEqual(await policies(), whole);
    await unchanged();
    await set(first);
    await stack.up();
    assert.equal((await live()).properties.enableRbacAuthorization, true);
    assert.equal((await policies()).other?.[0], "list");
    await unchanged();
  });

  it("come back with a vault that nobody can purge", async () => {
    await stack.pulumi("destroy", "--yes", "--skip-preview");
    assert.deepEqual(await settings().catch(() => []), []);
    await azure.assign(deployer, "reader", `/subscriptions/${SUBSCRIPTION}`);
    await assert.rejects(
      stack.up(),
      /keeps the deleted key vault my-vault .*\n.*`azure\.vault\.recover: true`/,
    );
    await set(first, { recover: true });
    await stack.up();
    const { properties } = await live();
    assert.deepEqual([properties.softDeleteRetentionInDays, properties.enablePurgeProtection], [7, true]);
    assert.deepEqual(await settings(), ["pulumi-azure-creates-dev"]);
    await set(first);
    await unchanged();
  });

  it("let an identity of others read a vault of others by its policies, and leave theirs", async () => {
    await stack.pulumi("destroy", "--yes", "--skip-preview");
    const reader = randomUUID();
    const theirs = { tenantId: TENANT, objectId: randomUUID(), permissions: { secrets: ["get"] } };
    const mine = { ...theirs, objectId: deployer, permissions: { secrets: ["all"] } };
    // Its name is another one's, since that of the former is kept.
    await azure.call("DELETE", VAULT).catch(() => undefined);
    await azure.vault({
      createMode: "recover",
      enableRbacAuthorization: false,
      accessPolicies: [theirs, mine],
    });
    await set(undefined, { create: false, principalId: reader, adopt: ["db", "url"] });
    await stack.up();
    const readers = async (): Promise<string[]> =>
      (await live()).properties.accessPolicies.map(({ objectId }) => objectId).sort();
    assert.deepEqual(await readers(), [theirs.objectId, deployer, reader].sort());
    await unchanged();
    await stack.pulumi("destroy", "--yes", "--skip-preview");
    assert.deepEqual(await readers(), [theirs.objectId, deployer].sort());
  });
});
