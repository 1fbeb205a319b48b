/** A token of Cloudflare's that was revoked: what doesn't run the program works with today's from the environment. */
import { strict as assert } from "node:assert";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ACCOUNT, TestCloudflare, ZONE } from "../cloudflare/cloud";
import { useCloudflare } from "./cloudflare-stack";
import type { TestStack } from "./stack";

const ACCOUNT_RIGHTS = ["c07321b023e944ff818fec44d8203567", "5bc3f8b21c554832afc660159ab75fa4"];
const ZONE_RIGHTS = ["4755a26eedb94da69e1066d98aa820be", "c8fed203ed3043cba015a93ad1616f1f"];

describe("a revoked Cloudflare token under the engine", function () {
  this.timeout(600_000);
  const cloud = new TestCloudflare();
  let stack: TestStack;

  useCloudflare("cloud-creates", {
    cloud,
    environment: {},
    begin: (made) => {
      stack = made;
    },
  });

  let current = "";
  const policy = (id: string, resource: string) => ({
    effect: "allow",
    permission_groups: [{ id }],
    resources: { [`com.cloudflare.api.account${resource}`]: "*" },
  });
  /** Another token with the least permissions; the former one isn't good any more. */
  async function renewed(): Promise<string> {
    const policies = [
      ...ACCOUNT_RIGHTS.map((id) => policy(id, `.${ACCOUNT}`)),
      ...ZONE_RIGHTS.map((id) => policy(id, `.zone.${ZONE}`)),
    ];
    const made = await cloud.call<{ id: string; value: string }>("POST", "/tokens", {
      name: "deploy",
      policies,
    });
    if (current !== "") await cloud.call("DELETE", `/tokens/${current}`);
    current = made.id;
    return made.value;
  }
  async function renew(variable: string): Promise<void> {
    stack.setEnvironment({ [variable]: await renewed() });
  }

  for (const variable of ["CLOUDFLARE_API_TOKEN", "MY_CLOUDFLARE_TOKEN"]) {
    it(`isn't needed by refresh and destroy, when ${variable} has a new one`, async () => {
      const cloudOf = { accountId: ACCOUNT, zoneId: ZONE, hostname: "cal.example.com", variable };
      await stack.set(["cloud", JSON.stringify(cloudOf)]);
      await renew(variable);
      await stack.up();
      await renew(variable);
      assert.match(await stack.pulumi("refresh", "--yes", "--skip-preview"), /unchanged/);
      await renew(variable);
      await stack.pulumi("destroy", "--yes", "--skip-preview");
      const kept = (await cloud.state()) as { records: object[]; tokens: object[] };
      assert.deepEqual([kept.records.length, kept.tokens.length], [0, 1]);
      stack.setEnvironment({ [variable]: undefined });
    });
  }

  it("that came from a file is replaced by today's where the program runs, as refresh and destroy say", async () => {
    const folder = mkdtempSync(join(tmpdir(), "handoff-token-"));
    const file = join(folder, "token");
    const renewFile = async () => {
      writeFileSync(file, await renewed());
    };
    try {
      await renewFile();
      await stack.set([
        "cloud",
        JSON.stringify({ accountId: ACCOUNT, zoneId: ZONE, hostname: "cal.example.com", file }),
      ]);
      await stack.up();
      for (const [command, done] of [
        ["refresh", /unchanged/],
        ["destroy", /deleted/],
      ] as const) {
        await renewFile();
        const told = await stack.pulumi(command, "--yes", "--skip-preview").then(String, String);
        assert.match(told, /→ This is the token of the last `up`, which the state keeps/);
        const [, advised = ""] = new RegExp(`\`pulumi (${command} --run-program)\``).exec(told) ?? [];
        assert.ok(advised, told);
        stack.setEnvironment({ CLOUDFLARE_API_TOKEN: readFileSync(file, "utf8") });
        assert.match(await stack.typed(advised, "--yes", "--skip-preview"), done);
        stack.setEnvironment({ CLOUDFLARE_API_TOKEN: undefined });
      }
      const kept = (await cloud.state()) as { records: object[]; tokens: object[] };
      assert.deepEqual([kept.records.length, kept.tokens.length], [0, 1]);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
