import { strict as assert } from "node:assert";
import { ageMilliseconds, shownAge } from "../../manifests/secrets/max-age";
import type { State } from "../../provider/plugin/handler";
import { credentialAgeHandler } from "../../provider/secrets/credential-age-handler";
import { context as ctx } from "../sandbox/pulumi/context";

const DAY = 86_400_000;

describe("the age of a credential", () => {
  it("is said in whole days or hours", () => {
    assert.deepEqual(["90d", "12h", "1d", "0d", "1.5d", "90", "90m", "-1d", ""].map(ageMilliseconds), [
      90 * DAY,
      DAY / 2,
      DAY,
      ...Array.from({ length: 6 }, () => undefined),
    ]);
    assert.deepEqual([DAY / 24, 30 * (DAY / 24), 2 * DAY, 93.7 * DAY].map(shownAge), [
      "1 hour",
      "30 hours",
      "2 days",
      "93 days",
    ]);
  });

  /** A stack that runs at given days. */
  class Life {
    day = 0;
    readonly told: string[] = [];
    private state: State | undefined;
    private readonly handler = credentialAgeHandler(() => this.day * DAY);
    private readonly ctx = {
      ...ctx,
      urn: "urn:pulumi:prod::fleet::handoff:secrets:CredentialAge::pg-age",
      info: (text: string) => this.told.push(text),
    };

    /** An `up`; the generation that its preview told, and that it then has. */
    async up(day: number, inputs: { maxAge: string; rotation: number }): Promise<unknown> {
      this.day = day;
      const before = this.state;
      const preview = await this.handler.preview?.(this.ctx, inputs, before);
      if (before === undefined) {
        this.state = { inputs, outputs: (await this.handler.create(this.ctx, inputs)).outputs };
      } else if ((await this.handler.diff(this.ctx, "id", before, inputs)).changes) {
        const { outputs } = await this.handler.update(this.ctx, "id", before, inputs);
        this.state = { inputs, outputs };
      }
      assert.equal(preview?.generation, this.state?.outputs.generation);
      return this.state?.outputs.generation;
    }
  }

  it("makes a new value by the first up after it, once, and says so", async () => {
    const life = new Life();
    const inputs = { maxAge: "90d", rotation: 1 };
    assert.equal(await life.up(100, inputs), 0);
    assert.equal(await life.up(189, inputs), 0);
    assert.deepEqual(life.told, []);
    assert.equal(await life.up(193, inputs), 1);
    assert.deepEqual(life.told, ["pg is 93 days old, of 90d at most: `up` makes another value"]);
    assert.equal(await life.up(194, inputs), 1);
    assert.equal(await life.up(282, inputs), 1);
    assert.equal(await life.up(283, inputs), 2);
  });

  it("begins anew with another number, and follows another limit", async () => {
    const life = new Life();
    assert.equal(await life.up(0, { maxAge: "90d", rotation: 1 }), 0);
    // The number makes a new value; its age doesn't make one more.
    assert.equal(await life.up(100, { maxAge: "90d", rotation: 2 }), 0);
    assert.equal(await life.up(180, { maxAge: "90d", rotation: 2 }), 0);
    assert.equal(await life.up(181, { maxAge: "30d", rotation: 2 }), 1);
    assert.equal(await life.up(250, { maxAge: "365d", rotation: 2 }), 1);
  });
});
