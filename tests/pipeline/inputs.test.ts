import { strict as assert } from "node:assert";
import { join } from "node:path";
import { modulesOf, type Modules, stacksConcerned } from "../../tools/pipeline/inputs";

describe("the stacks that a change concerns", () => {
  const stacks = ["apps", "homelab", "prod", "sites"].map((name) => ({ name, system: name }));
  const all = stacks.map(({ name }) => name);
  const second = { name: "prod-eu", system: "prod" };
  let modules: Modules;
  before(async () => {
    modules = await modulesOf(join(__dirname, "..", ".."));
  });

  const concerned: Readonly<Record<string, readonly string[]>> = {
    "index.ts": all,
    "stacks/index.ts": all,
    "stacks/platform.ts": all,
    "stacks/homelab.ts": ["homelab"],
    "stacks/sites-settings.ts": ["sites"],
    "stacks/prod.ts": ["prod", "prod-eu"],
    "manifests/flux/objects.ts": all,
    "provider/git/branch.ts": all,
    "package-lock.json": all,
    "Pulumi.yaml": all,
    "some/file/of/ones/own": all,
    "Pulumi.prod.yaml": ["prod"],
    "Pulumi.prod-eu.yaml": ["prod-eu"],
    "README.md": [],
    "docs/decisions.md": [],
    "tools/new/main.ts": [],
    "tests/files.test.ts": [],
    ".github/workflows/check.yml": [],
  };
  for (const [path, names] of Object.entries(concerned)) {
    it(`${path}: ${names.join(", ") || "none"}`, () => {
      const wanted = names === all ? [...all, second.name] : names;
      assert.deepEqual(stacksConcerned([...stacks, second], modules, [path]), wanted);
    });
  }

  it("are all that name no system of the list, whatever changes of it", () => {
    assert.deepEqual(stacksConcerned([{ name: "x", system: "undefined" }], modules, ["stacks/sites.ts"]), [
      "x",
    ]);
  });

  it("are templates of review stacks by what they are of as well", () => {
    const review = { name: "pr", system: "prod", of: "prod" };
    for (const path of ["Pulumi.pr.yaml", "Pulumi.prod.yaml", "stacks/prod.ts"])
      assert.deepEqual(stacksConcerned([review], modules, [path]), ["pr"], path);
    assert.deepEqual(stacksConcerned([review], modules, ["Pulumi.sites.yaml", "stacks/sites.ts"]), []);
  });

  it("are those of every changed file", () => {
    const changed = ["README.md", "Pulumi.sites.yaml", "stacks/homelab.ts"];
    assert.deepEqual(stacksConcerned(stacks, modules, changed), ["homelab", "sites"]);
  });
});
