import { strict as assert } from "node:assert";
import { fluxInstallHandler } from "../../provider/flux/install-handler";
import type { LiveObject } from "../../provider/kubernetes/live-object";
import { testContext } from "../git/remote";
import { cluster, definition, FLUX, inputs, namespace, running, start, stop } from "./lost-cluster";

describe("a Flux that is being deleted", () => {
  afterEach(stop);

  it("is waited for", async () => {
    const leaving = { deletionTimestamp: "2026-01-01T00:00:00Z" };
    await start(
      ...[namespace, definition].map((it) => running({ ...it, metadata: { ...it.metadata, ...leaving } })),
    );
    const ctx = testContext();
    const waiting = setInterval(() => {
      if (!ctx.messages.includes("waiting until the Flux that is being deleted is gone")) return;
      clearInterval(waiting);
      cluster.objects.clear();
    }, 50);
    const { outputs } = await fluxInstallHandler.create(ctx, inputs());
    assert.deepEqual([outputs.applied, outputs.found], [true, false]);
    assert.ok(ctx.messages.includes("waiting until the Flux that is being deleted is gone"));
    assert.deepEqual(
      [...cluster.objects.values()].filter(({ metadata }) => metadata?.deletionTimestamp !== undefined),
      [],
    );
  });

  it("releases what such a Flux left behind once its controllers are gone, and nothing before", async () => {
    const leaving = { deletionTimestamp: "2026-01-01T00:00:00Z" };
    const crd = { ...definition, metadata: { ...definition.metadata, ...leaving } };
    const object = (name: string, metadata: LiveObject["metadata"]): LiveObject => ({
      apiVersion: "kustomize.toolkit.fluxcd.io/v1",
      kind: "Kustomization",
      metadata: {
        name,
        namespace: "shop",
        finalizers: ["finalizers.fluxcd.io", "example.com/own"],
        ...metadata,
      },
    });
    const pod = {
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name: "kustomize-controller-1", namespace: FLUX },
    };
    const shop = { ...namespace, metadata: { name: "shop" } };
    await start(shop, crd, object("left", leaving), object("stays", {}), pod);
    const ctx = testContext();
    const again = fluxInstallHandler.create(ctx, { ...inputs(), timeoutSeconds: 1 });
    await assert.rejects(again, /timed out waiting until the Flux that was there is gone/);
    assert.ok(!ctx.messages.some((text) => text.startsWith("released")), ctx.messages.join());
    cluster.delete(pod);
    const { react } = cluster;
    cluster.react = (live) => {
      react(live);
      if (live.metadata?.name !== "left" || live.metadata.finalizers?.length !== 1) return;
      assert.deepEqual(live.metadata.finalizers, ["example.com/own"]);
      cluster.delete(crd);
    };
    await fluxInstallHandler.create(ctx, inputs());
    assert.deepEqual(
      ctx.messages.filter((text) => text.startsWith("released")),
      ["released 1 objects of the Flux that is being deleted, whose controllers are gone"],
    );
    const stays = [...cluster.objects.values()].find(({ metadata }) => metadata?.name === "stays");
    assert.equal(stays?.metadata?.finalizers?.length, 2);
  });

  it("has a namespace that stays: what holds it up is said before it applies anything", async () => {
    const conditions = [
      { type: "NamespaceContentRemaining", status: "True", message: "2 gitrepositories remain" },
    ];
    const metadata = { name: FLUX, deletionTimestamp: "2026-01-01T00:00:00Z" };
    await start({ ...namespace, metadata, status: { conditions } });
    await assert.rejects(
      fluxInstallHandler.create(testContext(), { ...inputs(), timeoutSeconds: 0 }),
      /timed out waiting until the Flux that was there is gone.*:\n {2}2 gitrepositories remain/,
    );
    assert.equal(cluster.objects.size, 1);
  });
});
