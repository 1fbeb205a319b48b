import assert from "node:assert/strict";
import { leaveValuesOut } from "../../provider/debug-messages";

describe("the SDK's debug messages", () => {
  const said: unknown[][] = [];
  const log = {
    debug: (message: string, ...more: unknown[]): Promise<void> => {
      said.push([message, ...more]);
      return Promise.resolve();
    },
  };
  before(() => {
    leaveValuesOut(log);
  });

  for (const [message, shown] of [
    [
      "Registering resource: t=random:index, name=a, custom=true",
      /^Registering resource: t=random:index, name=a, custom=true$/,
    ],
    [
      "RegisterResource RPC finished: a; err: null, resp: urn:a,,value,,,canary\nsecond canary line",
      /^Reg.*, resp: \(left out: /,
    ],
    [', obj={"apiToken":{"value":"canary"}}', /^, obj=\(left out: /],
    ["Invoke RPC finished: tok=handoff:x; err: null, resp: canary", /^Invoke.*resp: \(left out: /],
    ['RegisterResourceOutputs RPC prepared: urn=u, outputs={"a":"canary"}', /urn=u, outputs=\(left out: /],
  ] as const) {
    it(`have no values: ${message.split(/[:,]/)[0] || "obj"}`, async () => {
      said.length = 0;
      await log.debug(message, "resource", 7);
      const [[text, ...more] = []] = said;
      assert.match(String(text), shown);
      assert.doesNotMatch(String(text), /canary/);
      assert.deepEqual(more, ["resource", 7]);
    });
  }
});
