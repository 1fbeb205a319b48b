/**
 * FluxReady and a thousand Kustomizations on the real API server. Flux isn't installed: the test writes what its
 * controllers would, so that what is asked of the API server is what FluxReady asks.
 */
import { strict as assert } from "node:assert";
import * as fs from "node:fs";
import * as path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parseAllDocuments } from "yaml";
import { fluxInstallHandler } from "../../provider/flux/install-handler";
import { preflightHandler } from "../../provider/preflight-handler";
import { fluxReadyHandler } from "../../provider/flux/ready-handler";
import { syncManifest } from "../../manifests/flux/sync-manifest";
import { Kube, type KubeObject } from "../../tools/sandbox/kube";
import { testContext } from "../git/remote";
import { ClusterProxy } from "./cluster-proxy";
import { useSandbox } from "./sandbox";

const COUNT = 1000;
const WAVES = 4;
const REVISION = "main@sha1:0000000000000000000000000000000000000001";
const NEXT = "main@sha1:0000000000000000000000000000000000000002";
const SOURCES = "/apis/source.toolkit.fluxcd.io/v1/namespaces/flux-system/gitrepositories";
const KUSTOMIZATIONS = "/apis/kustomize.toolkit.fluxcd.io/v1/namespaces/flux-system/kustomizations";

const sync = syncManifest({ url: "ssh://git.example.com/flux.git", branch: "main", path: "clusters/c" });
const names = Array.from({ length: COUNT }, (_, index) => `app-${String(index).padStart(4, "0")}`);
/** Each wave depends on the first of the one before. */
const dependsOn = (index: number): { name: string }[] => {
  const wave = Math.floor((index * WAVES) / COUNT);
  return wave === 0 ? [] : [{ name: names[((wave - 1) * COUNT) / WAVES]! }];
};

const kustomization = (index: number, more: object = {}): KubeObject & { spec: object } => {
  const dependencies = dependsOn(index);
  const name = names[index]!;
  return {
    apiVersion: "kustomize.toolkit.fluxcd.io/v1",
    kind: "Kustomization",
    metadata: { name, namespace: "flux-system" },
    spec: {
      interval: "1h",
      path: `./${name}`,
      prune: true,
      sourceRef: { kind: "GitRepository", name: "flux-system" },
      ...(dependencies.length > 0 && { dependsOn: dependencies }),
      ...more,
    },
  };
};

interface Live extends KubeObject {
  readonly metadata: KubeObject["metadata"] & { readonly generation: number };
  readonly spec: { readonly path?: string; readonly dependsOn?: readonly { name: string }[] };
  readonly status?: {
    observedGeneration?: number;
    lastHandledReconcileAt?: string;
    artifact?: { revision: string };
    conditions?: { type: string; status: string }[];
  };
}

const requestedAt = ({ metadata }: Live): string | undefined =>
  metadata.annotations?.["reconcile.fluxcd.io/requestedAt"];
const isReady = ({ status }: Live): boolean =>
  status?.conditions?.some((condition) => condition.status === "True") === true;

async function inParallel<T>(items: readonly T[], work: (item: T) => Promise<unknown>): Promise<void> {
  const left = [...items];
  const worker = async (): Promise<void> => {
    for (let item = left.pop(); item !== undefined; item = left.pop()) await work(item);
  };
  await Promise.all(Array.from({ length: 20 }, worker));
}

