import { strict as assert } from "node:assert";
import { RootLoss } from "../../provider/flux/follow/root-loss";
import { type FluxObject, keyOf, type ObjectKey } from "../../provider/flux/follow/flux-object";
import { OURS, root } from "./lost-cluster";

describe("a root that goes while Flux is followed", () => {
  const key = keyOf("Kustomization", "flux-system");
  const GONE = new Map<ObjectKey, FluxObject>();
  const there = new Map<ObjectKey, FluxObject>([[key, root(OURS)]]);
  const going = new Map<ObjectKey, FluxObject>([
    [key, root(OURS, { metadata: { deletionTimestamp: "2026-11-01T00:00:00Z" } })],
  ]);

  it("ends it after a minute, which says what to do", () => {
    const loss = new RootLoss();
    loss.look(there, [key], 0);
    loss.look(going, [key], 1_000);
    loss.look(GONE, [key], 60_999);
    assert.throws(() => {
      loss.look(GONE, [key], 61_000);
    }, /root, Kustomization flux-system\/flux-system, isn't in the cluster any more: .*\n→ .* run `pulumi up` again/);
    assert.throws(() => {
      loss.look(going, [key], 62_000);
    }, /is being deleted/);
  });

  it("is no matter where it comes back, or isn't followed", () => {
    const loss = new RootLoss();
    loss.look(GONE, [key], 0);
    loss.look(there, [key], 50_000);
    loss.look(GONE, [key], 70_000);
    loss.look(GONE, [key], 120_000);
    loss.look(GONE, [], 1_000_000);
  });
});
