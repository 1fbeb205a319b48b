import { strict as assert } from "node:assert";
import fc from "fast-check";
import { InputError, mergeFiles } from "../../manifests/files";
import { clashes } from "../../manifests/layouts/clashes";
import { mergePlaced } from "../../manifests/layouts/layout";

const part = (by: string, files: Readonly<Record<string, unknown>>) => ({ by, files });

describe("clashes", () => {
  it("names both parts and the path", () => {
    const parts = [
      part("the app a", { "k8s/a.yaml": "1", "k8s/b.yaml": "1" }),
      part("the app b", { "k8s/b.yaml": "2", "k8s/c.yaml": "2" }),
      part("the app c", { "k8s/a.yaml": "3" }),
    ];
    assert.deepEqual(clashes(parts, "the repository calcom-app"), [
      "The app a and the app b write different texts to k8s/b.yaml of the repository calcom-app: give one of them another folder.",
      "The app a and the app c write different texts to k8s/a.yaml of the repository calcom-app: give one of them another folder.",
    ]);
  });

  it("sees a file where another has a folder, whichever comes first", () => {
    const [file, folder] = [
      part("the app a", { "k8s/a": "1" }),
      part("the app b", { "k8s/a/b/c.yaml": "2" }),
    ];
    const fault =
      "The app a writes the file k8s/a of the repository, below which the app b writes k8s/a/b/c.yaml.";
    assert.deepEqual(clashes([file, folder]), [fault]);
    assert.deepEqual(clashes([folder, file]), [fault]);
  });

  it("takes the same text from several, also one that only `up` knows", () => {
    const secret = { secret: { name: "a", namespace: "b", data: { KEY: "text" } } };
    const another = { secret: { ...secret.secret, data: { KEY: "other" } } };
    assert.deepEqual(
      clashes([part("a", { x: "1", y: secret }), part("b", { x: "1", y: { ...secret } })]),
      [],
    );
    assert.equal(clashes([part("a", { y: secret }), part("b", { y: another })]).length, 1);
  });

  it("refuses what a merge of known texts refuses, and nothing else", () => {
    const path = fc.constantFrom("a", "b", "a/b", "a/c", "a/b/c", "b/c");
    const files = fc.dictionary(path, fc.constantFrom("1", "2"));
    fc.assert(
      fc.property(fc.array(files, { maxLength: 4 }), (all) => {
        const found = clashes(all.map((each, index) => part(`the app ${String(index)}`, each)));
        if (found.length === 0) mergeFiles(...all);
        else assert.throws(() => mergeFiles(...all), InputError);
      }),
    );
  });

  it("stops a merge of what one app puts into a repository", () => {
    const placed = (by: string, text: string) => ({ by, files: { "k8s/a.yaml": text }, keep: {} });
    assert.throws(
      () => mergePlaced([placed("the Kustomization a", "1"), placed("the Kustomization b", "2")]),
      {
        name: "InputError",
        message:
          "The Kustomization a and the Kustomization b write different texts to k8s/a.yaml of the repository: give one of them another folder.",
      },
    );
    assert.deepEqual(mergePlaced([placed("a", "1"), placed("b", "1")]).files, { "k8s/a.yaml": "1" });
  });
});
