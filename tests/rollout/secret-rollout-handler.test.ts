import { strict as assert } from "node:assert";
import { UNKNOWN } from "../../provider/plugin/handler";
import { SEEN } from "../../provider/rollout/consumers";
import { secretRolloutHandler as handler } from "../../provider/rollout/secret-rollout-handler";
import { Rollout } from "./rollout";
import { stepOf, type VaultedApp } from "./vaulted-app";

const DEPLOYMENTS = "/apis/apps/v1/namespaces/calcom/deployments";
describe("handler of handoff:kubernetes:SecretRollout", function () {
  const rollout = Rollout.use();
  const { ctx, inputs, rotated, up } = rollout;
  let app: VaultedApp;
  beforeEach(() => {
    ({ app } = rollout);
  });

  it("does nothing at first, and nothing while the values are the same", async () => {
    assert.equal(await up(inputs({})), false);
    assert.equal(await up(inputs({ added: "canary-new" })), false);
    assert.deepEqual([app.history, ctx.messages], [[], []]);
  });

  it("says before what it ends and restarts, and changes nothing by that", async () => {
    for (const news of [inputs({ key: UNKNOWN }), inputs({ key: "canary-2" })]) {
      ctx.messages.length = 0;
      const { changes, detailed } = await handler.diff(ctx, "secrets", rollout.state, news);
      assert.deepEqual([changes, detailed], [true, { 'values["key"]': "update" }]);
      assert.deepEqual(ctx.messages, [
        "another value of key ends all sessions",
        "restarts what reads other values: Deployment calcom/calcom",
      ]);
    }
    assert.deepEqual(app.history, []);
    assert.ok(app.cluster.requests.every((request) => request.startsWith("GET ")));
  });

  it("brings a new value to its Secret at once, restarts who reads it, and is done then", async () => {
    const news = inputs(rotated({ key: "canary-2" }));
    assert.equal(await up(news), true);
    assert.deepEqual(app.history, ["sync app", "restart calcom"]);
    assert.equal(app.values("app").KEY, "canary-2");
    assert.deepEqual(ctx.messages.slice(2), [
      "waiting for the sync of ExternalSecret calcom/app",
      "Secret calcom/app has the new value",
      "restarting Deployment calcom/calcom",
      "runs with the new values: Deployment calcom/calcom",
    ]);
    assert.equal(await up(news), false);
    assert.deepEqual(app.history, ["sync app", "restart calcom"]);
  });

  it("gives a database's role its password first, and leaves its server running", async () => {
    assert.equal(await up(inputs(rotated({ password: "canary n+w/%" }))), true);
    const [prepared, led, altered, ...rest] = app.history;
    assert.deepEqual(
      [prepared, led, altered],
      ["Job handoff-password prepare", "restart calcom", "Job handoff-password alter"],
    );
    assert.deepEqual([...rest.slice(0, 2)].sort(), ["sync app", "sync db"]);
    assert.deepEqual(rest.slice(2), ["restart calcom", "Job handoff-password drop"]);
    const told = ctx.messages.join("\n");
    assert.match(
      told,
      /the role calcom of calcom\/calcom-db, which takes no new connection by the former one/,
    );
    assert.match(told, /is restarted twice, so that no connection is refused: Deployment calcom\/calcom$/m);
    // Neither the passwords nor the Job stay.
    assert.deepEqual(
      [...app.cluster.objects.keys()].filter((path) => path.includes("handoff-")),
      [],
    );
  });

  it("touches no Secret when the role couldn't be given it, and goes on in the next up", async () => {
    app.alters = false;
    const news = inputs(rotated({ password: "canary-2" }));
    await assert.rejects(up(news), (error: Error) => {
      assert.match(error.message, /it has the former one, and nothing was restarted/);
      assert.match(error.message, /BackoffLimitExceeded/);
      assert.doesNotMatch(error.message, /canary/);
      return true;
    });
    assert.deepEqual(app.history, ["Job handoff-password prepare"]);
    app.alters = true;
    assert.equal(await up(news), true);
    assert.equal(app.values("db").POSTGRES_PASSWORD, "canary-2");
    assert.ok(!app.cluster.objects.has("/api/v1/namespaces/calcom/secrets/handoff-password"));
  });

  it("knows the password that a rotation gave the role that was never ended, when there is a further one", async () => {
    const before = rollout.state;
    const given: Readonly<Record<string, string>>[] = [];
    const { react } = app.cluster;
    app.cluster.react = (object) => {
      if (object.kind === "Job" && stepOf(object) === "alter") given.push(app.values("handoff-password"));
      react(object);
    };
    app.syncs = false;
    await assert.rejects(up(inputs(rotated({ password: "canary-2" }), { timeoutSeconds: 1 })));
    assert.equal(rollout.state, before);
    app.syncs = true;
    assert.equal(await up(inputs(rotated({ password: "canary-3" }))), true);
    const { TEMPORARY_PASSWORD } = given[0] ?? {};
    assert.match(TEMPORARY_PASSWORD ?? "", /^[\w-]{32}$/);
    assert.deepEqual(given, [
      { OLD_PASSWORD: "canary old", NEW_PASSWORD: "canary-2", TEMPORARY_PASSWORD },
      {
        OLD_PASSWORD: "canary old",
        NEW_PASSWORD: "canary-3",
        LEFT_PASSWORD_1: "canary-2",
        TEMPORARY_PASSWORD,
      },
    ]);
    assert.deepEqual(
      [...app.cluster.objects.keys()].filter((path) => path.includes("handoff-")),
      [],
    );
  });

  it("goes on where a run was killed: what was restarted isn't restarted again", async () => {
    const before = rollout.state;
    const news = inputs(rotated({ key: "canary-2", other: "canary-3" }));
    await up(news);
    // The engine never heard of its end; one workload was left.
    rollout.state = before;
    app.history.length = 0;
    app.workload("Deployment", "reader", {
      containers: [{}],
      volumes: [{ secret: { secretName: "other" } }],
    });
    assert.equal(await up(news), true);
    assert.deepEqual(
      app.history.filter((line) => line.startsWith("restart")),
      ["restart reader"],
    );
  });

  it("restarts nobody who started after the Secret changed", async () => {
    app.pod("calcom", "2026-02-02T00:00:00Z");
    await up(inputs(rotated({ key: "canary-2" })));
    assert.deepEqual(app.history, ["sync app"]);
  });

  it("leaves in the template nothing that tells the values, nor that two have the same", async () => {
    app.workload("Deployment", "twin", { containers: [{ envFrom: [{ secretRef: { name: "app" } }] }] });
    await up(inputs(rotated({ key: "canary-2" })));
    const marks = ["calcom", "twin"].map((name) => {
      const live = app.cluster.objects.get(`${DEPLOYMENTS}/${name}`);
      const { metadata } = live?.spec?.template as { metadata: { annotations: Record<string, string> } };
      return metadata.annotations[SEEN];
    });
    assert.match(marks[0] ?? "", /^scrypt:[0-9a-f]{32}$/);
    assert.notEqual(marks[0], marks[1]);
  });

  it("restarts nothing while the vault can't be read, and says why", async () => {
    app.syncs = false;
    const news = inputs(rotated({ key: "canary-2" }), { timeoutSeconds: 1 });
    await assert.rejects(up(news), (error: Error) => {
      assert.match(
        error.message,
        /after 1 s it isn't in the cluster: waiting for Secret calcom\/app, whose KEY is/,
      );
      assert.match(error.message, /ExternalSecret calcom\/app: SecretSyncedError: no access/);
      return true;
    });
    assert.deepEqual(app.history, []);
    app.syncs = true;
    assert.equal(await up(inputs({ key: "canary-2" })), true);
    assert.deepEqual(app.history, ["sync app", "restart calcom"]);
  });

  it("tells which pods don't start with the new value", async () => {
    app.starts = false;
    const news = inputs(rotated({ key: "canary-2" }), { timeoutSeconds: 1 });
    await assert.rejects(
      up(news),
      /not everything runs with them:\nDeployment calcom\/calcom: 0 of 1 pods updated/,
    );
  });

  it("doesn't wait for a workload that makes no pods by itself", async () => {
    app.starts = false;
    app.workload(
      "Deployment",
      "calcom",
      { containers: [{ envFrom: [{ secretRef: { name: "app" } }] }] },
      { paused: true },
    );
    await up(inputs(rotated({ key: "canary-2" })));
    assert.match(
      ctx.messages.join("\n"),
      /Deployment calcom\/calcom is paused: its pods have the former value/,
    );
  });

  it("waits for pull requests, and remembers the former values until they are merged", async () => {
    const pending = ["https://git.example.com/pull/1"];
    const news = rotated({ password: "canary-2" });
    assert.equal(await up(inputs(news, { pending })), true);
    assert.deepEqual(app.history, []);
    assert.deepEqual(rollout.state.outputs, { former: { password: "canary old" } });
    assert.equal(await up(inputs(news, { pending })), true);
    assert.equal(await up(inputs(news)), true);
    assert.equal(app.history[0], "Job handoff-password prepare");
    assert.equal(await up(inputs(news)), false);
  });

  it("fails while a pull request keeps the cluster by what the end of the run revokes", async () => {
    const before = rollout.state;
    const pending = ["https://git.example.com/pull/1"];
    const news = { ...inputs(rotated({ key: "canary-2" })), revokes: { key: "the former API token" } };
    await assert.rejects(up({ ...news, pending }), (error: Error) => {
      assert.match(
        error.message,
        /^the former API token can't be revoked yet: .*\n {2}https:\/\/git\.example\.com\/pull\/1\n→ Merge first/,
      );
      return true;
    });
    assert.deepEqual([app.history, rollout.state], [[], before]);
    assert.equal(await up(news), true);
    assert.deepEqual(app.history, ["sync app", "restart calcom"]);
    // Others' values don't wait for it.
    assert.equal(await up({ ...news, ...inputs({ key: "canary-2", other: "canary-4" }), pending }), true);
  });

  it("takes back a rotation that waits", async () => {
    await up(inputs({ key: "canary-2" }, { pending: ["https://git.example.com/pull/1"] }));
    assert.equal(await up(inputs({})), false);
  });

  it("doesn't fail a preview of a cluster that can't be asked", async () => {
    const news = inputs({ key: "canary-2" });
    app.cluster.stop();
    const { changes } = await handler.diff(ctx, "secrets", rollout.state, news);
    assert.equal(changes, true);
    assert.deepEqual(ctx.messages, ["another value of key ends all sessions"]);
  });
});
