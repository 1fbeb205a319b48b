import { strict as assert } from "node:assert";
import { join } from "node:path";
import { homelab } from "../../stacks/homelab";
import { assertGolden } from "../golden";
import { byName, type Registered, run } from "../mocks";
import { dump } from "./under-mocks";
import { answers, commitOf, entries, useHomelab } from "./homelab-run";

describe("stacks/homelab", () => {
  const { settings, outputsAndResources } = useHomelab();

  it("registers just these resources, and writes just these files", async () => {
    const [, resources] = await outputsAndResources();
    assertGolden(join(__dirname, "golden", "homelab"), {
      "resources.yaml": dump(resources, { without: ["kubeconfig", "cluster"] }),
      ...Object.fromEntries(
        Object.entries(commitOf(resources).files).map(([path, text]) => [`repository/${path}`, text]),
      ),
    });
  });

  it("marks as secret whatever is one", async () => {
    const [, resources] = await outputsAndResources();
    const text = JSON.stringify(resources, (_key, value: unknown) =>
      value !== null && typeof value === "object" && "secret" in value ? "(secret)" : value,
    );
    assert.doesNotMatch(text, /canary|PRIVATE KEY/);
  });

  it("keeps to the folders that the settings give it, beside another cluster's", async () => {
    const [, resources] = await outputsAndResources({ "handoff:infrastructurePath": "attic" });
    const { files } = byName(resources, "handoff-commit").inputs as { files: object };
    const folders = Object.keys(files).map((path) => path.split("/").slice(0, 2).join("/"));
    assert.deepEqual([...new Set(folders)].sort(), ["attic/flux", "attic/manifests", "k3s/flux"]);
  });

  it("fills the Secrets of messages as those of its services", async () => {
    const provider = { type: "slack", address: { env: "GIT_TOKEN" } };
    const [, resources] = await outputsAndResources({
      "handoff:notifications": { provider, receiver: true },
    });
    for (const name of ["provider", "receiver"]) {
      assert.equal(
        byName(resources, `flux-system-notifications-${name}`).inputs.name,
        `notifications-${name}`,
      );
    }
  });

  describe("parks stalwart", () => {
    it("by one word: its entry goes, its files stay, its Secret leaves the cluster", async () => {
      const [, before] = await outputsAndResources();
      const [outputs, resources] = await outputsAndResources({ "handoff:homelab": { parked: ["stalwart"] } });
      assert.deepEqual(commitOf(resources).files, commitOf(before).files);
      assert.deepEqual(
        entries(resources),
        entries(before).filter((entry) => entry !== "stalwart.yaml"),
      );
      const names = (all: readonly Registered[]): string[] => all.map(({ name }) => name).sort();
      assert.deepEqual(
        names(resources),
        names(before).filter((name) => name !== "stalwart-stalwart-secrets"),
      );
      const { kustomizations } = byName(resources, "handoff-ready").inputs;
      assert.ok(!JSON.stringify(kustomizations).includes("stalwart"));
      assert.deepEqual(outputs.parked, ["stalwart"]);
      assert.match(outputs.readme as string, /## Parked\n\nstalwart: not in the cluster/);
    });

    it("and with a service of a chart follows no release that never comes", async () => {
      const [, resources] = await outputsAndResources({ "handoff:homelab": { parked: ["reloader"] } });
      const { helmReleases } = byName(resources, "handoff-ready").inputs;
      assert.ok(!JSON.stringify(helmReleases).includes("reloader"));
    });

    it("but not what others wait for", async () => {
      const { result } = await run(answers, () =>
        homelab.run(...settings({ "handoff:homelab": { parked: ["cnpg-operator"] } }), ["homelab"]),
      );
      await assert.rejects(
        result,
        /^RunError: stalwart waits for cnpg-operator|authentik waits for cnpg-operator/,
      );
    });
  });
});
