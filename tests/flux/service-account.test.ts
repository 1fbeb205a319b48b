import { strict as assert } from "node:assert";
import { helmRelease, kustomization } from "../../manifests/flux/objects";
import { withServiceAccount } from "../../manifests/flux/service-account";
import { toYaml } from "../../manifests/yaml";

const root = { name: "app", path: "./app" };
const release = { name: "app", namespace: "app", chart: { ociRepository: { name: "chart" } } };

describe("withServiceAccount", () => {
  it("is what the builders write with the option", () => {
    const account = { serviceAccountName: "team" };
    const plain = toYaml([kustomization(root), helmRelease(release)], "Ours.");
    const named = toYaml(
      [kustomization({ ...root, ...account }), helmRelease({ ...release, ...account })],
      "Ours.",
    );
    assert.equal(withServiceAccount(plain, "team"), named);
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
