import { strict as assert } from "node:assert";
import fc from "fast-check";
import { checkPath, InputError, join, mergeFiles, under } from "../manifests/files";

describe("checkPath", () => {
  for (const path of ["a.yaml", "clusters/prod/apps.yaml", ".sops.yaml", ".github/x", "a..b", ".gitignore"]) {
    it(`takes ${path}`, () => {
      assert.equal(checkPath(path), path);
    });
  }
  for (const path of [
    "",
    "/etc/passwd",
    "../a",
    "a/../b",
    "./a",
    "a//b",
    "a/",
    ".git/config",
    "a/.GIT/x",
    "a\\b",
    "a\nb",
  ]) {
    it(`refuses ${JSON.stringify(path)}`, () => {
      assert.throws(() => checkPath(path), InputError);
    });
  }
});

describe("join and under", () => {
  it("joins parts as users write them", () => {
    assert.equal(join("./clusters/prod/", "calcom"), "clusters/prod/calcom");
    assert.equal(join(".", "calcom"), "calcom");
    assert.deepEqual(under("./k8s", { "a.yaml": "a" }), { "k8s/a.yaml": "a" });
  });
  it("can't leave the repository", () => {
    assert.throws(() => join("clusters", "../../x"), InputError);
  });
});

describe("mergeFiles", () => {
  it("names the path that two parts want differently", () => {
    assert.throws(() => mergeFiles({ "a/b.yaml": "1" }, { "a/b.yaml": "2" }), /a\/b\.yaml/);
    assert.deepEqual(mergeFiles({ a: "1" }, { a: "1" }), { a: "1" });
  });
  it("refuses a file where another needs a folder", () => {
    assert.throws(() => mergeFiles({ "a/b/c": "" }, { "a/b": "" }), /a\/b is a file/);
  });
  it("gives the same result in any order of the parts", () => {
    const name = fc.stringMatching(/^[a-c]{1,2}$/);
    fc.assert(
      fc.property(fc.uniqueArray(name), (names) => {
        const parts = names.map((path) => ({ [path]: path }));
        assert.equal(JSON.stringify(mergeFiles(...parts)), JSON.stringify(mergeFiles(...parts.reverse())));
      }),
    );
  });
  it("keeps a file that is called __proto__", () => {
    assert.deepEqual(Object.keys(mergeFiles(Object.fromEntries([["__proto__", "x"]]))), ["__proto__"]);
  });
});
