import assert from "node:assert/strict";
import { ruleName } from "../../manifests/cloudflare/ingress-rules";
import { ingressRuleHandler } from "../../provider/cloudflare/ingress-rule-handler";
import { cloudflareMarkHandler } from "../../provider/cloudflare/mark-handler";
import type { Props, State } from "../../provider/plugin/handler";
import { ACCOUNT, TestCloudflare, testContext, TOKEN } from "./cloud";

describe("a rule that somebody else made as ours would be", () => {
  const cloud = new TestCloudflare();
  const last = { service: "http_status:404" };
  before(() => cloud.start());
  after(() => cloud.stop());

  /** A stack that has a tunnel in common with others: its mark, and a rule each as the engine leads them. */
  class Stack {
    private mark: State | undefined;
    readonly rules = new Map<string, State & { readonly id: string }>();

    constructor(private readonly tunnelId: string) {}

    rule(changes: Props = {}): Props {
      return cloud.inputs(this.tunnelId, changes);
    }

    async look(...rules: readonly Props[]): Promise<readonly string[]> {
      const inputs = {
        ...{ apiToken: TOKEN, baseUrl: cloud.baseUrl },
        shared: {
          ...{ accountId: ACCOUNT, tunnelId: this.tunnelId },
          rules: rules.map(({ hostname, path }) => ({ hostname, path })),
        },
      };
      const before = this.mark;
      const told = await cloudflareMarkHandler.preview?.(testContext(), inputs, before);
      const { outputs } =
        before === undefined
          ? await cloudflareMarkHandler.create(testContext(), inputs)
          : await cloudflareMarkHandler.update(testContext(), "", before, inputs);
      if (before !== undefined) assert.equal(outputs.mark, before.outputs.mark);
      assert.deepEqual(told?.found, outputs.found);
      this.mark = { inputs, outputs };
      return outputs.found as readonly string[];
    }

    /** In a process of its own. @param name of the resource. */
    async make(name: string, news: Props, handler = ingressRuleHandler()): Promise<State> {
      const found = this.mark?.outputs.found as readonly string[];
      const theirs = found.includes(ruleName(news)) ? true : undefined;
      const inputs = { ...news, theirs };
      const before = this.rules.get(name);
      const { id, outputs } =
        before === undefined
          ? await handler.create(testContext(), inputs)
          : { id: before.id, ...(await handler.update(testContext(), before.id, before, inputs)) };
      this.rules.set(name, { id, inputs, outputs });
      return { inputs, outputs };
    }

    async remove(name: string, handler = ingressRuleHandler()): Promise<readonly string[]> {
      const made = this.rules.get(name);
      assert.ok(made !== undefined);
      this.rules.delete(name);
      const ctx = testContext();
      await handler.delete(ctx, made.id, made);
      return ctx.told;
    }
  }

  async function shared(byHand: readonly Props[] = []) {
    const tunnelId = await cloud.tunnel([]);
    await cloud.write(tunnelId, { ingress: [...byHand, last] });
    const rules = async () => (await cloud.config(tunnelId)).ingress;
    return { tunnelId, stack: new Stack(tunnelId), rules };
  }
  const ruleIn = (inputs: Props) => {
    const { hostname, path, service, originRequest } = inputs;
    return { hostname, ...(path === undefined ? {} : { path }), service, originRequest };
  };

  it("is used as it is, and stays when the stack goes", async () => {
    const wanted = cloud.inputs("any");
    const { stack, rules } = await shared([ruleIn(wanted)]);
    const before = await rules();
    assert.deepEqual(await stack.look(stack.rule()), ["cal.example.com"]);
    await stack.make("cal", stack.rule());
    assert.deepEqual(await rules(), before);
    assert.match(
      (await stack.remove("cal")).join(),
      /cal\.example\.com was there before this stack: it stays/,
    );
    assert.deepEqual(await rules(), before);
  });

  it("is used so too with what the dashboard keeps beside it, such as an id", async () => {
    const theirs = { id: "f1", ...ruleIn(cloud.inputs("any")) };
    const { stack, rules } = await shared([theirs]);
    assert.deepEqual(await stack.look(stack.rule()), ["cal.example.com"]);
    await stack.make("cal", stack.rule());
    assert.deepEqual(await rules(), [theirs, last]);
    await stack.remove("cal");
    assert.deepEqual(await rules(), [theirs, last]);
  });

  it("is still theirs after a refresh, and under another name of the resource", async () => {
    const { stack, rules } = await shared([ruleIn(cloud.inputs("any"))]);
    await stack.look(stack.rule());
    await stack.make("cal", stack.rule());
    const made = stack.rules.get("cal");
    assert.ok(made !== undefined);
    const read = await ingressRuleHandler().read(testContext(), made.id, made);
    assert.equal(read?.outputs.theirs, true);
    stack.rules.set("cal", { ...made, ...read });
    const run = ingressRuleHandler();
    await stack.make("calcom", stack.rule(), run);
    await stack.remove("cal", run);
    await stack.remove("calcom");
    assert.equal((await rules()).length, 2);
  });

  it("isn't written over by what the stack wants later", async () => {
    const { stack, rules } = await shared([ruleIn(cloud.inputs("any"))]);
    await stack.look(stack.rule());
    await stack.make("cal", stack.rule());
    const before = await rules();
    const other = stack.rule({ service: "http://other:80" });
    await assert.rejects(
      stack.make("cal", other),
      /has a rule for cal\.example\.com, to https:\/\/ingress:443/,
    );
    assert.deepEqual(await rules(), before);
  });

  it("is ours once theirs is gone and it was made again", async () => {
    const { tunnelId, stack, rules } = await shared([ruleIn(cloud.inputs("any"))]);
    await stack.look(stack.rule());
    await stack.make("cal", stack.rule());
    await cloud.write(tunnelId, { ingress: [last] });
    assert.equal((await stack.make("cal", stack.rule())).outputs.theirs, undefined);
    assert.equal((await rules()).length, 2);
    await stack.remove("cal");
    assert.deepEqual(await rules(), [last]);
  });

  it("isn't taken for one that a killed run of ours made, which goes with the stack", async () => {
    const { stack, rules } = await shared();
    assert.deepEqual(await stack.look(stack.rule()), []);
    // Made, and never recorded.
    await ingressRuleHandler().create(testContext(), stack.rule());
    assert.deepEqual(await stack.look(stack.rule()), []);
    await stack.make("cal", stack.rule());
    await stack.remove("cal");
    assert.deepEqual(await rules(), [last]);
  });

  it("is told apart for each host and path, also of those that come later", async () => {
    const path = { path: "/api" };
    const { stack, rules } = await shared([ruleIn(cloud.inputs("any", path))]);
    assert.deepEqual(await stack.look(stack.rule()), []);
    await stack.make("cal", stack.rule());
    assert.deepEqual(await stack.look(stack.rule(), stack.rule(path)), ["cal.example.com (path /api)"]);
    await stack.make("api", stack.rule(path));
    await stack.remove("cal");
    await stack.remove("api");
    assert.deepEqual(
      (await rules()).map((rule) => rule.path),
      ["/api", undefined],
    );
  });
});
