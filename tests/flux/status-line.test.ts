import { strict as assert } from "node:assert";
import type { ObjectProgress } from "../../provider/flux/follow/conditions";
import { StatusLine, summary } from "../../provider/flux/follow/status-line";
import { testContext } from "../git/remote";

const app = (name: string, more: Partial<ObjectProgress> = {}): ObjectProgress => ({
  key: `Kustomization flux-system/${name}`,
  status: "ready",
  message: "done",
  ...more,
});

describe("the line that is shown while Flux is followed", () => {
  const revision = "main@sha1:0000000000000000000000000000000000000001";
  const checking = app("calcom-app", {
    status: "progressing",
    message: `Running health checks for revision ${revision} with a timeout of 10m0s`,
  });
  const waiting = (name: string): ObjectProgress =>
    app(name, { status: "progressing", message: "waits for others", waitsFor: ["Kustomization a/b"] });

  it("counts, and names what the others wait for", () => {
    assert.equal(
      summary([waiting("a"), app("b"), checking, waiting("c"), app("d")]),
      "2 of 5 ready, 2 waiting for others; calcom-app Running health checks with a timeout of 10m0s",
    );
  });

  it("names what fails before what works", () => {
    const failing = app("store", { status: "failing", message: "BuildFailed: no such file\nat line 1" });
    assert.equal(
      summary([checking, failing, app("b")]),
      "1 of 3 ready, 1 failing; store BuildFailed: no such file",
    );
  });

  it("says why pods don't start, when that is known", () => {
    const reasons = new Map([
      [
        checking.key,
        ["Deployment calcom/calcom: 0 of 1 pods available", "  pod calcom-x: can't be scheduled", "more"],
      ],
    ]);
    assert.equal(
      summary([checking], reasons),
      "0 of 1 ready; calcom-app Running health checks with a timeout of 10m0s; Deployment calcom/calcom: 0 of 1 pods available; pod calcom-x: can't be scheduled",
    );
  });

  it("stays one short line", () => {
    const long = app("a", { status: "failing", message: `${"x".repeat(1000)}\n`.repeat(50) });
    const line = summary(Array.from({ length: 1000 }, () => long));
    assert.ok(line.length <= 300 && !line.includes("\n"), line);
  });

  it("ends with all of them, where it was shown at all", () => {
    const lines = (...shown: ObjectProgress[][]): string[] => {
      const ctx = testContext();
      const line = new StatusLine(ctx, undefined as never);
      for (const progress of shown) line.show(new Map(), progress, undefined);
      line.end([app("a"), app("b")]);
      return ctx.messages;
    };
    assert.deepEqual(lines([app("a"), waiting("b")]).at(-1), "2 of 2 ready");
    assert.deepEqual(lines([app("a"), waiting("b")]).length, 2);
    assert.deepEqual(lines(), []);
  });
});
