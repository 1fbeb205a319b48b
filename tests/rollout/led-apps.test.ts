import { strict as assert } from "node:assert";
import { Rollout } from "./rollout";
import type { VaultedApp } from "./vaulted-app";
import { slow } from "../slow";

const PREPARE = "Job handoff-password prepare";
const ALTER = "Job handoff-password alter";
const DROP = "Job handoff-password drop";

describe("an app that is led to a temporary role", function () {
  const rollout = Rollout.use();
  const { ctx, inputs, rotated, up } = rollout;
  let app: VaultedApp;
  beforeEach(() => {
    ({ app } = rollout);
  });
  const steps = (): string[] => app.history.filter((line) => !line.startsWith("sync"));
  const ours = (): string[] =>
    [...app.cluster.objects.keys()].filter((path) => path.includes("handoff-") && !path.includes("/pods/"));

  it("is told before, and isn't touched by that", async () => {
    const { state } = rollout;
    app.cluster.deny = () =>
      app.cluster.requests.at(-1)?.startsWith("GET ") === true ? undefined : [403, "a preview"];
    await assert.rejects(up(inputs({ password: "canary-2" })));
    assert.match(
      ctx.messages.join("\n"),
      /^signs in by a temporary role meanwhile, .* restarted twice, .*: Deployment calcom\/calcom$/m,
    );
    assert.deepEqual([app.history, rollout.state], [[], state]);
  });

  it("lives by the addresses of one Secret for the time, which keep nothing else", async () => {
    const seen: unknown[] = [];
    const { react } = app.cluster;
    app.cluster.react = (object) => {
      if (object.metadata?.name === "app.handoff-rotation") seen.push(app.values("app.handoff-rotation"));
      react(object);
    };
    await up(inputs(rotated({ password: "canary-2" })));
    const [{ DATABASE_URL = "", ...others } = {}] = seen as Record<string, string>[];
    assert.match(DATABASE_URL, /^postgresql:\/\/calcom_rotation:[\w-]{32}@calcom-db\/calcom$/);
    assert.deepEqual([others, ours()], [{}, []]);
  });

  it("goes over as others do where the database allows no such role, with a word", async () => {
    app.allows = false;
    assert.equal(await up(inputs(rotated({ password: "canary-2" }))), true);
    assert.deepEqual(steps(), [PREPARE, ALTER, "restart calcom", DROP]);
    assert.match(
      ctx.messages.join("\n"),
      /the role calcom of calcom\/calcom-db: new connections .* fail until the restart, .*: it isn't a superuser$/m,
    );
    assert.deepEqual(ours(), []);
  });

  it("keeps the role from another password until it is over, and goes on then", async () => {
    app.starts = false;
    const news = (timeoutSeconds: number) => inputs(rotated({ password: "canary-2" }), { timeoutSeconds });
    await assert.rejects(
      up(news(1)),
      /the database's role has the former password, .* 0 of 1 pods updated:\nDeployment calcom\/calcom/,
    );
    assert.deepEqual(steps(), [PREPARE, "restart calcom"]);
    app.starts = true;
    assert.equal(await up(news(5)), true);
    assert.deepEqual(steps().slice(-3), [ALTER, "restart calcom", DROP]);
    assert.deepEqual(ours(), []);
  });

  slow("keeps the temporary role while one of its pods is left", async () => {
    const env = [{ name: "DATABASE_URL", valueFrom: { secretKeyRef: { name: "app.handoff-rotation" } } }];
    const left = {
      ...{ apiVersion: "v1", kind: "Pod", metadata: { name: "left", namespace: "calcom" } },
      spec: { containers: [{ name: "calcom", env }] },
    };
    app.cluster.put(left);
    const news = (timeoutSeconds: number) => inputs(rotated({ password: "canary-2" }), { timeoutSeconds });
    await assert.rejects(
      up(news(1)),
      /still waiting for pod calcom\/left to end, which signs in by a temporary role/,
    );
    assert.equal(steps().includes(DROP), false);
    app.cluster.delete(left);
    assert.equal(await up(news(5)), true);
    assert.equal(steps().at(-1), DROP);
    assert.deepEqual(ours(), []);
  });
});
