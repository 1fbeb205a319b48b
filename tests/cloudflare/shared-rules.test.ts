import assert from "node:assert/strict";
import { Rule, findRule } from "../../manifests/cloudflare/ingress-rules";
import { ingressRuleHandler } from "../../provider/cloudflare/ingress-rule-handler";
import { Props, UserError } from "../../provider/plugin/handler";
import { TestCloudflare, testContext } from "./cloud";
import { slow } from "../slow";

describe("a rule in a tunnel that others share", () => {
  const cloud = new TestCloudflare();
  const last = { service: "http_status:404" };
  const access = { required: true, teamName: "team", audTag: ["aud"] };
  before(() => cloud.start());
  after(() => cloud.stop());

  const state = (inputs: Props) => ({ inputs, outputs: {} });
  const rejected = async (work: Promise<unknown>): Promise<string> => {
    const error: unknown = await work.then(
      () => undefined,
      (reason: unknown) => reason,
    );
    assert.ok(error instanceof UserError, String(error));
    return error.message;
  };

  /** A tunnel with our rule, made by a run of its own, and what somebody changed in it since. */
  async function withOurs(change: (rule: Rule) => Rule = (rule) => rule) {
    const tunnelId = await cloud.tunnel();
    const inputs = cloud.inputs(tunnelId);
    const { id } = await ingressRuleHandler().create(testContext(), inputs);
    const { ingress } = await cloud.config(tunnelId);
    await cloud.write(tunnelId, { ingress: ingress.map((rule) => (rule.hostname ? change(rule) : rule)) });
    const rule = async () => findRule((await cloud.config(tunnelId)).ingress, inputs);
    return { tunnelId, inputs, id, rule };
  }

  const withAccess = (rule: Rule) =>
    ({ ...rule, originRequest: { ...rule.originRequest, access, connectTimeout: 30 } }) as Rule;

  it("keeps what a person set on it that we don't set, by an update, a refresh and a new resource", async () => {
    const { tunnelId, inputs, id, rule } = await withOurs(withAccess);
    const theirs = { access, connectTimeout: 30 };
    const handler = ingressRuleHandler();

    await handler.update(
      testContext(),
      id,
      state(inputs),
      cloud.inputs(tunnelId, { apiToken: inputs.apiToken }),
    );
    assert.deepEqual((await rule())?.originRequest, { ...inputs.originRequest, ...theirs });

    const read = await handler.read(testContext(), id, state(inputs));
    assert.deepEqual(read?.inputs, inputs);

    const changed = cloud.inputs(tunnelId, {
      service: "http://other:80",
      originRequest: { noTLSVerify: true },
    });
    await handler.update(testContext(), id, state(inputs), changed);
    assert.deepEqual(await rule(), {
      hostname: inputs.hostname,
      service: "http://other:80",
      originRequest: { ...theirs, noTLSVerify: true },
    });
    await ingressRuleHandler().create(testContext(), changed);
    assert.deepEqual((await rule())?.originRequest, { ...theirs, noTLSVerify: true });
  });

  it("stops with the difference where somebody changed what we set", async () => {
    const { tunnelId, inputs, id, rule } = await withOurs((found) => ({
      ...found,
      service: "http://theirs:80",
      originRequest: { originServerName: "theirs", connectTimeout: 30 },
    }));
    const before = await rule();
    const news = cloud.inputs(tunnelId, { service: "http://new:80", originRequest: { connectTimeout: 5 } });
    const message = await rejected(ingressRuleHandler().update(testContext(), id, state(inputs), news));
    assert.deepEqual(message.split("\n").slice(0, -1), [
      "somebody changed the tunnel's rule for cal.example.com since the last run:",
      '  service: "http://theirs:80"; it was "https://ingress:443", and is to be "http://new:80"',
      '  originRequest.originServerName: "theirs"; it was "cal.example.com", and is to be not set',
      "  originRequest.connectTimeout: 30; it was not set, and is to be 5",
    ]);
    assert.deepEqual(await rule(), before);
  });

  it("keeps a rule that somebody changed, when ours is deleted, and says so", async () => {
    const { inputs, id, rule } = await withOurs((found) => ({ ...found, service: "http://theirs:80" }));
    const ctx = testContext();
    await ingressRuleHandler().delete(ctx, id, state(inputs));
    assert.equal((await rule())?.service, "http://theirs:80");
    assert.match(
      ctx.told.join("\n"),
      /warn: .*cal\.example\.com leads to http:\/\/theirs:80 now.* so it stays/,
    );
  });

  it("keeps fields of rules that it doesn't know", async () => {
    const { tunnelId, inputs, id } = await withOurs();
    const theirs = { id: "f1", hostname: "a.example.com", service: "http://a:80" };
    await cloud.write(tunnelId, { ingress: [theirs, { ...inputs2(inputs), id: "f2" }, last] });
    const news = cloud.inputs(tunnelId, { service: "http://new:80" });
    await ingressRuleHandler().update(testContext(), id, state(inputs), news);
    const { ingress } = await cloud.config(tunnelId);
    assert.deepEqual(ingress, [theirs, { ...inputs2(inputs), id: "f2", service: "http://new:80" }, last]);
  });
  const inputs2 = ({ hostname, service, originRequest }: Props) => ({ hostname, service, originRequest });

  describe("where others have one for the same host, too", () => {
    const twin = { hostname: "Cal.example.com", service: "http://theirs:80" };
    const doubled = [
      { hostname: "wiki.example.com", service: "http://wiki:80" },
      { hostname: "wiki.example.com", service: "http://old-wiki:80" },
    ];

    it("is written and removed, and theirs stay, as do two of others' own", async () => {
      const { tunnelId, inputs, id } = await withOurs();
      const ours = inputs2(inputs);
      await cloud.write(tunnelId, { ingress: [...doubled, ours, twin, last] });
      const news = cloud.inputs(tunnelId, { service: "http://new:80" });
      await ingressRuleHandler().update(testContext(), id, state(inputs), news);
      const changed = { ...ours, service: "http://new:80" };
      assert.deepEqual((await cloud.config(tunnelId)).ingress, [...doubled, changed, twin, last]);
      const ctx = testContext();
      await ingressRuleHandler().delete(ctx, id, state(news));
      assert.deepEqual((await cloud.config(tunnelId)).ingress, [...doubled, twin, last]);
      assert.match(ctx.told.join("\n"), /warn: .*leads to http:\/\/theirs:80 now/);
    });

    it("is removed below theirs, which stays", async () => {
      const { tunnelId, inputs, id } = await withOurs();
      await cloud.write(tunnelId, { ingress: [twin, inputs2(inputs), last] });
      await ingressRuleHandler().delete(testContext(), id, state(inputs));
      assert.deepEqual((await cloud.config(tunnelId)).ingress, [twin, last]);
    });
  });

  describe("whose resource is replaced", () => {
    slow("goes where the new one is for another host, path or tunnel", async () => {
      for (const change of [
        { hostname: "b.example.com" },
        { path: "/api" },
        { tunnelId: await cloud.tunnel() },
      ]) {
        const { inputs, id, rule } = await withOurs();
        const handler = ingressRuleHandler();
        const news = { ...inputs, ...change };
        await handler.diff(testContext(), id, state(inputs), news);
        await handler.create(testContext(), news);
        await handler.delete(testContext(), id, state(inputs));
        assert.equal(await rule(), undefined);
      }
    });

    it("takes a new service where the state tells that the rule is ours", async () => {
      const { inputs, id, rule } = await withOurs();
      const handler = ingressRuleHandler();
      const news = { ...inputs, service: "http://new:80" };
      await handler.diff(testContext(), id, state(inputs), news);
      await handler.create(testContext(), news);
      assert.equal((await rule())?.service, "http://new:80");
    });
  });

  describe("that was deleted, or never configured", () => {
    it("begins with the rules of a new tunnel", async () => {
      const tunnelId = await cloud.tunnel();
      const inputs = cloud.inputs(tunnelId);
      const handler = ingressRuleHandler();
      assert.equal(await handler.read(testContext(), "a/b/c", state(inputs)), undefined);
      await ingressRuleHandler().delete(testContext(), "", state(inputs));
      const { id } = await handler.create(testContext(), inputs);
      assert.equal((await handler.read(testContext(), id, state(inputs)))?.id, id);
    });

    it("is gone with its tunnel, and says so in an update", async () => {
      const { tunnelId, inputs, id } = await withOurs();
      await cloud.call("DELETE", `/cfd_tunnel/${tunnelId}`);
      assert.equal(await ingressRuleHandler().read(testContext(), id, state(inputs)), undefined);
      const news = { ...inputs, service: "http://new:80" };
      const message = await rejected(ingressRuleHandler().update(testContext(), id, state(inputs), news));
      assert.match(message, /tunnel .* doesn't exist in account .*, or was deleted\n→ .*pulumi refresh/);
      await ingressRuleHandler().delete(testContext(), id, state(inputs));
    });
  });

  it("takes a write whose answer was lost for its own", async () => {
    for (const done of [true, false]) {
      const inputs = cloud.inputs(await cloud.tunnel());
      await cloud.fault({ answer: "cut", done, method: "PUT", path: "/configurations" });
      const ctx = testContext();
      await ingressRuleHandler().create(ctx, inputs);
      assert.deepEqual((await cloud.config(inputs.tunnelId)).ingress.length, 2);
      assert.ok(!ctx.told.some((text) => text.startsWith("warn")), ctx.told.join("\n"));
    }
  });
});
