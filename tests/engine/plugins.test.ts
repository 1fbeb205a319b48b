/** The provider stand-ins and the language host under the real engine, against the sandbox's Cloudflare and Azure. */
import { strict as assert } from "node:assert";
import { execFile } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { promisify } from "node:util";
import { installPulumiStandIns } from "../../tools/sandbox/pulumi/install";
import { startAzure } from "../../tools/sandbox/services/azure";
import { startCloudflare } from "../../tools/sandbox/services/cloudflare";
import type { Service } from "../../tools/sandbox/services/http";

const run = promisify(execFile);
const accountId = "0123456789abcdef0123456789abcdef";
const zoneId = "fedcba9876543210fedcba9876543210";
const subscriptionId = "11111111-2222-4333-8444-555555555555";
const tenantId = "99999999-8888-4777-8666-555555555555";
const program = path.join(__dirname, "plugins");

function findPulumi(): string | undefined {
  const folders = (process.env.PATH ?? "").split(path.delimiter);
  return folders.find((folder) => fs.existsSync(path.join(folder, "pulumi")));
}

describe("provider stand-ins under the engine", function () {
  this.timeout(180_000);
  let folder = "";
  let env: NodeJS.ProcessEnv = {};
  const services: Service[] = [];

  /** Runs pulumi and gives what it printed, with its errors. */
  async function pulumi(...args: string[]): Promise<string> {
    const options = { cwd: program, env, maxBuffer: 1 << 26 };
    try {
      const { stdout, stderr } = await run(
        "pulumi",
        [...args, "--non-interactive", "--color=never"],
        options,
      );
      return stdout + stderr;
    } catch (error) {
      const { stdout, stderr } = error as { stdout: string; stderr: string };
      throw new Error(stdout + stderr, { cause: error });
    }
  }
  const up = (...args: string[]): Promise<string> => pulumi("up", "--yes", "--skip-preview", ...args);
  const outputs = async (): Promise<Record<string, unknown>> =>
    JSON.parse(await pulumi("stack", "output", "--json", "--show-secrets")) as Record<string, unknown>;
  const stateOf = async (service: Service | undefined): Promise<string> =>
    (await fetch(`${service?.url ?? ""}/__state`)).text();

  before(async function () {
    const binDir = findPulumi();
    if (binDir === undefined) {
      console.log("      skipped: pulumi isn't on PATH (npm run sandbox -- npm run test:e2e)");
      this.skip();
    }
    folder = fs.mkdtempSync(path.join(os.tmpdir(), "handoff-plugins-"));
    const cloudflare = await startCloudflare({
      apiToken: "owner",
      accountId,
      zoneId,
      zoneName: "example.com",
    });
    const azure = await startAzure({ subscriptionId, tenantId });
    services.push(cloudflare, azure);
    env = {
      ...process.env,
      PULUMI_HOME: path.join(folder, "home"),
      PULUMI_BACKEND_URL: `file://${folder}`,
      PULUMI_CONFIG_PASSPHRASE: "test",
      PULUMI_STACK: "dev",
      PULUMI_SKIP_UPDATE_CHECK: "true",
      PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
      CLOUDFLARE_BASE_URL: `${cloudflare.url}/client/v4`,
      CLOUDFLARE_API_TOKEN: "owner",
      ARM_RESOURCE_MANAGER_URL: azure.url,
      ARM_SUBSCRIPTION_ID: subscriptionId,
      ARM_TENANT_ID: tenantId,
    };
    await installPulumiStandIns(path.join(folder, "home"), binDir, env);
    await pulumi("stack", "init", "dev");
    await pulumi("config", "set", "accountId", accountId);
    await pulumi("config", "set", "zoneId", zoneId);
  });

  after(async () => {
    await Promise.all(services.map((service) => service.close()));
    fs.rmSync(path.join(program, "Pulumi.dev.yaml"), { force: true });
    if (folder !== "") fs.rmSync(folder, { recursive: true });
  });

  it("previews without touching anything", async () => {
    assert.match(await pulumi("preview"), /\+ 16 to create/);
    assert.doesNotMatch(await stateOf(services[0]), /plugins/);
  });

  it("creates everything, and then has nothing to do", async () => {
    assert.match(await up(), /\+ 16 created/);
    const { vaultUri, recordName } = await outputs();
    assert.match(String(vaultUri), /^http:\/\/127\.0\.0\.1:\d+\/keyvault\/plugins-vault\/$/);
    assert.equal(recordName, "cal.example.com");
    assert.match(await pulumi("preview", "--expect-no-changes"), /16 unchanged/);
    assert.match(await up("--expect-no-changes"), /16 unchanged/);
  });

  it("finds no drift where there is none", async () => {
    assert.match(await pulumi("refresh", "--yes", "--skip-preview", "--expect-no-changes"), /16 unchanged/);
  });

  it("keeps secrets out of the state", async () => {
    const state = await pulumi("stack", "export");
    const { passwordValue, tokenValue, tunnelTokenValue } = await outputs();
    for (const value of [passwordValue, tokenValue, tunnelTokenValue]) {
      assert.equal(typeof value, "string");
      assert.ok(!state.includes(value as string));
    }
  });

  it("replaces a password when a keeper changes, and what is made of it", async () => {
    const before = (await outputs()).passwordValue;
    await pulumi("config", "set", "rotation", "2");
    const shown = await up();
    assert.match(shown, /~ 1 updated/);
    assert.match(shown, /\+-1 replaced/);
    assert.notEqual((await outputs()).passwordValue, before);
  });

  it("refuses what a stand-in doesn't know", async () => {
    await pulumi("config", "set", "cloudflare:email", "someone@example.com");
    await assert.rejects(up(), /cloudflare doesn't know this setting; it knows apiToken, baseUrl/);
    await pulumi("config", "rm", "cloudflare:email");
  });

  it("destroys everything", async () => {
    assert.match(await pulumi("destroy", "--yes", "--skip-preview"), /- 16 deleted/);
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
