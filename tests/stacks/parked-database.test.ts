import assert from "node:assert/strict";
import { defineSystem } from "../../stacks/platform";
import { prod } from "../../stacks/prod";
import { byName } from "../mocks";
import { WholeStack } from "./whole-stack";

const PASSWORD = "calcom-postgres-password";
const parked = (...names: string[]) =>
  defineSystem({
    ...prod,
    build: (settings, platform) => {
      const built = prod.build(settings, platform);
      const apps = built.apps.map((app) => (names.includes(app.name) ? { ...app, parked: true } : app));
      return { ...built, apps };
    },
  });

describe("a database whose app is parked", () => {
  const stack = new WholeStack();
  before(() => {
    stack.setUp();
  });
  after(() => {
    stack.tearDown();
  });
  const rollout = async (...names: string[]) =>
    byName(await stack.resources(parked(...names)), "secrets").inputs as {
      values: object;
      parked?: readonly string[];
      secrets: readonly { namespace: string }[];
    };

  it("isn't given another password while it is, and the one that it has stays known", async () => {
    const { values, secrets, ...rest } = await rollout("calcom");
    assert.ok(PASSWORD in values);
    assert.deepEqual(rest.parked, [PASSWORD]);
    assert.ok(!secrets.some(({ namespace }) => namespace === "calcom"));
    assert.equal((await rollout()).parked, undefined);
  });

  it("is known by that also when nothing else is there that takes a value", async () => {
    const { values, secrets, ...rest } = await rollout(
      "calcom",
      "cloudflare",
      "origin-ca-issuer",
      "cert-manager",
    );
    assert.deepEqual([Object.keys(values), rest.parked, secrets], [[PASSWORD], [PASSWORD], []]);
  });
});
