import { strict as assert } from "node:assert";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { storeBlob } from "../../cache/blobs";
import { FluxBootstrap } from "../../components/flux/bootstrap";
import type { HandoffApp } from "../../components/flux/handoff-args";
import { byName, failure } from "../mocks";
import { answers, appRepository, auth, type Change, cluster, entry, handoff, program } from "./handoff";

/** An app of an ArtifactGenerator, and one of a shard. */
const generated: HandoffApp = {
  files: { "clusters/my-cluster/shop/app.yaml": "app\n" },
  kustomizations: [{ name: "cart", path: "./", labels: { "sharding.fluxcd.io/key": "shard1" } }],
  edits: entry("./shop"),
  generators: ["shop"],
};
const components = storeBlob(readFileSync(join(__dirname, "..", "fixtures", "gotk-components.yaml"), "utf8"));
const withShard = (name: string) =>
  new FluxBootstrap(name, {
    ...{ ...cluster, auth, kubeconfig: "kubeconfig: text", version: "v2.9.4", components },
    shards: ["shard1"],
  });

describe("FluxHandoff at scale", () => {
  const shards = (bootstrap: FluxBootstrap): Change => ({
    bootstrap,
    apps: [generated],
    appRepositories: [{ ...appRepository, source: "shop", sources: ["shop-main", "shop-shard1"] }],
    edits: {
      "clusters/my-cluster/flux-system/kustomization.yaml": [{ list: ["resources"], entry: "./mine.yaml" }],
    },
  });

  it("follows the generators, and every source that reads a repository", async () => {
    const { resources } = await handoff(() => shards(withShard("sharded")));
    const { generators, revisions } = byName(resources, "handoff-ready").inputs;
    assert.deepEqual(generators, ["shop"]);
    assert.deepEqual(revisions, {
      "flux-system": "main@sha1:handoff-commit",
      "shop-main": "main@sha1:handoff-shop-commit",
      "shop-shard1": "main@sha1:handoff-shop-commit",
    });
  });

  it("commits the shards and the entries for them beside those of others", async () => {
    const { resources } = await handoff(() => shards(withShard("sharded")));
    const { edits, files } = byName(resources, "handoff-commit").inputs as {
      edits: Record<string, { entry: unknown }[]>;
      files: object;
    };
    const folder = "clusters/my-cluster/flux-system";
    assert.deepEqual(
      edits[`${folder}/kustomization.yaml`]?.map(({ entry }) => entry),
      [
        "./mine.yaml",
        "shards.yaml",
        ...["helm-controller", "kustomize-controller", "source-controller", "source-watcher"].map((name) => ({
          path: `patch-${name}.yaml`,
          target: { kind: "Deployment", name },
        })),
      ],
    );
    assert.ok(`${folder}/shards.yaml` in files && `${folder}/patch-source-watcher.yaml` in files);
  });

  it("refuses what no controller would look at", async () => {
    const header = "# Components: source-controller,kustomize-controller\n";
    const without = () =>
      new FluxBootstrap("plain", {
        ...{ ...cluster, auth, kubeconfig: "kubeconfig: text", version: "v2.9.4" },
        components: storeBlob(header),
      });
    const error = await failure(answers, () => program(() => ({ bootstrap: without(), apps: [generated] })));
    assert.ok(error instanceof pulumi.ResourceError);
    assert.equal(
      error.message,
      "The ArtifactGenerator shop needs source-watcher, which isn't installed; installed are source-controller, kustomize-controller.\n" +
        "→ Add it to the components of componentsDigest (setting `flux.componentsExtra: [source-watcher]`).\n" +
        "The Kustomization flux-system/cart is of the shard shard1, which the bootstrap hasn't got: there are none.\n" +
        "→ Add it to the shards of FluxBootstrap (setting `flux.shards`).",
    );
  });
});
