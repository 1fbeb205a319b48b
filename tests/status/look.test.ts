import { strict as assert } from "node:assert";
import { UserError } from "../../provider/plugin/handler";
import { Cluster } from "../../provider/kubernetes/cluster";
import { Looker, looks } from "../../tools/status/look";
import { controller, healthy } from "../doctor/clusters";
import { FakeCluster } from "../flux/fake-cluster";
import { OUTPUTS } from "./objects";

const STACK = { name: "prod", settings: { ready: {} } } as never;

describe("looking at a stack's cluster", () => {
  let fake: FakeCluster;
  let cluster: Cluster;
  beforeEach(async () => {
    fake = await FakeCluster.start(...healthy);
    cluster = await Cluster.connect(fake, 1);
  });
  afterEach(() => {
    fake.stop();
  });

  it("goes on after an outage, and tells since when it was", async () => {
    const looker = new Looker(STACK, cluster, () => Promise.resolve(OUTPUTS));
    const stopping = new AbortController();
    const found: string[] = [];
    const since = new Set<number>();
    for await (const one of looks(() => looker.look(), stopping.signal, 5)) {
      if ("outage" in one) since.add(one.outage.since);
      found.push(
        "outage" in one
          ? `out: ${one.outage.error.message.split(":")[0] ?? ""}`
          : String(one.look.status.ready),
      );
      if (found.length === 1) fake.refuseAll = true;
      if (found.length === 3) fake.refuseAll = false;
      if (found.length === 4) stopping.abort();
    }
    assert.deepEqual(found, ["true", "out: the cluster at http", "out: the cluster at http", "true"]);
    assert.equal(since.size, 1);
  });

  it("doesn't call live what a cluster said that takes requests and doesn't answer", async () => {
    const stopping = new AbortController();
    const answers: (() => void)[] = [];
    const found: string[] = [];
    const look = () =>
      new Promise<string>((answer) => {
        answers.push(() => {
          answer("seen");
        });
      });
    for await (const one of looks(look, stopping.signal, 1, 1)) {
      found.push("outage" in one ? one.outage.error.message : one.look);
      if (found.length === 2) stopping.abort();
      answers.pop()?.();
    }
    assert.deepEqual(found, ["it takes the request, and hasn't answered yet", "seen"]);
  });

  const without = (name: string) => healthy.filter(({ metadata }) => metadata?.name !== name);
  const other = (name: string, over: object) => ({ ...controller(name), ...over });
  const labels = { labels: { "app.kubernetes.io/part-of": "flux" } };
  const allInOne = {
    metadata: { name: "flux", namespace: "flux-system", ...labels },
    spec: { template: { spec: { containers: [{ name: "helm-controller" }] } } },
  };
  for (const [what, objects, idle] of [
    ["runs", healthy, undefined],
    [
      "is scaled to 0",
      [...without("helm-controller"), other("helm-controller", { spec: { replicas: 0 } })],
      ["flux-system/helm-controller is scaled to 0"],
    ],
    [
      "has no pod",
      [...without("source-controller"), controller("source-controller", false)],
      ["flux-system/source-controller isn't available"],
    ],
    ["was deleted", without("kustomize-controller"), ["kustomize-controller isn't in the cluster"]],
    [
      "bears no label",
      [
        ...without("helm-controller"),
        other("helm-controller", { metadata: { name: "helm-controller", namespace: "flux" } }),
      ],
      undefined,
    ],
    ["is one of several in a pod", [...without("helm-controller"), other("flux", allInOne)], undefined],
  ] as const)
    it(`says of a controller that ${what}, whatever its objects said last`, async () => {
      fake.stop();
      fake = await FakeCluster.start(...objects);
      const looker = new Looker(STACK, await Cluster.connect(fake, 1), () => Promise.resolve(OUTPUTS));
      const { status } = await looker.look();
      assert.deepEqual(status.idle, idle);
      assert.equal(status.ready, idle === undefined);
    });

  it("doesn't hide a bug as an outage", async () => {
    const broken = looks(() => Promise.reject(new TypeError("a bug")), new AbortController().signal, 5);
    await assert.rejects(broken.next(), /a bug/);
  });

  it("does without the stack's state, and reads it once in a while", async () => {
    let asked = 0;
    const none = new Looker(STACK, cluster, () => {
      asked++;
      return Promise.reject(new UserError("no stack"));
    });
    assert.deepEqual((await none.look()).status.commits, []);
    await none.look();
    assert.equal(asked, 1);
    assert.equal(
      (await new Looker(STACK, cluster, () => Promise.resolve(OUTPUTS)).look()).status.commits.length,
      2,
    );
  });
});
