/** The provider stand-ins and the language host under the real engine, against the sandbox's Cloudflare and Azure. */
import { strict as assert } from "node:assert";
import * as path from "node:path";
import { startAzure } from "../../tools/sandbox/services/azure";
import { startCloudflare } from "../../tools/sandbox/services/cloudflare";
import type { Service } from "../../tools/sandbox/services/http";
import { findPulumi, TestStack } from "./stack";

const accountId = "0123456789abcdef0123456789abcdef";
const zoneId = "fedcba9876543210fedcba9876543210";
const subscriptionId = "11111111-2222-4333-8444-555555555555";
const tenantId = "99999999-8888-4777-8666-555555555555";

describe("provider stand-ins under the engine", function () {
  this.timeout(180_000);
  let stack: TestStack;
  const services: Service[] = [];
  const stateOf = async (service: Service | undefined): Promise<string> =>
    (await fetch(`${service?.url ?? ""}/__state`)).text();

  before(async function () {
    const binDir = findPulumi();
    if (binDir === undefined) {
      console.log("      skipped: pulumi isn't on PATH (npm run sandbox -- npm run test:e2e)");
      this.skip();
    }
    const cloudflare = await startCloudflare({
      apiToken: "owner",
      accountId,
      zoneId,
      zoneName: "example.com",
    });
    const azure = await startAzure({ subscriptionId, tenantId });
    services.push(cloudflare, azure);
    stack = await TestStack.create(path.join(__dirname, "plugins"), binDir, {
      CLOUDFLARE_BASE_URL: `${cloudflare.url}/client/v4`,
      CLOUDFLARE_API_TOKEN: "owner",
      ARM_RESOURCE_MANAGER_URL: azure.url,
      ARM_SUBSCRIPTION_ID: subscriptionId,
      ARM_TENANT_ID: tenantId,
    });
    await stack.set(["accountId", accountId], ["zoneId", zoneId]);
  });

  after(async () => {
    await Promise.all(services.map((service) => service.close()));
    if (services.length > 0) stack.remove();
  });

  it("previews without touching anything", async () => {
    assert.match(await stack.pulumi("preview"), /\+ 16 to create/);
    assert.doesNotMatch(await stateOf(services[0]), /plugins/);
  });

  it("creates everything, and then has nothing to do", async () => {
    assert.match(await stack.up(), /\+ 16 created/);
    const { vaultUri, recordName } = await stack.outputs();
    assert.match(String(vaultUri), /^http:\/\/127\.0\.0\.1:\d+\/keyvault\/plugins-vault\/$/);
    assert.equal(recordName, "cal.example.com");
    assert.match(await stack.pulumi("preview", "--expect-no-changes"), /16 unchanged/);
    assert.match(await stack.up("--expect-no-changes"), /16 unchanged/);
  });

  it("finds no drift where there is none", async () => {
    assert.match(
      await stack.pulumi("refresh", "--yes", "--skip-preview", "--expect-no-changes"),
      /16 unchanged/,
    );
  });

  it("keeps secrets out of the state", async () => {
    const state = await stack.pulumi("stack", "export");
    const { passwordValue, tokenValue, tunnelTokenValue } = await stack.outputs();
    for (const value of [passwordValue, tokenValue, tunnelTokenValue]) {
      assert.equal(typeof value, "string");
      assert.ok(!state.includes(value as string));
    }
  });

  it("replaces a password when a keeper changes, and what is made of it", async () => {
    const before = (await stack.outputs()).passwordValue;
    await stack.set(["rotation", "2"]);
    const shown = await stack.up();
    assert.match(shown, /~ 1 updated/);
    assert.match(shown, /\+-1 replaced/);
    assert.notEqual((await stack.outputs()).passwordValue, before);
  });

  it("refuses what a stand-in doesn't know", async () => {
    await stack.set(["cloudflare:email", "someone@example.com"]);
    await assert.rejects(stack.up(), /cloudflare doesn't know this setting; it knows apiToken, baseUrl/);
    await stack.pulumi("config", "rm", "cloudflare:email");
  });

  it("destroys everything", async () => {
    assert.match(await stack.pulumi("destroy", "--yes", "--skip-preview"), /- 16 deleted/);
    const cloudflare = JSON.parse(await stateOf(services[0])) as {
      records: unknown[];
      tokens: unknown[];
      tunnels: { deleted_at?: string }[];
    };
    assert.deepEqual([cloudflare.records, cloudflare.tokens], [[], []]);
    // Cloudflare keeps a deleted tunnel for a while.
    assert.ok(cloudflare.tunnels.every((tunnel) => tunnel.deleted_at !== undefined));
    assert.match(await stateOf(services[1]), /"resources": ?\{\}/);
  });
});
