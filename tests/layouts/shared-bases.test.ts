import assert from "node:assert/strict";
import type { App } from "../../manifests/app";
import type { Edit } from "../../manifests/git/edits";
import { waves } from "../../manifests/layouts/waves";
import { Hand, testContext, TestRemote } from "../git/remote";

const app = (name: string, version: string): App => ({
  name,
  kustomizations: [
    {
      name,
      manifests: {
        "configmap.yaml": {
          apiVersion: "v1",
          kind: "ConfigMap",
          metadata: { name, namespace: "default" },
          data: { version },
        },
      },
    },
  ],
});

/** What a stack wants in the repository. */
function wanted(name: string, sharedBases: boolean, apps: readonly App[]) {
  const clusterPath = `flux-clusters/${name}`;
  const cluster = { name, domain: `${name}.example.com` };
  const placed = waves({ clusterPath, cluster, sharedBases })(apps, []);
  return {
    files: Object.assign({}, ...placed.map(({ files }) => files)) as Record<string, string>,
    edits: Object.assign({}, ...placed.map(({ edits }) => edits)) as Record<string, readonly Edit[]>,
  };
}

describe("two clusters in one repository", function () {
  const others = {
    "README.md": "# Clusters\n",
    "flux-clusters/one/terraform/hcloud/main.tf": "# the machines\n",
    "flux-clusters/two/kustomization.yaml": "resources:\n- ./theirs.yaml # kept\n",
    "flux-apps/theirs/kustomization.yaml": "resources: []\n",
  };
  let remote: TestRemote;
  const both = [app("web", "1"), app("database", "1")];
  const below = (folder: string) => remote.files().filter((path) => path.startsWith(folder));

  beforeEach(() => {
    remote = new TestRemote(others);
  });
  afterEach(() => {
    remote.dispose();
  });

  it("share the bases: the second neither takes them over nor takes them away", async () => {
    const [one, two] = [
      new Hand(remote.url, testContext("one", "test")),
      new Hand(remote.url, testContext("two", "test")),
    ];
    await one.up(wanted("one", false, both));
    const [bases, first] = [below("flux-apps/"), below("flux-clusters/one/")];

    await two.up(wanted("two", true, both));
    assert.deepEqual([below("flux-apps/"), below("flux-clusters/one/")], [bases, first]);
    assert.deepEqual(below("flux-clusters/two/"), [
      "flux-clusters/two/apps/apps.yaml",
      "flux-clusters/two/apps/database/kustomization.yaml",
      "flux-clusters/two/apps/web/kustomization.yaml",
      "flux-clusters/two/cluster.yaml",
      "flux-clusters/two/kustomization.yaml",
    ]);
    const adopted = remote.log("%(trailers:key=Handoff-Adopted,valueonly)").join("");
    assert.equal(adopted, "");

    // The first goes on changing its bases, and the second notices nothing.
    await one.up(wanted("one", false, [app("web", "2"), app("database", "1")]));
    assert.match(remote.read("flux-apps/web/configmap.yaml"), /version: '?"?2/);
    const commits = remote.log().length;
    await two.up(wanted("two", true, both));
    assert.equal(remote.log().length, commits);

    // One app less in the second cluster is none less among the bases.
    await two.up(wanted("two", true, [app("web", "1")]));
    assert.deepEqual(below("flux-apps/"), bases);

    await two.destroy();
    assert.deepEqual([below("flux-apps/"), below("flux-clusters/one/")], [bases, first]);
    assert.equal(
      remote.read("flux-clusters/two/kustomization.yaml"),
      others["flux-clusters/two/kustomization.yaml"],
    );

    await one.destroy();
    assert.deepEqual(remote.files(), Object.keys(others).sort());
  });
});
