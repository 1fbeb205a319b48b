import { strict as assert } from "node:assert";
import { stringify } from "yaml";
import { UNKNOWN } from "../../../provider/plugin/handler";
import { diffSettings } from "../../../tools/sandbox/pulumi/kubernetes-config";

const kubeconfig = (entry: object, more: object = {}): string =>
  stringify({
    clusters: [
      { name: "one", cluster: entry },
      { name: "two", cluster: { server: "https://two" } },
    ],
    contexts: [
      { name: "first", context: { cluster: "one", user: "u" } },
      { name: "second", context: { cluster: "two", user: "u" } },
    ],
    "current-context": "first",
    ...more,
  });
const before = { server: "https://one", "certificate-authority-data": "b25l" };
const olds = { kubeconfig: kubeconfig(before) };

describe("other settings of the kubernetes stand-in", () => {
  const changes: readonly [string, object, readonly string[]][] = [
    [
      "a second authority",
      { kubeconfig: kubeconfig({ ...before, "certificate-authority-data": "dHdv" }) },
      ["kubeconfig"],
    ],
    ["another address", { kubeconfig: kubeconfig({ ...before, server: "https://lb" }) }, ["kubeconfig"]],
    ["another context's cluster", { ...olds, context: "second" }, ["context"]],
    ["a kubeconfig that isn't known yet", { kubeconfig: UNKNOWN }, ["kubeconfig"]],
    [
      "another user's token",
      { kubeconfig: kubeconfig(before, { users: [{ name: "u", user: { token: "t" } }] }) },
      [],
    ],
    ["another flag", { ...olds, enableSecretMutable: "true" }, []],
  ];
  for (const [name, news, replaces] of changes) {
    it(`replace ${replaces.length > 0 ? "everything" : "nothing"} for ${name}`, () => {
      assert.deepEqual(diffSettings(olds, { ...news }), { changes: true, replaces });
    });
    it(`replace nothing for ${name} with the same clusterIdentifier`, () => {
      const named = { clusterIdentifier: "my-cluster" };
      assert.deepEqual(diffSettings({ ...olds, ...named }, { ...news, ...named }), {
        changes: true,
        replaces: [],
      });
    });
  }

  it("replace everything for another clusterIdentifier, and nothing for one that is added or removed", () => {
    const [one, two] = [
      { ...olds, clusterIdentifier: "one" },
      { ...olds, clusterIdentifier: "two" },
    ];
    assert.deepEqual(diffSettings(one, two), { changes: true, replaces: ["clusterIdentifier"] });
    assert.deepEqual(diffSettings(olds, one), { changes: true, replaces: [] });
    assert.deepEqual(diffSettings(one, olds), { changes: true, replaces: [] });
    assert.deepEqual(diffSettings(olds, olds), { changes: false, replaces: [] });
  });
});
