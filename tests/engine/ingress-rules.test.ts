/** `IngressRule` under the real engine: its rule outlives every way in which its resource is replaced. */
import { strict as assert } from "node:assert";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { ACCOUNT, TestCloudflare } from "../cloudflare/cloud";
import type { RuleOfTest } from "./ingress-rules";
import { useCloudflare } from "./cloudflare-stack";
import type { TestStack } from "./stack";

describe("IngressRule under the engine", function () {
  this.timeout(120_000);
  const cloud = new TestCloudflare();
  const hostname = "cal.example.com";
  const service = "http://cal:80";
  const last = { service: "http_status:404" };
  let stack: TestStack;
  let tunnelId = "";

  useCloudflare("ingress-rules", {
    cloud,
    begin: async (made) => {
      stack = made;
      tunnelId = await cloud.tunnel();
      await stack.set(["tunnel", JSON.stringify({ accountId: ACCOUNT, tunnelId, hostname })]);
    },
  });

  const set = (rules: Readonly<Record<string, RuleOfTest>>): Promise<void> =>
    stack.set(["rules", JSON.stringify(rules)]);
  const urn = (name: string): string =>
    `urn:pulumi:dev::ingress-rules::handoff:cloudflare:IngressRule::${name}`;
  const rules = async () => (await cloud.config(tunnelId)).ingress;
  const ours = [{ hostname, service }, last];

  it("makes the rule of a tunnel that was never configured", async () => {
    await set({ one: { service } });
    await stack.up();
    assert.deepEqual(await rules(), ours);
  });

  it("keeps it when the resource is replaced on demand, or tainted", async () => {
    assert.match(await stack.up("--replace", urn("one")), /\+-1 replaced/);
    assert.deepEqual(await rules(), ours);
    await stack.pulumi("state", "taint", urn("one"), "--yes");
    assert.match(await stack.up(), /\+-1 replaced/);
    assert.deepEqual(await rules(), ours);
  });

  it("keeps it when the resource gets another name, and another parent", async () => {
    await set({ two: { service } });
    assert.match(await stack.up(), /- 1 deleted/);
    assert.deepEqual(await rules(), ours);
    await set({ two: { service, parent: "group" } });
    assert.match(await stack.up(), /- 1 deleted/);
    assert.deepEqual(await rules(), ours);
  });

  it("keeps it when a killed run left the old resource to be deleted", async () => {
    const file = path.join(os.tmpdir(), `ingress-rules-${String(process.pid)}.json`);
    const state = JSON.parse(await stack.pulumi("stack", "export")) as {
      deployment: { resources: { type: string }[] };
    };
    const old = state.deployment.resources.find(({ type }) => type.endsWith(":IngressRule"));
    state.deployment.resources.push({ ...old!, delete: true } as { type: string });
    fs.writeFileSync(file, JSON.stringify(state));
    await stack.pulumi("stack", "import", "--file", file);
    fs.rmSync(file);
    assert.match(await stack.up(), /deleted original/);
    assert.deepEqual(await rules(), ours);
  });

  it("removes it with the program that doesn't run, and with one that does", async () => {
    await stack.pulumi("destroy", "--yes", "--skip-preview");
    assert.deepEqual(await rules(), [last]);
    await set({ one: { service } });
    await stack.up();
    assert.deepEqual(await rules(), ours);
    await stack.pulumi("destroy", "--yes", "--skip-preview", "--run-program");
    assert.deepEqual(await rules(), [last]);
  });
});
