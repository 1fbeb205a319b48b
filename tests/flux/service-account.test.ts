import { strict as assert } from "node:assert";
import { parseAllDocuments } from "yaml";
import { helmRelease } from "../../manifests/flux/helm-release";
import { kustomization } from "../../manifests/flux/objects";
import { withServiceAccount } from "../../manifests/flux/service-account";
import { toYaml } from "../../manifests/yaml";

const root = { name: "app", path: "./app" };
const release = { name: "app", namespace: "app", chart: { ociRepository: { name: "chart" } } };

describe("withServiceAccount", () => {
  const data = (text: string): unknown[] =>
    parseAllDocuments(text).map((document) => document.toJS() as unknown);

  it("says what the builders say with the option, in one added line an object", () => {
    const account = { serviceAccountName: "team" };
    const plain = toYaml([kustomization(root), helmRelease(release)], "Ours.");
    const named = toYaml(
      [kustomization({ ...root, ...account }), helmRelease({ ...release, ...account })],
      "Ours.",
    );
    const added = withServiceAccount(plain, "team");
    assert.deepEqual(data(added), data(named));
    assert.equal(added.replaceAll("  serviceAccountName: team\n", ""), plain);
    assert.equal(withServiceAccount(named, "other"), named);
  });

  it("leaves all else alone", () => {
    for (const text of [
      "not: [yaml\n",
      "",
      "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nspec:\n  a: b\n",
      "apiVersion: v1\nkind: ConfigMap\ndata:\n  a: |\n    kind: HelmRelease\n    spec:\n      a: b\n",
      "apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Other\nspec:\n  a: b\n",
    ]) {
      assert.equal(withServiceAccount(text, "team"), text);
    }
  });
});
