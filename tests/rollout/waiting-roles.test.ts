import { strict as assert } from "node:assert";
import { Rollout, SECRETS } from "./rollout";
import { stepOf, type VaultedApp } from "./vaulted-app";

describe("a password that can't reach everybody yet", function () {
  const rollout = Rollout.use();
  const { inputs, rotated, up } = rollout;
  let app: VaultedApp;
  beforeEach(() => {
    ({ app } = rollout);
  });

  describe("of a database's role, while what brings the Secret stands still,", () => {
    const operator = (availableReplicas: number) => {
      const metadata = {
        ...{ name: "external-secrets", namespace: "external-secrets" },
        labels: { "app.kubernetes.io/name": "external-secrets" },
      };
      app.cluster.put({ apiVersion: "apps/v1", kind: "Deployment", metadata, status: { availableReplicas } });
    };

    it("leaves the role as it is where External Secrets doesn't run, and goes on later", async () => {
      operator(0);
      const news = inputs(rotated({ password: "canary-2" }));
      await assert.rejects(up(news), (error: Error) => {
        assert.match(
          error.message,
          /External Secrets \(Deployment external-secrets\/external-secrets\) doesn't run/,
        );
        assert.match(
          error.message,
          /role was left with the former one, by which everything runs\.\n→ kubectl/,
        );
        return true;
      });
      assert.deepEqual(app.history, []);
      operator(1);
      assert.equal(await up(news), true);
      assert.equal(app.history[0], "Job handoff-password prepare");
    });

    it("leaves the role as it is where the vault can't be read", async () => {
      app.syncs = false;
      app.asksAll();
      const news = inputs(rotated({ password: "canary-2" }), { timeoutSeconds: 1 });
      await assert.rejects(up(news), /SecretSyncedError: no access/);
      assert.deepEqual(app.history, []);
    });

    it("waits for what Flux decrypts", async () => {
      const fluxed = SECRETS.map((secret) => ({ ...secret, from: "sops" }));
      const news = inputs({ password: "canary-2" }, { secrets: fluxed, timeoutSeconds: 1 });
      await assert.rejects(up(news), /See what keeps Flux from applying Secret/);
      assert.deepEqual(app.history, []);
    });
  });

  describe("of an app that is parked", () => {
    const parked = ["password"];
    const gone = { parked, secrets: [SECRETS[2]] };

    it("is given to the role when the app is back, by the former one, after however many rotations", async () => {
      const given: Readonly<Record<string, string>>[] = [];
      const { react } = app.cluster;
      app.cluster.react = (object) => {
        if (object.kind === "Job" && stepOf(object) === "alter") given.push(app.values("handoff-password"));
        react(object);
      };
      for (const password of ["canary-2", "canary-3"]) {
        assert.equal(await up(inputs({ password }, gone)), true);
        // It is remembered, and no change for ever.
        assert.equal(await up(inputs({ password }, gone)), false);
      }
      assert.deepEqual([app.history, rollout.state.outputs], [[], { former: { password: "canary old" } }]);
      assert.equal(await up(inputs(rotated({ password: "canary-3" }))), true);
      const { TEMPORARY_PASSWORD, ...passwords } = given[0] ?? {};
      assert.deepEqual(passwords, { OLD_PASSWORD: "canary old", NEW_PASSWORD: "canary-3" });
      assert.deepEqual([given.length, TEMPORARY_PASSWORD === undefined], [1, false]);
      assert.deepEqual(rollout.state.outputs, {});
    });

    it("doesn't keep others' values from those who live by them", async () => {
      assert.equal(await up(inputs({ password: "canary-2", ...rotated({ other: "canary-4" }) }, gone)), true);
      assert.deepEqual(app.history, ["sync other", "restart reader"]);
      assert.deepEqual(rollout.state.outputs, { former: { password: "canary old" } });
    });
  });
});
