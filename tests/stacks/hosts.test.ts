import assert from "node:assert/strict";
import type { App } from "../../manifests/app";
import { hostsIn, localEdits, tunnelRules } from "../../stacks/hosts";

describe("several paths of a host", () => {
  const name = "app.example.com";
  const apps: App[] = [
    {
      name: "app",
      kustomizations: [],
      hosts: [{ name }, { name, path: "^/api/v2" }, { name: "b.example.com" }],
    },
    { name: "gone", kustomizations: [], hosts: [{ name, path: "^/gone" }], parked: true },
    { name: "api", kustomizations: [], hosts: [{ name, path: "^/api" }] },
  ];
  // The one for all paths stands below them by itself.
  const above = [undefined, ["^/api"], undefined, undefined];

  it("have their rules in the order of the program, also where two apps have them", () => {
    assert.deepEqual(
      hostsIn(apps, undefined).map((host) => host.above),
      above,
    );
    const edits = localEdits("config.yaml", tunnelRules(apps, undefined))["config.yaml"] ?? [];
    assert.deepEqual(
      edits.map((edit) => "list" in edit && edit.above),
      above,
    );
  });
});