describe("FluxReady and a thousand Kustomizations", function () {
  this.timeout(600_000);
  const sandbox = useSandbox();
  let kube: Kube;
  let proxy: ClusterProxy;
  let inputs: Record<string, unknown>;
  /** What the sources find. */
  let revision = REVISION;

  const condition = (generation: number, status: string, reason: string, message: string) => ({
    observedGeneration: generation,
    conditions: [
      {
        type: "Ready",
        status,
        reason,
        message,
        observedGeneration: generation,
        lastTransitionTime: new Date().toISOString().replace(/\.\d+/, ""),
      },
    ],
  });
  const becomesReady = (object: Live): Promise<unknown> =>
    kube.patchStatus(`${KUSTOMIZATIONS}/${object.metadata.name}`, {
      ...condition(object.metadata.generation, "True", "ReconciliationSucceeded", "Applied"),
      lastAppliedRevision: revision,
      lastHandledReconcileAt: requestedAt(object),
    });

  /** What Flux's controllers would do in half a second; gives how many Kustomizations are ready. */
  async function round(): Promise<number> {
    const [source] = (await kube.list<Live>(SOURCES)) ?? [];
    if (source === undefined) return 0;
    if (requestedAt(source) !== source.status?.lastHandledReconcileAt || source.status === undefined) {
      await kube.patchStatus(`${SOURCES}/flux-system`, {
        ...condition(source.metadata.generation, "True", "Succeeded", "stored artifact"),
        lastHandledReconcileAt: requestedAt(source),
        artifact: {
          revision,
          digest: `sha256:${"0".repeat(64)}`,
          path: "x",
          url: "http://x",
          lastUpdateTime: new Date().toISOString().replace(/\.\d+/, ""),
        },
      });
    }
    const all = (await kube.list<Live>(KUSTOMIZATIONS)) ?? [];
    const ready = new Set(all.filter(isReady).map(({ metadata }) => metadata.name));
    // Those with dependencies look again when they are asked to: their own interval is far off.
    const next = all.filter(
      (object) =>
        !isReady(object) &&
        (object.spec.dependsOn ?? []).every(({ name }) => ready.has(name)) &&
        (object.spec.dependsOn === undefined || requestedAt(object) !== undefined),
    );
    await inParallel(next.slice(0, 120), becomesReady);
    return ready.size;
  }

  before(async () => {
    await sandbox.start();
    kube = new Kube(path.join(sandbox.state, "kubeconfig"));
    const manifests = sandbox.env.SANDBOX_FLUX_MANIFESTS ?? "";
    for (const controller of ["source", "kustomize", "helm"]) {
      const text = fs.readFileSync(path.join(manifests, `${controller}-controller.yaml`), "utf8");
      const objects = parseAllDocuments(text).map((document) => document.toJS() as KubeObject | null);
      for (const object of objects) {
        if (object?.kind !== "CustomResourceDefinition") continue;
        await kube.apply("/apis/apiextensions.k8s.io/v1/customresourcedefinitions", object);
      }
    }
    const namespace = { apiVersion: "v1", kind: "Namespace", metadata: { name: "flux-system" } };
    await kube.apply("/api/v1/namespaces", namespace);
    for (let tries = 0; (await kube.list(KUSTOMIZATIONS)) === undefined && tries < 60; tries++)
      await sleep(500);
    await inParallel([...names.entries()], async ([index, name]) => {
      const dependencies = dependsOn(index);
      await kube.apply(KUSTOMIZATIONS, kustomization(index));
      if (dependencies.length === 0) return;
      const message = `dependency 'flux-system/${dependencies[0]!.name}' is not ready`;
      await kube.patchStatus(
        `${KUSTOMIZATIONS}/${name}`,
        condition(1, "False", "DependencyNotReady", message),
      );
    });
    proxy = new ClusterProxy(path.join(sandbox.state, "kubeconfig"));
    inputs = {
      kubeconfig: await proxy.start(),
      sync,
      revisions: { "flux-system": REVISION },
      kustomizations: names.map((name, index) => ({
        name,
        namespace: "flux-system",
        dependsOn: dependsOn(index),
      })),
      helmReleases: [],
      timeoutSeconds: 300,
    };
  });

  after(() => {
    proxy.stop();
  });

  it("follows them by a list and a watch a kind, over a cut network, an expired login and an expired watch", async () => {
    const ctx = testContext();
    const following = { done: false };
    const result = fluxReadyHandler.create(ctx, inputs).finally(() => {
      following.done = true;
    });
    // Settled after the loop; until then a failure must not count as unhandled.
    result.catch(() => undefined);
    const faults: [share: number, strike: () => void][] = [
      [
        0.3,
        () => {
          proxy.expire(6);
        },
      ],
      [
        0.5,
        () => {
          proxy.break("cut", 4000);
        },
      ],
      [
        0.8,
        () => {
          proxy.break("login", 4000);
        },
      ],
    ];
    while (!following.done) {
      const ready = await round();
      if (faults[0] !== undefined && ready >= faults[0][0] * COUNT) faults.shift()?.[1]();
      await sleep(500);
    }
    const { outputs } = await result;
    assert.deepEqual(faults, [], "a fault didn't strike");
    assert.equal(outputs.ready, true);
    assert.equal(Object.keys(outputs.reconciled as object).length, COUNT + 2);

    const lists = proxy.count("GET", "/kustomizations");
    const [watches, patches] = [proxy.count("WATCH", "/kustomizations"), proxy.count("PATCH")];
    console.log(
      `      ${lists} lists and ${watches} watches of Kustomizations, ${patches} nudges, ${ctx.messages.length} lines of progress`,
    );
    // One of each at first, one more for each of the three faults, and a few attempts while a fault lasted.
    assert.ok(lists <= 20, `${lists} lists`);
    assert.ok(watches <= 10, `${watches} watches`);
    // 750 wait for others, and are asked when these are ready; the source once; some again while a fault lasted.
    assert.ok(patches >= 751 && patches < 1500, `${patches} patches`);
    assert.ok(ctx.messages.length < 80, `${ctx.messages.length} lines`);
  });

  it("points the root anew when it has put its old sync back, and leaves what somebody patched", async () => {
    const moved = syncManifest({
      url: "ssh://git.example.com/flux.git",
      branch: "main",
      path: "clusters/moved",
    });
    const root = async (): Promise<Live> => {
      const all = (await kube.list<Live>(KUSTOMIZATIONS)) ?? [];
      return all.find(({ metadata }) => metadata.name === "flux-system")!;
    };
    const patch = (spec: object): Promise<unknown> => {
      const object = {
        ...kustomization(0),
        metadata: { name: "flux-system", namespace: "flux-system" },
        spec,
      };
      return kube.apply(KUSTOMIZATIONS, object);
    };
    revision = NEXT;
    /** Follows while a controller looks at the root whenever it changes, after `first`; sources take a second. */
    const follow = async (first: (object: Live) => Promise<boolean>): Promise<Live["spec"]> => {
      const following = { done: false };
      const result = fluxReadyHandler
        .create(testContext(), {
          ...inputs,
          revisions: { "flux-system": NEXT },
          sync: moved,
          kustomizations: [],
        })
        .finally(() => {
          following.done = true;
        });
      result.catch(() => undefined);
      let isFirst = true;
      for (let rounds = 0; !following.done; rounds++) {
        const object = await root();
        const fetched = (await kube.list<Live>(SOURCES))?.[0]?.status?.artifact?.revision;
        if (object.spec.path === "./clusters/moved")
          assert.equal(fetched, NEXT, "the root was turned before its source had the commit");
        if (isFirst && (await first(object))) isFirst = false;
        else if (object.status?.observedGeneration !== object.metadata.generation) await becomesReady(object);
        if (rounds > 5) await round();
        await sleep(200);
      }
      await result;
      return (await root()).spec;
    };

    const back = await follow(async ({ spec }) => {
      if (spec.path !== "./clusters/moved") return false;
      await patch({ ...spec, path: "./clusters/c" });
      return true;
    });
    assert.equal(back.path, "./clusters/moved");

    await patch({ ...back, interval: "3h" });
    const patched = await follow(() => Promise.resolve(true));
    assert.deepEqual(patched, { ...back, interval: "3h" });
  });

  it("only starts the sync and nudges the sources with wait: false", async () => {
    await kube.delete(`${KUSTOMIZATIONS}/flux-system`);
    const asked = async (): Promise<string | undefined> =>
      requestedAt(((await kube.list<Live>(SOURCES)) ?? [])[0]!);
    const before = await asked();
    const { outputs } = await fluxReadyHandler.create(testContext(), { ...inputs, wait: false });
    assert.equal(outputs.ready, false);
    assert.notEqual(await asked(), before);
    assert.equal((await kube.list<Live>(KUSTOMIZATIONS))?.length, COUNT + 1);
    const state = { inputs: { ...inputs, wait: false }, outputs };
    assert.equal((await fluxReadyHandler.diff(testContext(), "id", state, state.inputs)).changes, false);
  });

  it("takes nothing down when another one has come to the root since", async () => {
    const former = await fluxReadyHandler.create(testContext(), { ...inputs, wait: false });
    const latter = await fluxReadyHandler.create(testContext(), { ...inputs, wait: false });
    const remove = async (
      outputs: Record<string, unknown>,
      ...names: string[]
    ): Promise<readonly string[]> => {
      const ctx = testContext();
      const kustomizations = names.map((name) => ({ name, namespace: "flux-system", dependsOn: [] }));
      await fluxReadyHandler.delete(ctx, "flux-system", { inputs: { ...inputs, kustomizations }, outputs });
      return ctx.messages;
    };
    const last = names.slice(-1);
    assert.deepEqual(await remove(former.outputs, ...last), [
      "another hand-off leads Flux now: what runs goes on running",
    ]);
    assert.equal((await kube.list<Live>(KUSTOMIZATIONS))?.length, COUNT + 1);
    await remove(latter.outputs, ...last);
    const left = (await kube.list<Live & { spec: { suspend?: boolean } }>(KUSTOMIZATIONS)) ?? [];
    assert.equal(left.length, COUNT);
    assert.equal(left.find(({ metadata }) => metadata.name === "flux-system")?.spec.suspend, true);
    await kube.apply(KUSTOMIZATIONS, kustomization(COUNT - 1));
    await kube.delete(`${KUSTOMIZATIONS}/flux-system`);
  });

  it("isn't begun in a cluster whose Flux another leads", async () => {
    await fluxReadyHandler.create(testContext("theirs"), { ...inputs, wait: false });
    const ours = syncManifest({ url: "https://git.example.com/ours", branch: "main", path: "clusters/c" });
    const cluster = { kubeconfig: inputs.kubeconfig, sync: ours };
    const refusal = (kubeconfig: string): string =>
      `Flux in the cluster at ${/server: (\S+)/.exec(kubeconfig)?.[1]} reads ssh://git.example.com/flux main clusters/c, and no hand-off of handoff/prod has pointed it there; it would be pointed to https://git.example.com/ours main clusters/c`;
    const { faults } = await preflightHandler(
      { stack: "handoff/prod", repositories: [], cluster },
      testContext(),
    );
    const [told = ""] = faults as string[];
    assert.equal(told.split("\n")[0], refusal(inputs.kubeconfig as string));
    await assert.rejects(
      fluxInstallHandler.create(testContext(), {
        ...cluster,
        components: "",
        version: "v9",
        timeoutSeconds: 1,
      }),
      { message: told },
    );

    const again = await preflightHandler(
      { stack: "handoff/theirs", repositories: [], cluster },
      testContext(),
    );
    assert.deepEqual(again.faults, []);
    await kube.delete(`${KUSTOMIZATIONS}/flux-system`);
  });

  it("tells the first ten of many that can't go on, and the number of the others", async () => {
    const suspended = Array.from({ length: 47 }, (_, index) => index);
    await inParallel(suspended, (index) =>
      kube.apply(KUSTOMIZATIONS, kustomization(index, { suspend: true })),
    );
    proxy.requests.clear();
    await assert.rejects(fluxReadyHandler.create(testContext(), inputs), (error: Error) => {
      const lines = error.message.split("\n");
      const told = lines.filter((line) => / is suspended, so Flux doesn't look at it\./.test(line));
      assert.equal(told.length, 10, error.message);
      assert.ok(lines.includes("and 37 more"), error.message);
      assert.ok(lines.length < 20, error.message);
      return true;
    });
    assert.equal(proxy.count("GET", "/events"), 10);
  });
});
