import { strict as assert } from "node:assert";
import { template, value } from "../../manifests/secrets/secret-text";
import { type Props, type State } from "../../provider/plugin/handler";
import { secretRolloutHandler as handler } from "../../provider/rollout/secret-rollout-handler";
import { testContext } from "../git/remote";
import { VaultedApp } from "./vaulted-app";

const url = template`postgresql://calcom:${value("password", "url")}@calcom-db/calcom`;
const secrets = [
  { name: "app", namespace: "calcom", from: "store", data: { DATABASE_URL: url, KEY: value("key") } },
  { name: "db", namespace: "calcom", from: "store", data: { POSTGRES_PASSWORD: value("password") } },
  { name: "other", namespace: "calcom", from: "store", data: { OTHER: value("other") } },
];
const roles = { password: { namespace: "calcom", host: "calcom-db", user: "calcom", image: "postgres:16" } };
const first = { password: "canary old", key: "canary-key", other: "canary-other" };

describe("a password that can't reach everybody yet", function () {
  this.timeout(30_000);
  const ctx = testContext();
  let app: VaultedApp;
  let state: State;

  const inputs = (values: Props, more: Props = {}): Props => ({
    ...{ kubeconfig: app.cluster.kubeconfig, secrets, roles, ends: { key: "all sessions" } },
    ...{ values: { ...first, ...values }, timeoutSeconds: 5, ...more },
  });
  /** What the vault has for the values. */
  const fill = ({ password, key, other }: typeof first): void => {
    const texts = {
      app: { DATABASE_URL: `postgresql://calcom:${encodeURIComponent(password)}@calcom-db/calcom`, KEY: key },
      db: { POSTGRES_PASSWORD: password },
      other: { OTHER: other },
    };
    for (const [name, data] of Object.entries(texts)) app.vault.set(name, data);
  };
  /** What the engine does in `up`; gives whether something was to be done. */
  async function up(news: Props): Promise<boolean> {
    const { changes } = await handler.diff(ctx, "secrets", state, news);
    if (changes)
      state = { inputs: news, outputs: (await handler.update(ctx, "secrets", state, news)).outputs };
    else state = { inputs: news, outputs: state.outputs };
    return changes;
  }
  const rotated = (over: Partial<typeof first>): Partial<typeof first> => {
    fill({ ...first, ...over });
    return over;
  };

  beforeEach(async () => {
    app = await VaultedApp.start();
    fill(first);
    for (const [name, data] of app.vault) app.secret(name, data);
    app.workload("Deployment", "calcom", {
      containers: [{ envFrom: [{ secretRef: { name: "app" } }] }],
    });
    app.workload("StatefulSet", "calcom-db", { containers: [{ envFrom: [{ secretRef: { name: "db" } }] }] });
    app.workload("Deployment", "reader", {
      containers: [{}],
      volumes: [{ secret: { secretName: "other" } }],
    });
    app.workload("Deployment", "stranger", { containers: [{ env: [{ name: "A" }] }] });
    const news = inputs({});
    state = { inputs: news, outputs: (await handler.create(ctx, news)).outputs };
    ctx.messages.length = 0;
  });
  afterEach(() => {
    app.cluster.stop();
    assert.doesNotMatch(ctx.messages.join("\n"), /canary/);
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
      assert.equal(app.history[0], "Job handoff-password");
    });

    it("leaves the role as it is where the vault can't be read", async () => {
      app.syncs = false;
      app.asksAll();
      const news = inputs(rotated({ password: "canary-2" }), { timeoutSeconds: 1 });
      await assert.rejects(up(news), /SecretSyncedError: no access/);
      assert.deepEqual(app.history, []);
    });

    it("waits for what Flux decrypts", async () => {
      const fluxed = secrets.map((secret) => ({ ...secret, from: "sops" }));
      const news = inputs({ password: "canary-2" }, { secrets: fluxed, timeoutSeconds: 1 });
      await assert.rejects(up(news), /See what keeps Flux from applying Secret/);
      assert.deepEqual(app.history, []);
    });
  });

  describe("of an app that is parked", () => {
    const parked = ["password"];
    const gone = { parked, secrets: [secrets[2]] };

    it("is given to the role when the app is back, by the former one, after however many rotations", async () => {
      const given: object[] = [];
      const { react } = app.cluster;
      app.cluster.react = (object) => {
        if (object.kind === "Job") given.push(app.values("handoff-password"));
        react(object);
      };
      for (const password of ["canary-2", "canary-3"]) {
        assert.equal(await up(inputs({ password }, gone)), true);
        // It is remembered, and no change for ever.
        assert.equal(await up(inputs({ password }, gone)), false);
      }
      assert.deepEqual([app.history, state.outputs], [[], { former: { password: "canary old" } }]);
      assert.equal(await up(inputs(rotated({ password: "canary-3" }))), true);
      assert.deepEqual(given, [{ OLD_PASSWORD: "canary old", NEW_PASSWORD: "canary-3" }]);
      assert.deepEqual(state.outputs, {});
    });

    it("doesn't keep others' values from those who live by them", async () => {
      assert.equal(await up(inputs({ password: "canary-2", ...rotated({ other: "canary-4" }) }, gone)), true);
      assert.deepEqual(app.history, ["sync other", "restart reader"]);
      assert.deepEqual(state.outputs, { former: { password: "canary old" } });
    });
  });
});
