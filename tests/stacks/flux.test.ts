import { strict as assert } from "node:assert";
import { readBlob, storeBlob } from "../../cache/blobs";
import { app } from "../../manifests/apps/app";
import { DEFAULT_COMPONENTS } from "../../manifests/flux/install-manifests";
import { upgradeNotes } from "../../manifests/flux/upgrade";
import { defineSystem } from "../../stacks/platform";
import { prod } from "../../stacks/prod";
import { small } from "../flux/small-release";
import { byName } from "../mocks";
import { answers, WholeStack } from "./whole-stack";

const GOTK = "clusters/my-cluster/flux-system/gotk-components.yaml";

describe("a stack whose repository has another release of Flux", () => {
  const stack = new WholeStack();
  before(() => {
    stack.setUp();
  });
  after(() => {
    stack.tearDown();
  });

  const theirs = small({ version: "v2.8.1", components: DEFAULT_COMPONENTS });
  const postBuild = { substitute: { REGION: "north" } };
  const substituting = defineSystem({
    ...prod,
    build: (settings, platform) => {
      const built = prod.build(settings, platform);
      const image = "ghcr.io/your-org/hello:v1.0.0";
      return { ...built, apps: [...built.apps, app({ name: "hello", image, kustomization: { postBuild } })] };
    },
  });

  /** The release that is committed, and what the program says. */
  async function outcome(flux: object, files = {}, system = substituting) {
    const functions = {
      ...answers.functions,
      "handoff:flux:bootstrapped": () => ({ components: storeBlob(theirs), files }),
    };
    const said: string[] = [];
    // Without an engine the SDK says it there.
    const { log, warn } = console;
    console.log = console.warn = (text: string) => said.push(text);
    try {
      const { resources } = await stack.outcome(system, stack.flux(flux), { ...answers, functions });
      const { digests } = byName(resources, "handoff-commit").inputs as { digests: Record<string, string> };
      return { components: readBlob(digests[GOTK]!), said };
    } finally {
      Object.assign(console, { log, warn });
    }
  }
  const difference =
    "info: [runtime] Flux's components change, as the stack says:\n" +
    '  flux.version: "v2.8.1" in the repository, "v2.9.4" in the stack; to keep it write `flux.version: "v2.8.1"`';
  const warnings = (kustomizations: Parameters<typeof upgradeNotes>[2]): string[] => {
    const notes = upgradeNotes("v2.8.1", "v2.9.4", kustomizations);
    assert.equal(notes.length, 1);
    return notes.map((note) => `warning: [runtime] ${note}`);
  };

  it("takes it over as it is, without a word, where it sets none or the same", async () => {
    for (const flux of [{}, { version: "v2.8.1" }])
      assert.deepEqual(await outcome(flux), { components: theirs, said: [] });
  });

  it("says both, how to keep what is there, and what the upgrade means for its Kustomizations", async () => {
    const { components, said } = await outcome({ version: "v2.9.4" });
    assert.match(components, /^# Flux Version: v2\.9\.4$/m);
    assert.deepEqual(said, [difference, ...warnings([{ name: "hello", postBuild }])]);
    const plain = await outcome({ version: "v2.9.4" }, {}, prod);
    assert.deepEqual(plain.said, [difference, ...warnings([])]);
  });

  it("says the difference alone where the repository's patches have settled that, or no release changes", async () => {
    const patch = { "patches/gates.yaml": "- --feature-gates=StrictPostBuildSubstitutions=false\n" };
    assert.deepEqual((await outcome({ version: "v2.9.4" }, patch)).said, [difference]);
    assert.deepEqual((await outcome({ logLevel: "debug" })).said, [
      difference.replaceAll("version", "logLevel").replaceAll("v2.8.1", "info").replace("v2.9.4", "debug"),
    ]);
  });
});
