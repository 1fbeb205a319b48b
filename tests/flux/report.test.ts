import { strict as assert } from "node:assert";
import { keyOf, type FluxObject } from "../../provider/flux/follow/flux-object";
import { report } from "../../provider/flux/follow/report";
import { Cluster } from "../../provider/kubernetes/cluster";
import { FakeCluster } from "./fake-cluster";
import { failed, kustomization, look, OLDER, OURS, ourSource, ready } from "./progress";

const key = (name: string): string => keyOf("Kustomization", name, "flux-system");

describe("the report of what keeps the cluster from the commit", () => {
  let cluster: FakeCluster;
  beforeEach(async () => {
    cluster = await FakeCluster.start();
  });
  afterEach(() => {
    cluster.stop();
  });

  const reported = async (objects: readonly FluxObject[], kustomizations: readonly string[]) => {
    const all = look(objects, { kustomizations: ["flux-system", ...kustomizations].map(key) });
    return await report({
      cluster: await Cluster.connect({ kubeconfig: cluster.kubeconfig }),
      live: new Map(
        objects.map((object) => [
          keyOf(object.kind ?? "", object.metadata?.name ?? "", "flux-system"),
          object,
        ]),
      ),
      title: "Not yet",
      // As at the end of the time: all that isn't ready.
      culprits: all.filter(({ status }) => status !== "ready"),
      all,
      seen: new Map(),
    });
  };

  it("names the root that can't be built, and none of those that come with it", async () => {
    const message =
      "kustomize build failed: may not add resource with an already registered id: Namespace flux-system";
    const root = kustomization("flux-system", OLDER, failed("BuildFailed", message));
    const noDependency = failed("DependencyNotReady", "dependency 'flux-system/ns' not found");
    const waiting = kustomization("app", OLDER, noDependency, { dependsOn: [{ name: "ns" }] });
    for (const [others, rest] of [
      [[], "2 others wait for these."],
      [[kustomization("ns", OURS, ready())], "1 other waits for these."],
      [[waiting], "2 others wait for these."],
    ] as const) {
      const expected = [
        `Not yet: ${String(1 + others.filter((other) => other !== waiting).length)} of 4 objects are ready.`,
        `Kustomization flux-system/flux-system: BuildFailed: ${message}`,
        rest,
        "→ Mend the cause, then run `pulumi up` again: it commits nothing twice and goes on following.",
      ];
      assert.deepEqual((await reported([ourSource, root, ...others], ["ns", "app"])).split("\n"), expected);
    }
  });
});
