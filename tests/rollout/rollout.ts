import { strict as assert } from "node:assert";
import { template, value } from "../../manifests/secrets/secret-text";
import type { Props, State } from "../../provider/plugin/handler";
import { secretRolloutHandler as handler } from "../../provider/rollout/secret-rollout-handler";
import { testContext } from "../git/remote";
import { VaultedApp } from "./vaulted-app";

const url = template`postgresql://calcom:${value("password", "url")}@calcom-db/calcom`;
export const SECRETS = [
  { name: "app", namespace: "calcom", from: "store", data: { DATABASE_URL: url, KEY: value("key") } },
  { name: "db", namespace: "calcom", from: "store", data: { POSTGRES_PASSWORD: value("password") } },
  { name: "other", namespace: "calcom", from: "store", data: { OTHER: value("other") } },
];
const ROLES = {
  password: { namespace: "calcom", host: "calcom-db", user: "calcom", image: "postgres:16" },
};
const FIRST = { password: "canary old", key: "canary-key", other: "canary-other" };

/** A SecretRollout whose first values the app's workloads read, anew before each test. */
export class Rollout {
  readonly ctx = testContext();
  app!: VaultedApp;
  state!: State;

  readonly inputs = (values: Props, more: Props = {}): Props => ({
    ...{
      kubeconfig: this.app.cluster.kubeconfig,
      secrets: SECRETS,
      roles: ROLES,
      ends: { key: "all sessions" },
    },
    ...{ values: { ...FIRST, ...values }, timeoutSeconds: 5, ...more },
  });

  /** What the engine does in `up`; gives whether something was to be done. */
  readonly up = async (news: Props): Promise<boolean> => {
    const { changes } = await handler.diff(this.ctx, "secrets", this.state, news);
    const { outputs } = changes ? await handler.update(this.ctx, "secrets", this.state, news) : this.state;
    this.state = { inputs: news, outputs };
    return changes;
  };

  /** Puts other values into the vault. */
  readonly rotated = (over: Partial<typeof FIRST>): Partial<typeof FIRST> => {
    const { password, key, other } = { ...FIRST, ...over };
    const texts = {
      app: { DATABASE_URL: `postgresql://calcom:${encodeURIComponent(password)}@calcom-db/calcom`, KEY: key },
      db: { POSTGRES_PASSWORD: password },
      other: { OTHER: other },
    };
    for (const [name, data] of Object.entries(texts)) this.app.vault.set(name, data);
    return over;
  };

  static use(): Rollout {
    const rollout = new Rollout();
    beforeEach(() => rollout.start());
    afterEach(() => {
      rollout.app.cluster.stop();
      assert.doesNotMatch(rollout.ctx.messages.join("\n"), /canary/);
    });
    return rollout;
  }

  private async start(): Promise<void> {
    const app = (this.app = await VaultedApp.start());
    this.rotated({});
    for (const [name, data] of app.vault) app.secret(name, data);
    app.workload("Deployment", "calcom", {
      containers: [{ name: "calcom", envFrom: [{ secretRef: { name: "app" } }] }],
    });
    app.workload("StatefulSet", "calcom-db", { containers: [{ envFrom: [{ secretRef: { name: "db" } }] }] });
    app.workload("Deployment", "reader", {
      containers: [{}],
      volumes: [{ secret: { secretName: "other" } }],
    });
    app.workload("Deployment", "stranger", { containers: [{ env: [{ name: "A" }] }] });
    const news = this.inputs({});
    this.state = { inputs: news, outputs: (await handler.create(this.ctx, news)).outputs };
    this.ctx.messages.length = 0;
  }
}
