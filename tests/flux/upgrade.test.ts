import { strict as assert } from "node:assert";
import { upgradeNotes } from "../../manifests/flux/upgrade";

const ours = [
  { name: "calcom", postBuild: { substitute: { HOST: "cal.example.com" } } },
  {
    name: "apps",
    namespace: "tenant",
    postBuild: { substituteFrom: [{ kind: "ConfigMap" as const, name: "c" }] },
  },
  { name: "plain" },
];
const gate = "--feature-gates=StrictPostBuildSubstitutions=false";

describe("upgradeNotes", () => {
  const versions: readonly [string, string, boolean][] = [
    ["v2.8.1", "v2.9.4", true],
    ["v2.6.0", "v2.9.0", true],
    ["v2.8.9", "v3.0.0", true],
    ["v1.30.0", "v2.9.4", true],
    ["v2.7.5", "v2.8.1", false],
    ["v2.9.0", "v2.9.4", false],
    ["v2.9.4", "v2.8.1", false],
    ["v2.10.0", "v2.11.0", false],
    ["unknown", "v2.9.4", false],
  ];
  for (const [from, to, told] of versions) {
    it(`${told ? "tells" : "says nothing of"} strict substitution from ${from} to ${to}`, () => {
      const notes = upgradeNotes(from, to, ours);
      assert.equal(notes.length, told ? 1 : 0);
      if (told)
        assert.match(
          notes[0]!,
          /^From Flux v\S+ to v\S+: .*\nOf this stack: flux-system\/calcom, tenant\/apps; /,
        );
    });
  }

  it("says that none of ours is hit, and nothing to those who have switched it off", () => {
    assert.match(
      upgradeNotes("v2.8.1", "v2.9.4", [{ name: "plain" }])[0] ?? "",
      /\nNo Kustomization of this stack/,
    );
    assert.deepEqual(upgradeNotes("v2.8.1", "v2.9.4", ours, [`- op: add\n  value: ${gate}\n`]), []);
  });
});
