/** A database's password is rotated while its app connects anew all the time. */
import { strict as assert } from "node:assert";
import { onPostgres } from "./postgres";
import { RollingApp } from "./rolling-app";
import { Rollout } from "./rollout";

const USER = "calcom";
const MOST_WRITES = 60;

describe("a rotation of a database's password", () => {
  onPostgres("on a real server,", (server) => {
    const rollout = Rollout.use();
    const { inputs, rotated } = rollout;
    let rolling: RollingApp;

    before(async () => {
      await server().start(USER);
    });
    beforeEach(async () => {
      await server().setPassword(USER, "canary old");
      rolling = new RollingApp(rollout.app, server());
    });
    afterEach(async () => {
      await rolling.stop();
    });

    const up = async (password: string): Promise<boolean> =>
      await rollout.up(inputs(rotated({ password }), { timeoutSeconds: 60 }));

    /** Runs `up` that is killed before it writes once more. */
    async function killedAfter(writes: number, password: string): Promise<boolean> {
      const { app, ctx } = rollout;
      let written = 0;
      app.cluster.deny = () => {
        if (app.cluster.requests.at(-1)?.startsWith("GET ") === false) written += 1;
        // External Secrets may look at any time.
        app.asksAll();
        return written > writes ? [403, "killed"] : undefined;
      };
      try {
        await up(password);
        return false;
      } catch (error) {
        assert.ok(written > writes, String(error));
        return true;
      } finally {
        app.cluster.deny = () => undefined;
        ctx.messages.length = 0;
      }
    }

    async function assertLasting(template: unknown, password: string): Promise<void> {
      await rolling.settled();
      assert.deepEqual(rolling.refusals, []);
      assert.ok(await server().takes(password, USER));
      assert.equal(await server().count(`${USER}_rotation`), "0");
      assert.deepEqual(rolling.addresses, [
        `postgresql://calcom:${encodeURIComponent(password)}@calcom-db/calcom`,
      ]);
      const left = [...rollout.app.cluster.objects.keys()].filter(
        (path) => path.includes("handoff-") && !path.endsWith("-pod"),
      );
      assert.deepEqual(left, []);
      const { metadata, ...now } = rolling.deployment.spec?.template as { metadata?: object };
      assert.deepEqual([now, Object.keys(metadata ?? {})], [template, ["annotations"]]);
    }

    it("refuses nobody, and leaves the one role with the new password", async function () {
      this.timeout(120_000);
      const { template } = rolling.deployment.spec as { template: object };
      assert.equal(await up("canary n+w/%"), true);
      await assertLasting(template, "canary n+w/%");
      assert.ok(rolling.connections > 20, String(rolling.connections));
      assert.equal(await up("canary n+w/%"), false);
    });

    for (const [title, passwordOf] of [
      ["however often it is killed, after each write", () => "canary-2"],
      [
        "however often another one follows that was killed, after each write",
        (n: number) => `canary-${String(n)}`,
      ],
    ] as const)
      it(`refuses nobody ${title}`, async function () {
        this.timeout(900_000);
        const { template } = rolling.deployment.spec as { template: object };
        let writes = 0;
        while (await killedAfter(writes, passwordOf(writes))) {
          assert.deepEqual(rolling.refusals, [], `killed after ${String(writes)} writes`);
          writes += 1;
          assert.ok(writes < MOST_WRITES);
        }
        assert.ok(writes > 10, String(writes));
        await assertLasting(template, passwordOf(writes));
      });

    it("refuses those for a while who can't be led, and says before who that is", async function () {
      this.timeout(120_000);
      const { app, ctx } = rollout;
      await rolling.stop();
      const secretKeyRef = { name: "app", key: "DATABASE_URL" };
      const container = { name: "calcom", env: [{ name: "DATABASE_URL", valueFrom: { secretKeyRef } }] };
      app.workload("Deployment", "calcom", { containers: [container] });
      rolling = new RollingApp(app, server());
      assert.equal(await up("canary-2"), true);
      await rolling.settled();
      assert.match(rolling.refusals.join("\n"), /password authentication failed/);
      assert.match(
        ctx.messages.join("\n"),
        /Deployment calcom\/calcom names DATABASE_URL of Secret app in its environment: its new connections fail from the Job/,
      );
      assert.equal(await server().count(`${USER}_rotation`), "0");
    });
  });
});
