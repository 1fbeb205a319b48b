import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { reasons } from "../../tools/sandbox/reasons";
import { ownState } from "./own-state";

describe("why `pulumi up` failed", () => {
  const state = ownState();

  const said = (message: string, severity = "error", urn = "urn:pulumi:s::handoff::a:b:C::flux"): string =>
    JSON.stringify({ sequence: 1, diagnosticEvent: { urn, message, severity } });
  const read = (...lines: string[]): string[] => {
    const file = join(state(), "events.jsonl");
    writeFileSync(file, lines.join("\n"));
    return reasons(file);
  };

  it("is each error once, with its resource, without colours", () => {
    const error = said("<{%fg 1%}>error: <{%reset%}>no such branch\n→ create it\n");
    assert.deepEqual(read(JSON.stringify({ preludeEvent: {} }), said("fine", "info"), error, error), [
      "flux: no such branch\n→ create it",
    ]);
  });

  it("is told of the program without a name, and not that the update failed", () => {
    assert.deepEqual(read(said("bad", "error", ""), said("update failed")), ["bad"]);
  });

  it("is what is known of a killed run, and nothing of one without a log", () => {
    assert.deepEqual(read(said("bad"), '{"diagnosticEvent":{"mess'), ["flux: bad"]);
    assert.deepEqual(reasons(join(state(), "none")), []);
  });
});
