/**
 * FluxReady and a thousand Kustomizations on the real API server. Flux isn't installed: the test writes what its
 * controllers would, so that what is asked of the API server is what FluxReady asks.
 */
import { strict as assert } from "node:assert";
import * as path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fluxInstallHandler } from "../../provider/flux/install-handler";
import { preflightHandler } from "../../provider/preflight-handler";
import { fluxReadyHandler } from "../../provider/flux/ready-handler";
import { syncManifest } from "../../manifests/flux/sync-manifest";
import { Kube } from "../../tools/sandbox/kube";
import { testContext } from "../git/remote";
import { ClusterProxy } from "./cluster-proxy";
import { useSandbox } from "./sandbox";
import {
  becomesReady,
  controllersAct,
  COUNT,
  dependsOn,
  inParallel,
  kustomization,
  KUSTOMIZATIONS,
  type Live,
  makeKustomizations,
  names,
  requestedAt,
  REVISION,
  SOURCES,
} from "./many-kustomizations";

const NEXT = "main@sha1:0000000000000000000000000000000000000002";
const sync = syncManifest({ url: "ssh://git.example.com/flux.git", branch: "main", path: "clusters/c" });

describe("FluxReady and a thousand Kustomizations", function () {
  this.timeout(600_000);
  const sandbox = useSandbox();
  let kube: Kube;
  let proxy: ClusterProxy;
  let inputs: Record<string, unknown>;
  /** What the sources find. */
  let revision = REVISION;

  before(async () => {
    await sandbox.start();
    kube = new Kube(path.join(sandbox.state, "kubeconfig"));
    await makeKustomizations(kube, sandbox.env.SANDBOX_FLUX_MANIFESTS ?? "");
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
      const ready = await controllersAct(kube, revision);
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
        else if (object.status?.observedGeneration !== object.metadata.generation)
          await becomesReady(kube, object, revision);
        if (rounds > 5) await controllersAct(kube, revision);
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
