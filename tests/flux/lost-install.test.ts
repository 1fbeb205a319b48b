import { strict as assert } from "node:assert";
import { foreignManager } from "../../provider/flux/foreign-manager";
import { Cluster } from "../../provider/kubernetes/cluster";
import { fluxInstallHandler } from "../../provider/flux/install-handler";
import type { LiveObject } from "../../provider/kubernetes/live-object";
import type { Props, State } from "../../provider/plugin/handler";
import { preflightHandler } from "../../provider/preflight-handler";
import { testContext } from "../git/remote";
import {
  FLUX,
  sync,
  namespace,
  definition,
  running,
  controllers,
  cluster,
  stop,
  start,
  alive,
  inputs,
} from "./lost-cluster";

describe("FluxInstall looks at what is real", () => {
  afterEach(stop);
  const created = async (): Promise<State> => ({
    inputs: inputs(),
    outputs: (await fluxInstallHandler.create(testContext(), inputs())).outputs,
  });
  const detailed = async (state: State, ctx = testContext()): Promise<object | undefined> =>
    (await fluxInstallHandler.diff(ctx, FLUX, state, inputs())).detailed;

  it("has nothing to do where Flux runs, in two requests beside discovery", async () => {
    await start();
    const state = await created();
    cluster.requests.length = 0;
    assert.deepEqual(await detailed(state), {});
    assert.deepEqual(cluster.requests.sort(), [
      "GET /api/v1",
      "GET /api/v1/namespaces/flux-system",
      "GET /apis/apps/v1",
      "GET /apis/apps/v1/namespaces/flux-system/deployments",
    ]);
  });

  it("makes a wiped cluster's Flux again, under a namespace that what was in it follows", async () => {
    await start();
    const state = await created();
    cluster.objects.clear();
    assert.deepEqual(await detailed(state), { components: "update" });
    // A preview doesn't know the next namespace, so that it shows the Secrets as replaced.
    const foreseen = await fluxInstallHandler.preview?.(testContext(), inputs(), state);
    assert.equal(foreseen?.namespace, undefined);
    const { outputs } = await fluxInstallHandler.update(testContext(), FLUX, state, inputs());
    assert.notEqual(outputs.namespace, state.outputs.namespace);
    assert.deepEqual([outputs.applied, outputs.found], [true, false]);
    assert.deepEqual(await detailed({ inputs: inputs(), outputs }), {});
  });

  it("notices another cluster in which Flux runs", async () => {
    await start(...alive);
    const ctx = testContext();
    const state = { inputs: inputs(), outputs: { namespace: "uid-of-another" } };
    assert.deepEqual(await detailed(state, ctx), { namespace: "update" });
    assert.match(ctx.messages.join(), /the namespace flux-system isn't the one of the last `up`/);
  });

  it("is gone for `refresh` with its namespace, and while that is being deleted", async () => {
    await start();
    const state = await created();
    const read = () => fluxInstallHandler.read(testContext(), FLUX, state);
    assert.equal((await read())?.outputs.namespace, state.outputs.namespace);
    cluster.put({ ...namespace, metadata: { name: FLUX, deletionTimestamp: "2026-01-01T00:00:00Z" } });
    assert.equal(await read(), undefined);
    cluster.objects.clear();
    assert.equal(await read(), undefined);
  });

  describe("and at the Secrets beside it", () => {
    const secret = (name: string): LiveObject => ({
      apiVersion: "v1",
      kind: "Secret",
      metadata: { name, namespace: FLUX },
    });
    const pullSecret = secret("pull");
    const withSecrets = (): Props => ({ ...inputs(), pullSecret, secrets: ["flux-system", "sops-age"] });
    const look = async (state: State, ctx = testContext()) => {
      const { detailed } = await fluxInstallHandler.diff(ctx, FLUX, state, withSecrets());
      return [detailed, ctx.messages.join()];
    };
    const made = async (): Promise<State> => {
      await start(...alive);
      const { outputs } = await fluxInstallHandler.create(testContext(), withSecrets());
      for (const name of ["flux-system", "sops-age"]) cluster.put(secret(name));
      return { inputs: withSecrets(), outputs };
    };
    const updated = async (state: State): Promise<State> => {
      const { outputs } = await fluxInstallHandler.update(testContext(), FLUX, state, withSecrets());
      return { inputs: withSecrets(), outputs };
    };

    it("has nothing to do where they are there, and asks for their names in one request", async () => {
      const state = await made();
      cluster.requests.length = 0;
      assert.deepEqual(await look(state), [{}, ""]);
      assert.deepEqual(
        cluster.requests.filter((request) => request.includes("secrets")),
        ["GET /api/v1/namespaces/flux-system/secrets"],
      );
    });

    it("counts one that somebody deleted, in the preview as in `up`, and no other", async () => {
      const state = await made();
      cluster.delete(secret("sops-age"));
      assert.deepEqual(await look(state), [
        { secrets: "update" },
        "the Secret flux-system/sops-age is gone: `up` makes it again",
      ]);
      const foreseen = await fluxInstallHandler.preview?.(testContext(), withSecrets(), state);
      assert.deepEqual(foreseen?.lost, { "sops-age": 1 });
      const again = await updated(state);
      assert.deepEqual(
        [again.outputs.lost, again.outputs.namespace],
        [{ "sops-age": 1 }, state.outputs.namespace],
      );
      cluster.put(secret("sops-age"));
      assert.deepEqual(await look(again), [{}, ""]);
      cluster.delete(secret("sops-age"));
      cluster.delete(secret("flux-system"));
      assert.deepEqual((await updated(again)).outputs.lost, { "sops-age": 2, "flux-system": 1 });
    });

    it("makes the one that it brings itself again", async () => {
      const state = await made();
      cluster.delete(pullSecret);
      assert.deepEqual((await look(state))[0], { secrets: "update" });
      const again = await updated(state);
      assert.deepEqual(await look(again), [{}, ""]);
    });

    it("leaves those alone that the stack is about to make, and those of a lost namespace", async () => {
      const state = await made();
      cluster.delete(secret("sops-age"));
      const before = { ...state, inputs: { ...withSecrets(), secrets: ["flux-system"] } };
      assert.deepEqual(await look(before), [{}, ""]);
      cluster.objects.clear();
      assert.deepEqual(await look(state), [
        { components: "update" },
        "Flux doesn't run in the cluster: `up` applies its components again",
      ]);
      assert.deepEqual((await updated(state)).outputs.lost, {});
    });
  });

  it("says that it can't ask a cluster, and goes on", async () => {
    await start();
    const state = await created();
    cluster.stop();
    const ctx = testContext();
    const { changes } = await fluxInstallHandler.diff(ctx, FLUX, state, state.inputs);
    assert.equal(changes, false);
    assert.match(ctx.messages.join(), /can't tell whether Flux runs: the cluster at .* can't be reached/);
    await start();
  });

  it("keeps a Flux on destroy that was there before, and not one that it installed in a run without a state", async () => {
    await start(...alive);
    const there = await created();
    assert.equal(there.outputs.found, true);
    const ctx = testContext();
    const before = [...cluster.objects.keys()];
    await fluxInstallHandler.delete(ctx, FLUX, there);
    assert.deepEqual([...cluster.objects.keys()], before);
    assert.deepEqual(ctx.messages, ["Flux ran in the cluster before this stack came to it: it stays"]);
    cluster.objects.clear();
    await created();
    assert.equal((await created()).outputs.found, false);
  });

  it("knows as its own what a run installed that was killed before its controllers ran", async () => {
    await start();
    cluster.react = (object) => {
      if (object.kind === "CustomResourceDefinition") cluster.put(running(object));
    };
    await assert.rejects(
      fluxInstallHandler.create(testContext(), { ...inputs(), timeoutSeconds: 0 }),
      /timed out waiting/,
    );
    assert.ok([...cluster.objects.values()].some(({ kind }) => kind === "Deployment"));
    for (const object of controllers) cluster.put(running(object));
    assert.equal((await created()).outputs.found, false);
  });

  const managers: readonly [string, LiveObject["metadata"], RegExp][] = [
    [
      "the Flux Operator",
      { labels: { "app.kubernetes.io/managed-by": "flux-operator" } },
      /the Flux Operator/,
    ],
    [
      "a FluxInstance",
      { labels: { "fluxcd.controlplane.io/name": "mine", "fluxcd.controlplane.io/namespace": "ops" } },
      /FluxInstance ops\/mine/,
    ],
    [
      "Helm",
      {
        labels: { "app.kubernetes.io/managed-by": "Helm" },
        annotations: { "meta.helm.sh/release-name": "flux2", "meta.helm.sh/release-namespace": "flux" },
      },
      /Helm \(release flux\/flux2\)/,
    ],
    ["Argo CD", { annotations: { "argocd.argoproj.io/tracking-id": "infra:x/y:z" } }, /Argo CD \(infra\)/],
  ];
  for (const [name, metadata, words] of managers) {
    it(`refuses a Flux of ${name}, in the preflight too`, async () => {
      await start(...alive, running({ ...definition, metadata: { ...definition.metadata, ...metadata } }));
      const before = JSON.stringify([...cluster.objects]);
      await assert.rejects(created(), words);
      const connection = { kubeconfig: cluster.kubeconfig, sync };
      const { faults } = await preflightHandler(
        { stack: "p/s", repositories: [], cluster: connection },
        testContext(),
      );
      assert.match((faults as string[])[0] ?? "", words);
      assert.equal(JSON.stringify([...cluster.objects]), before);
    });
  }

  it("refuses a cluster in which Flux runs in another namespace, unless that one keeps to itself", async () => {
    const [, applier = {}] = controllers;
    const metadata = {
      ...applier.metadata,
      namespace: "flux",
      labels: { "app.kubernetes.io/part-of": "flux" },
    };
    const other = (...args: readonly string[]): LiveObject => ({
      ...applier,
      metadata,
      spec: { template: { spec: { containers: [{ args }] } } },
    });
    await start(other("--watch-all-namespaces=true"));
    const before = JSON.stringify([...cluster.objects]);
    const words = /Flux runs in the namespace flux of .*\n→ .*flux uninstall --namespace=flux\./;
    await assert.rejects(created(), words);
    assert.equal(JSON.stringify([...cluster.objects]), before);
    // The doctor's user may not list all Deployments, and hears of the rest.
    cluster.deny = (path) => (path === "/apis/apps/v1/deployments" ? [403, "forbidden"] : undefined);
    assert.equal(await foreignManager(await Cluster.connect({ kubeconfig: cluster.kubeconfig })), undefined);
    cluster.stop();
    await start(...alive, other("--watch-all-namespaces=false"));
    assert.equal((await created()).outputs.found, true);
  });
});
