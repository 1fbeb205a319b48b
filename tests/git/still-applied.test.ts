import assert from "node:assert/strict";
import { externalSecrets } from "../../manifests/catalog/external-secrets";
import { perApp } from "../../manifests/layouts/per-app";
import { Hand, testContext, TestRemote } from "./remote";

/** What a stack of the layout of `prod` wants in the repository. */
function wanted(cluster: string, vault: string, infrastructurePath?: string) {
  const app = externalSecrets({
    vaultUrl: `https://${vault}.vault.azure.net/`,
    auth: { type: "ManagedIdentity" },
  });
  const [placed] = perApp({ clusterPath: `clusters/${cluster}`, infrastructurePath })([app], []);
  return { files: placed!.files as Record<string, string>, edits: placed!.edits };
}

describe("what another stack's Kustomization applies", function () {
  let remote: TestRemote;
  let one: Hand;
  let two: Hand;
  beforeEach(async () => {
    remote = new TestRemote({ "README.md": "# Clusters\n" });
    one = new Hand(remote.url, testContext("one"));
    two = new Hand(remote.url, testContext("two"));
    await one.up(wanted("one", "first"));
  });
  afterEach(() => {
    remote.dispose();
  });

  for (const [content, vault] of [
    ["the same", "first"],
    ["other", "second"],
  ] as const)
    it(`isn't taken over by a second cluster with ${content} content, in the preview neither`, async () => {
      const before = remote.log();
      for (const run of [() => two.preview(wanted("two", vault)), () => two.up(wanted("two", vault))])
        await assert.rejects(run, {
          message: [
            "infrastructure/external-secrets/: handoff/one handed it off, and Kustomization flux-system/external-secrets of clusters/one/external-secrets/00-kustomization-operator.yaml applies it",
            "infrastructure/external-secrets-store/: handoff/one handed it off, and Kustomization flux-system/external-secrets-store of clusters/one/external-secrets/10-kustomization-store.yaml applies it",
            "→ Nothing was changed. A file belongs to one stack: give this one a folder of its own (of a stack: `infrastructurePath`, or another `path`), or take out of the other's program what is to be this one's.",
          ].join("\n"),
        });
      assert.deepEqual(remote.log(), before);
    });

  it("stays when a second cluster with a folder of its own comes and goes", async () => {
    const first = remote.files();
    await two.up(wanted("two", "second", "staging/infrastructure"));
    assert.ok(remote.files().includes("staging/infrastructure/external-secrets/namespace.yaml"));
    await two.destroy();
    assert.deepEqual(remote.files(), first);
  });

  it("is taken over with that Kustomization, as when an app moves to another stack", async () => {
    await two.up(wanted("one", "first"));
    await one.up({ files: {}, edits: {} });
    assert.ok(remote.files().includes("infrastructure/external-secrets/namespace.yaml"));
    await two.destroy();
    assert.deepEqual(remote.files(), ["README.md"]);
  });

  it("is taken over by the user's word", async () => {
    await two.up({ ...wanted("two", "second"), adopt: true });
    assert.match(
      remote.read("infrastructure/external-secrets-store/clustersecretstore.yaml"),
      /https:\/\/second\./,
    );
  });

  it("may be told by a root that both lead", async () => {
    const root = {
      "clusters/one/flux-system/gotk-sync.yaml": `apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: { name: flux-system, namespace: flux-system }
spec: { path: ./clusters/one, sourceRef: { kind: GitRepository, name: flux-system } }
`,
    };
    const app = {
      "clusters/one/web/configmap.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: { name: web }\n",
    };
    await one.up({
      files: { ...wanted("one", "first").files, ...root, ...app },
      edits: wanted("one", "first").edits,
    });
    await two.up({ files: app, edits: {} });
    await one.up({
      files: { ...wanted("one", "first").files, ...root },
      edits: wanted("one", "first").edits,
    });
    assert.ok(remote.files().includes("clusters/one/web/configmap.yaml"));
  });
});
