/** Ctrl-C during an `up` whose vendor doesn't answer. */
import { strict as assert } from "node:assert";
import { ACCOUNT, TestCloudflare, ZONE } from "../cloudflare/cloud";
import { useCloudflare } from "./cloudflare-stack";
import type { TestStack } from "./stack";

describe("an up that waits for a vendor without an answer", function () {
  this.timeout(300_000);
  const cloud = new TestCloudflare();
  let stack: TestStack;

  useCloudflare("cloud-creates", {
    cloud,
    begin: async (made) => {
      stack = made;
      const settings = { accountId: ACCOUNT, zoneId: ZONE, hostname: "cal.example.com" };
      await stack.set(["cloud", JSON.stringify(settings)]);
    },
  });

  it("says so, ends by Ctrl-C at once, and is gone on with by the next one", async () => {
    await cloud.fault({ answer: "hang", times: 1000 });
    const { output, took } = await stack.interrupted(/Cloudflare hasn't answered GET \S+ for \d+ s/);
    console.log(`      ended ${String(took)} ms after Ctrl-C`);
    assert.doesNotMatch(output, /panic|TypeError|at .*\.ts:\d+/);
    // A handler is given 0.7 s to end in its own words; the rest is the engine's.
    assert.ok(took < 5_000, `it went on for ${String(took)} ms:\n${output}`);
    await cloud.fault(null);
    await stack.up();
    assert.match(await stack.pulumi("preview", "--expect-no-changes"), /unchanged/);
    await stack.pulumi("destroy", "--yes", "--skip-preview");
  });
});
