import assert from "node:assert/strict";
import { prod } from "../../stacks/prod";
import { sitesSystem } from "../../stacks/sites";
import { byName, type MockAnswers, type Registered } from "../mocks";
import { readFixture } from "../settings/fixture";
import { SHIPPED_PROD, shippedPart } from "./shipped";
import { CLOUDFLARE, runSites } from "./sites-run";
import { answers, WholeStack } from "./whole-stack";

const host = "cal.example.com";
const emails = ["you@example.com"];
const APPLICATION = "cloudflare:index/zeroTrustAccessApplication:ZeroTrustAccessApplication";
const told: MockAnswers = {
  ...answers,
  outputs: { ...answers.outputs, [APPLICATION]: () => ({ aud: "audience-tag" }) },
  functions: { ...answers.functions, "handoff:cloudflare:tunnelNamed": () => ({ id: "adopted-id" }) },
};

describe("Access and private networks of a stack", () => {
  const stack = new WholeStack();
  before(() => {
    stack.setUp();
  });
  after(() => {
    stack.tearDown();
  });

  const given = readFixture("valid", "minimal.yaml").document.config?.["handoff:cloudflare"] as object;
  const run = async (cloudflare: object): Promise<readonly Registered[]> => {
    const over = { "handoff:cloudflare": { ...given, ...cloudflare } };
    return (await stack.outcome(shippedPart(prod, SHIPPED_PROD), over, told)).resources;
  };
  const access = { [host]: { emails, serviceTokens: ["00000000-0000-4000-8000-000000000000"] } };

  it("puts the application before the rule and the record, which asks for its audience", async () => {
    const found = await run({ access, teamName: "your-team" });
    const { inputs, options, parent } = byName(found, `access-${host}`);
    const comment = "Pulumi stack handoff/test 0123456789ab";
    assert.deepEqual(inputs, {
      accountId: "0123456789abcdef0123456789abcdef",
      name: host,
      domain: host,
      type: "self_hosted",
      sessionDuration: "24h",
      policies: [
        {
          name: comment,
          decision: "allow",
          precedence: 1,
          includes: [{ email: { email: "you@example.com" } }],
        },
        {
          name: `${comment}, service tokens`,
          decision: "non_identity",
          precedence: 2,
          includes: [{ serviceToken: { tokenId: "00000000-0000-4000-8000-000000000000" } }],
        },
      ],
    });
    assert.equal(parent, "");
    assert.deepEqual(options.dependencies, [`access-${host}-mark`, "cloudflare-mark"]);
    const rule = byName(found, "calcom-rule");
    assert.deepEqual(rule.inputs.originRequest, {
      originServerName: host,
      access: { required: true, teamName: "your-team", audTag: ["audience-tag"] },
    });
    assert.ok(rule.options.dependencies.includes(`access-${host}`));
    assert.ok(byName(found, "calcom-record-mark").options.dependencies.includes(`access-${host}`));
    const mark = byName(found, `access-${host}-mark`);
    assert.deepEqual([mark.inputs.domain, mark.inputs.comment], [host, comment]);
    assert.deepEqual(mark.inputs.apiToken, { secret: "canary-cloudflare" });
  });

  it("makes nothing of Access where no host is guarded", async () => {
    assert.ok(!(await run({})).some(({ type }) => type === APPLICATION || type.endsWith(":AccessMark")));
  });

  it("leaves a locally managed tunnel's rule to the edge", async () => {
    const tunnel = { name: "t", managed: "local", configMap: "infrastructure/cloudflare/configmap.yaml" };
    const found = await run({ access, tunnel });
    assert.ok(byName(found, "calcom-record-mark").options.dependencies.includes(`access-${host}`));
    const edits = JSON.stringify(byName(found, "handoff-commit").inputs.edits);
    assert.match(edits, /"hostname":"cal\.example\.com"/);
    assert.doesNotMatch(edits, /audience|access/);
  });

  it("refuses a host that the stack hasn't, before anything is made", async () => {
    await assert.rejects(
      run({ access: { "cla.example.com": { emails } }, teamName: "your-team" }),
      /guards cla\.example\.com, which is no host of this stack\. Did you mean cal\.example\.com\?/,
    );
  });

  it("guards a record that leads to an address, and no other", async () => {
    const name = "analytics.example.com";
    const guarded = { ...CLOUDFLARE, access: { [name]: { everyone: true, sessionDuration: "1h" } } };
    const found = await runSites(sitesSystem([]), {
      "handoff:cloudflare": guarded,
      "handoff:umami": { host: name },
    });
    assert.equal(byName(found, `access-${name}`).inputs.sessionDuration, "1h");
    const waiting = found.filter(({ options }) => options.dependencies.includes(`access-${name}`));
    assert.deepEqual(
      waiting.map(({ inputs }) => inputs.name),
      [name],
    );
  });

  it("leads private networks to the tunnel, which goes after them", async () => {
    const found = await run({ tunnel: { name: "my-cluster", routes: ["10.43.0.0/16"] } });
    const route = byName(found, "tunnel-route-10.43.0.0/16");
    assert.deepEqual(route.inputs, {
      accountId: "0123456789abcdef0123456789abcdef",
      network: "10.43.0.0/16",
      tunnelId: "tunnel-tunnel-id",
      comment: "Pulumi stack handoff/test 0123456789ab",
    });
    assert.equal(route.parent, "tunnel");
    const mark = byName(found, "tunnel-route-10.43.0.0/16-mark");
    assert.ok(mark.options.dependencies.includes("tunnel-tunnel"));
    assert.ok(byName(found, "tunnel-drain").options.dependencies.includes("tunnel-route-10.43.0.0/16"));
  });

  it("uses an existing tunnel by its name, and has its rules told apart from others'", async () => {
    const found = await run({ tunnel: { name: "shared", adopt: true } });
    const types = found.map(({ type }) => type);
    for (const type of ["cloudflare:index/zeroTrustTunnelCloudflared", "handoff:cloudflare:TunnelDrain"])
      assert.ok(!types.some((one) => one.startsWith(type)), type);
    assert.equal(byName(found, "calcom-rule").inputs.tunnelId, "adopted-id");
    assert.deepEqual(byName(found, "cloudflare-mark").inputs.shared, {
      accountId: "0123456789abcdef0123456789abcdef",
      tunnelId: "adopted-id",
      rules: [{ hostname: host }],
    });
  });
});
