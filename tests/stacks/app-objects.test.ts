import { strict as assert } from "node:assert";
import { appObjects } from "../../stacks/app-objects";

const release = (name: string, namespace: string): string =>
  `apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata:\n  name: ${name}\n  namespace: ${namespace}\n`;

const nothing = { edits: {}, keep: {}, kustomizations: [], elsewhere: {} };

describe("the objects of apps", () => {
  it("are their Kustomizations and the HelmReleases among their files, wherever these lie", () => {
    const objects = appObjects([
      {
        ...nothing,
        name: "calcom",
        files: { "a.yaml": "kind: Namespace\n", "b.yaml": { output: "later", text: () => "" } as never },
        kustomizations: [
          { name: "calcom-ns", path: "a" },
          { name: "calcom-app", path: "b", namespace: "apps" },
        ] as never,
        elsewhere: { "calcom-app": { files: { "h.yaml": release("cache", "calcom") }, keep: {} } },
      },
      { ...nothing, name: "reloader", files: { "r.yaml": release("reloader", "flux-system") } },
    ]);
    assert.deepEqual(objects, {
      calcom: [
        "Kustomization flux-system/calcom-ns",
        "Kustomization apps/calcom-app",
        "HelmRelease calcom/cache",
      ],
      reloader: ["HelmRelease flux-system/reloader"],
    });
  });

  it("leave out what isn't in the cluster, and what is no app's", () => {
    const files = { "r.yaml": release("reloader", "flux-system") };
    const kustomizations = [{ name: "wave-1", path: "a" }] as never;
    assert.deepEqual(
      appObjects([
        { ...nothing, name: "reloader", files, parked: true },
        { ...nothing, files: {}, kustomizations },
        { ...nothing, name: "only-files", files: { "n.yaml": "kind: Namespace\n" } },
      ]),
      {},
    );
  });
});
