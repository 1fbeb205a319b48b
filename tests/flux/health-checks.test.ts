import { strict as assert } from "node:assert";
import type { ObjectProgress } from "../../provider/flux/follow/conditions";
import { HealthChecks } from "../../provider/flux/follow/health-checks";
import { Cluster } from "../../provider/kubernetes/cluster";
import type { LiveObject } from "../../provider/kubernetes/live-object";
import { FakeCluster } from "./fake-cluster";

const ON = "--feature-gates=CancelHealthCheckOnNewRevision=true";
const OFF = "--feature-gates=CancelHealthCheckOnNewRevision=false";
const APPLIER = "ghcr.io/fluxcd/kustomize-controller:v1.9.4";

const controller = (name: string, args: readonly string[], image = APPLIER): LiveObject => ({
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name, namespace: "flux-system" },
  spec: { template: { spec: { containers: [{ image, args }] } } },
});
const main = (...args: readonly string[]): LiveObject => controller("kustomize-controller", args);
const shard = (...args: readonly string[]): LiveObject => controller("kustomize-controller-one", args);
const app = (healthy?: boolean): readonly ObjectProgress[] => [
  { key: "Kustomization flux-system/app", status: "progressing", message: "", healthy },
];

describe("HealthChecks", () => {
  let cluster: FakeCluster;
  afterEach(() => {
    cluster.stop();
  });

  /** How many are asked to reconcile at each look, while the app's health goes that way. */
  const asked = async (
    looks: readonly (boolean | undefined)[] = [false, true],
  ): Promise<readonly number[]> => {
    const checks = await HealthChecks.of(await Cluster.connect({ kubeconfig: cluster.kubeconfig }));
    return looks.map((healthy) => checks.passed(app(healthy)).length);
  };

  it("ask a Kustomization to reconcile once what they wait for is ready, each time", async () => {
    cluster = await FakeCluster.start(main(ON));
    assert.deepEqual(await asked([undefined, false, false, true, true]), [0, 0, 0, 1, 0]);
    assert.deepEqual(await asked([false, true, undefined, false, true]), [0, 1, 0, 0, 1]);
  });

  it("ask none that hadn't to wait: its controller is about to tell", async () => {
    cluster = await FakeCluster.start(main(ON));
    assert.deepEqual(await asked([undefined, true, true]), [0, 0, 0]);
  });

  const cases: readonly [string, readonly LiveObject[], number][] = [
    ["the feature is off", [main()], 0],
    [
      "it is on among others",
      [main("--feature-gates=GroupChangeLog=true,CancelHealthCheckOnNewRevision=true")],
      1,
    ],
    ["it is switched off again", [main(ON, "--concurrent=9", OFF)], 0],
    ["it is switched on later", [main(OFF, ON)], 1],
    ["a shard hasn't got it", [main(ON), shard()], 0],
    ["all shards have it", [main(ON), shard(ON)], 1],
    [
      "another controller has it",
      [main(), controller("helm-controller", [ON], "ghcr.io/fluxcd/helm-controller:v1")],
      0,
    ],
    [
      "the image comes by a digest from a mirror",
      [controller("k", [ON], "r.example.com:5000/f/kustomize-controller@sha256:0")],
      1,
    ],
    ["there is no controller", [], 0],
  ];
  for (const [what, deployments, times] of cases) {
    it(`ask ${times === 0 ? "none" : "it"} where ${what}`, async () => {
      cluster = await FakeCluster.start(...deployments);
      assert.deepEqual(await asked(), [0, times]);
    });
  }

  it("ask none where the controllers can't be seen", async () => {
    cluster = await FakeCluster.start(main(ON));
    cluster.deny = (path) => (path.endsWith("/deployments") ? [403, "forbidden"] : undefined);
    assert.deepEqual(await asked(), [0, 0]);
  });
});
