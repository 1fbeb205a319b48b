/** What a killed run left at Azure makes way, however long that takes. */
import assert from "node:assert/strict";
import { clearAzure, type About } from "../../provider/azure/clear";
import { AzureClient } from "../../provider/azure/client";
import { azureMarkHandler } from "../../provider/azure/mark-handler";
import { lookAtAzure } from "../../provider/azure/look";
import { testContext } from "../cloudflare/cloud";
import { SUBSCRIPTION, TENANT, TestAzure, VAULT } from "./cloud";

const MARK = "0123456789abcdef";
const OWNER = "pulumi-handoff-prod";

describe("what is in the way at Azure", () => {
  const azure = new TestAzure();
  beforeEach(async () => {
    await azure.start();
    await azure.signIn(["contributor", "officer"]);
  });
  afterEach(() => azure.stop());

  const clear = async (about: About, vault: object = {}) => {
    const ctx = testContext();
    const place = { subscriptionId: SUBSCRIPTION, tenantId: TENANT, resourceGroup: "rg" };
    const named = { name: "my-vault", url: `${azure.url}/keyvault/my-vault`, ...vault };
    const asked = { ...place, vault: named, owner: OWNER, mark: MARK, about, dryRun: false };
    const { cleared, fault } = await clearAzure(asked, ctx);
    return { cleared, fault };
  };
  const secret = (tags: object) => azure.put(`${VAULT}/secrets/db`, { tags, properties: { value: "1" } });
  const ours = { "managed-by": OWNER, "handoff-mark": MARK };
  const asking = () => {
    const ctx = testContext();
    const client = new AzureClient(ctx, { subscriptionId: SUBSCRIPTION, tenantId: TENANT });
    const named = { name: "my-vault", url: `${azure.url}/keyvault/my-vault` };
    return {
      told: ctx.told,
      vault: (method: "POST" | "DELETE", path: string) => client.vault(method, named, path),
    };
  };

  it("is waited for while the vault is at work on it, which is told", async () => {
    await azure.vault();
    await secret(ours);
    const { told, vault } = asking();
    await vault("DELETE", "/secrets/db");
    await azure.delays({ secrets: 2000 });
    await vault("POST", "/deletedsecrets/db/recover");
    await vault("DELETE", "/secrets/db");
    assert.ok(
      told.some((line) =>
        /^status: waiting for the vault my-vault, .* db \(ObjectIsBeingRecovered\)/.test(line),
      ),
      told.join("\n"),
    );
  });

  it("is made anew when the vault has deleted it, which takes a while", async () => {
    await azure.vault();
    await secret(ours);
    await azure.delays({ secrets: 1500 });
    const { cleared, fault } = await clear({ kind: "secret", name: "db" });
    assert.deepEqual({ cleared, fault }, { cleared: true, fault: undefined });
  });

  it("needs a right that has reached the vault", async () => {
    await azure.vault();
    await secret(ours);
    await azure.delays({ roles: 3_600_000 });
    const { fault } = await clear({ kind: "secret", name: "db" });
    assert.match(String(fault), /ForbiddenByRbac\)\n→ .*minutes/);
  });

  it("is somebody's secret, which only the user's word makes way for, without a version being lost", async () => {
    await azure.vault();
    await secret({ "managed-by": "pulumi-handoff-sites" });
    const { fault } = await clear({ kind: "secret", name: "db" });
    assert.match(
      String(fault),
      /^the key vault my-vault has a secret db already, made by pulumi-handoff-sites\n→ .* add db to the list `azure\.adopt`/,
    );
    assert.deepEqual(await clear({ kind: "secret", name: "db", adopt: true }), {
      ...{ cleared: true, fault: undefined },
    });
    const { vault } = asking();
    await vault("POST", "/deletedsecrets/db/recover");
  });

  it("is a vault's name that somebody else has, anywhere", async () => {
    await azure.signIn(["owner"], `/subscriptions/${SUBSCRIPTION}`);
    const about = { kind: "vault", location: "westeurope" } as const;
    const { fault } = await clear(about, { name: "taken-vault", create: true });
    assert.match(
      String(fault),
      /^the name taken-vault of the key vault is taken: .* already in use\.\n→ Choose another `azure\.vault\.name`/,
    );
    assert.equal((await clear(about, { name: "free-vault", create: true })).fault, undefined);
  });

  it("is no question of names for who may not ask", async () => {
    const about = { kind: "vault", location: "westeurope" } as const;
    assert.equal((await clear(about, { name: "taken-vault", create: true })).fault, undefined);
  });

  it("is a vault of this stack's own whose making wasn't recorded: it is lost in no case", async () => {
    await azure.vault({}, ours);
    const { fault, cleared } = await clear({ kind: "vault", location: "westeurope" }, { create: true });
    assert.equal(cleared, undefined);
    assert.match(
      String(fault),
      /was made, and Azure's answer was lost\n→ Run `pulumi up` again: it takes the vault over/,
    );
    assert.ok(await azure.call("GET", VAULT));
  });

  const namesake = { "managed-by": OWNER, "handoff-mark": "fedcba9876543210" };
  const look = async (recover?: boolean) => {
    const place = { subscriptionId: SUBSCRIPTION, tenantId: TENANT, resourceGroup: "rg", owner: OWNER };
    const asked = { ...place, vault: { name: "my-vault", create: true }, recover };
    const { vault: _, ...found } = await lookAtAzure(asked, testContext());
    return found;
  };

  it("is a vault of another stack of this one's name: it isn't taken over, and its secrets stay", async () => {
    await azure.vault({}, namesake);
    await secret(namesake);
    assert.deepEqual(await look(), { granted: false });
    const { fault } = await clear({ kind: "vault", location: "westeurope" }, { create: true });
    assert.match(
      String(fault),
      /key vault my-vault with 1 secrets .*another stack of this one's name made.*\n→ Choose another `azure\.vault\.name`.*`azure\.vault\.recover: true`/,
    );
    const { fault: taken } = await clear({ kind: "secret", name: "db" }, { create: true });
    assert.match(String(taken), /a secret db already, which another stack of this one's name made/);
    assert.ok(await azure.call("GET", `${VAULT}/secrets/db`));
  });

  it("is a vault of this stack's tags, which the user's word takes over with its secrets", async () => {
    await azure.vault({}, namesake);
    await secret(namesake);
    assert.deepEqual(await look(true), { vaultId: VAULT, granted: false });
    const about = { kind: "secret", name: "db", recover: true } as const;
    assert.deepEqual(await clear(about, { create: true }), { cleared: true, fault: undefined });
  });

  it("is a vault that came back without the state knowing it: the word that takes it over is told", async () => {
    await azure.vault({}, ours);
    await secret(ours);
    const { fault } = await clear({ kind: "vault", location: "westeurope" }, { create: true });
    assert.match(String(fault), /which this stack made, .*\n→ .*`azure\.vault\.recover: true`/);
  });

  const setting = (name: string): string =>
    `${VAULT}/providers/Microsoft.Insights/diagnosticSettings/${name}`;
  const send = (name: string, workspace: string) =>
    azure.put(setting(name), {
      properties: { workspaceId: `/w/${workspace}`, logs: [{ category: "AuditEvent", enabled: true }] },
    });

  it("is a diagnostic setting of this stack's name, and somebody else's stays", async () => {
    await azure.vault({}, ours);
    await send(OWNER, "one");
    await send("theirs", "two");
    const about = { kind: "diagnostics", name: OWNER } as const;
    assert.deepEqual(await clear(about, { create: true }), { cleared: true, fault: undefined });
    await assert.rejects(azure.call("GET", setting(OWNER)), /ResourceNotFound/);
    assert.ok(await azure.call("GET", setting("theirs")));
    assert.deepEqual(await clear(about, { create: true }), { cleared: false, fault: undefined });
  });

  it("is told when it goes with the vault that no state knows of", async () => {
    await azure.vault({}, ours);
    await send(OWNER, "one");
    const ctx = testContext();
    const place = { subscriptionId: SUBSCRIPTION, tenantId: TENANT, resourceGroup: "rg" };
    const inputs = { ...place, owner: OWNER, vault: { name: "my-vault", create: true } };
    await azureMarkHandler.delete(ctx, MARK, { inputs, outputs: { mark: MARK } });
    assert.deepEqual(
      ctx.told.map((line) => /removed the (.+), whose making/.exec(line)?.[1]),
      [`diagnostic setting ${OWNER} of the vault my-vault`, "key vault my-vault, with its secrets"],
    );
  });

  it("is an empty vault of this stack's tags, as a killed run leaves it: it is taken over", async () => {
    await azure.vault({}, ours);
    assert.deepEqual(await look(), { vaultId: VAULT, granted: false });
  });
});
