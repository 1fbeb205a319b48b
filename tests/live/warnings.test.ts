import assert from "node:assert/strict";
import { stringify } from "yaml";
import type { LiveObject } from "../../provider/kubernetes/live-object";
import { examine } from "../../provider/live/examine";
import { FakeCluster } from "../flux/fake-cluster";
import { testContext } from "../git/remote";

const namespace: LiveObject = { apiVersion: "v1", kind: "Namespace", metadata: { name: "web" } };
const deployment = (name: string): LiveObject => ({
  ...{ apiVersion: "apps/v1", kind: "Deployment", metadata: { name, namespace: "web" } },
});

describe("what the API server takes with a warning", () => {
  let cluster: FakeCluster;
  afterEach(() => {
    cluster.stop();
  });

  it("is told before the commit, in a preview and by `up`: of a workload its pods may be refused", async () => {
    const words =
      'would violate PodSecurity "restricted:latest": runAsNonRoot != true (pod must set it, "a\\b")';
    cluster = await FakeCluster.start(namespace);
    cluster.warn = ({ metadata }) =>
      metadata?.name === "plain" ? [] : [words, "port 80 is there twice, too"];
    const files = { "a.yaml": stringify(deployment("site")), "b.yaml": stringify(deployment("plain")) };
    const changed = Object.entries(files).map(([path, after]) => ({ path, after }));
    for (const foreseen of [true, false]) {
      const ctx = testContext();
      const target = { kubeconfig: cluster.kubeconfig, kustomizations: [] };
      await examine(ctx, target, { changed, files }, foreseen);
      const expected = [
        "the API server warns of:",
        `  Deployment web/site: ${words}`,
        "  Deployment web/site: port 80 is there twice, too",
      ];
      assert.ok(ctx.messages.includes(expected.join("\n")), ctx.messages.join("\n"));
    }
  });
});
