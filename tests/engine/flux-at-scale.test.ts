/** A few dozen apps of one repository under the real Flux: artifacts, options of the controllers, shards. */
import { strict as assert } from "node:assert";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { DEFAULT_COMPONENTS } from "../../manifests/flux/install-manifests";
import { isReady, type Kustomization, ScaleCluster } from "../../bench/scale-cluster";
import type { RunningController } from "../../tools/sandbox/flux-running";
import { eventually } from "./commands";

const APPS = 24;
const options = { concurrent: 6, requeueDependency: "3s", kubeApiQps: 200, tmpInMemory: "256Mi" };

describe("Flux at scale", function () {
  this.timeout(900_000);
  const cluster = new ScaleCluster();

  const running = (): ReadonlyMap<string, RunningController> => {
    const all = JSON.parse(readFileSync(join(cluster.state, "flux.json"), "utf8")) as RunningController[];
    return new Map(all.map((controller) => [controller.name, controller]));
  };

  before(async () => {
    await cluster.start(APPS);
  });
  after(async () => {
    await cluster.stop();
  });

  it("hands all apps off, and ends when each runs", async () => {
    await cluster.handOff({
      apps: APPS,
      cut: "artifacts",
      controllers: { "kustomize-controller": options },
    });
    const apps = (await cluster.kustomizations()).filter(({ metadata }) => metadata.name.startsWith("app-"));
    assert.equal(apps.length, APPS);
    for (const app of apps) {
      assert.ok(isReady(app), app.metadata.name);
      assert.match(app.status?.lastAppliedRevision ?? "", /^latest@sha256:/);
    }
  });

  it("runs the controllers with their options", async () => {
    await eventually("kustomize-controller has its options", async () => {
      const controller = running().get("kustomize-controller");
      assert.ok(controller !== undefined);
      const { args, memory } = controller;
      for (const flag of ["--concurrent=6", "--requeue-dependency=3s", "--kube-api-qps=200"]) {
        assert.ok(args.includes(flag), args.join(" "));
      }
      assert.ok(memory);
      return Promise.resolve();
    });
    const path = "/apis/apps/v1/namespaces/flux-system/deployments/kustomize-controller";
    const { metadata } = (await cluster.kube.get(path)) as Kustomization;
    assert.equal(metadata.generation, 1, "it had them from the start: nothing made it start anew");
    assert.ok(
      running()
        .get("helm-controller")
        ?.args.every((flag) => flag !== "--concurrent=6"),
    );
  });

  it("reconciles only the app that a commit touches", async () => {
    const { reconciled } = await cluster.change([7], "2");
    assert.deepEqual(reconciled, ["app-7"]);
    const more = await cluster.change([3, 11], "3");
    assert.deepEqual([...more.reconciled].sort(), ["app-11", "app-3"]);
  });

  it("cuts in two steps, and still reconciles only the app that a commit touches", async () => {
    await cluster.handOff({ apps: APPS, cut: "artifacts", parts: 4 });
    const { reconciled } = await cluster.change([7], "4");
    assert.deepEqual(reconciled, ["app-7"]);
  });

  it("gives each shard its part of the apps", async () => {
    await cluster.handOff({ apps: APPS, cut: "artifacts", shards: ["a", "b"], parts: 2 });
    const shards = (await cluster.kustomizations())
      .filter(({ metadata }) => metadata.name.startsWith("app-"))
      .map((app) => ({ app, shard: app.metadata.labels?.["sharding.fluxcd.io/key"] }));
    assert.deepEqual([...new Set(shards.map(({ shard }) => shard))].sort(), ["a", "b"]);
    assert.ok(shards.every(({ app }) => isReady(app)));
    const logs = ["a", "b"].map((shard) => ({
      shard,
      text: readFileSync(join(cluster.state, "logs", `kustomize-controller-${shard}.log`), "utf8"),
    }));
    for (const { app, shard } of shards) {
      const seen = logs.filter(({ text }) => text.includes(`"name":"${app.metadata.name}"`));
      assert.deepEqual(
        seen.map((log) => log.shard),
        [shard],
        app.metadata.name,
      );
    }
  });

  it("takes the options and the shards away again", async () => {
    await cluster.handOff({ apps: APPS, cut: "artifacts" });
    await eventually("the shards have ended", async () => {
      const names = [...running().keys()].sort();
      assert.deepEqual(names, [...DEFAULT_COMPONENTS, "source-watcher"].sort());
      assert.ok(running().get("kustomize-controller")?.args.includes("--concurrent=10"));
      return Promise.resolve();
    });
    assert.ok((await cluster.kustomizations()).every(isReady));
  });
});
