import { strict as assert } from "node:assert";
import * as pulumi from "@pulumi/pulumi";
import type { HandoffApp } from "../../components/flux/handoff-args";
import { failure } from "../mocks";
import { appRepository, program, refused } from "./handoff";

describe("FluxHandoff, before anything is committed,", () => {
  const kustomizations = (...names: [name: string, ...dependsOn: string[]][]): HandoffApp => ({
    files: {},
    kustomizations: names.map(([name, ...on]) => ({
      name,
      path: "./app",
      dependsOn: on.map((other) => ({ name: other })),
    })),
  });
  const wrong: readonly [string, HandoffApp[], RegExp][] = [
    ["a cycle", [kustomizations(["a", "b"], ["b", "a"])], /a → b → a|b → a → b/],
    [
      "an unknown name",
      [kustomizations(["calcom", "cert-manger"], ["cert-manager"])],
      /cert-manger.*cert-manager/,
    ],
    ["two of a name", [kustomizations(["calcom"], ["calcom"])], /more than one Kustomization calcom/],
    [
      "two texts for one path",
      [
        { ...kustomizations(["a"]), files: { "a.yaml": "1\n" } },
        { ...kustomizations(["b"]), files: { "a.yaml": "2\n" } },
      ],
      /write different texts to a\.yaml/,
    ],
    [
      "a path out of the repository",
      [{ ...kustomizations(["a"]), files: { "../a.yaml": "1\n" } }],
      /"\.\.\/a\.yaml"/,
    ],
  ];
  for (const [name, wrongApps, message] of wrong) {
    it(`refuses ${name} before anything is committed, without a stack trace`, async () => {
      const { error, types } = await refused({ apps: wrongApps });
      assert(pulumi.ResourceError.isInstance(error) && error.hideStack, String(error));
      assert.match(error.message, message);
      assert(!types.includes("handoff:git:GitCommit"));
    });
  }

  it("lets a dependency on others' Kustomizations pass", async () => {
    const { error } = await refused({
      apps: [kustomizations(["calcom", "cert-manager"])],
      knownKustomizations: ["cert-manager"],
    });
    assert.equal(error, undefined);
  });

  it("refuses a text that is made from a secret, naming its path, and commits nothing", async () => {
    const files = { "k8s/db.yaml": pulumi.interpolate`password: ${pulumi.secret("canary")}` };
    const committed: string[] = [];
    const outputs = {
      "handoff:git:GitCommit": (_: unknown, name: string) => {
        committed.push(name);
        return {};
      },
    };
    const appRepositories = [{ ...appRepository, files }];
    const error = await failure({ outputs }, () => program({ appRepositories }));
    assert(pulumi.RunError.isInstance(error), String(error));
    assert.match(error.message, /k8s\/db\.yaml is made from a secret value and would be committed to git\. /);
    assert.doesNotMatch(error.message, /canary/);
    assert.deepEqual(committed, []);
  });

  it("refuses a readable Secret in either repository, naming path and key, and commits nothing", async () => {
    const text =
      "kind: Secret\nmetadata: { name: db, namespace: calcom }\nstringData: { POSTGRES_PASSWORD: canary }\n";
    const files = { "k8s/db.yaml": text };
    for (const change of [
      { appRepositories: [{ ...appRepository, files }] },
      { apps: [{ ...kustomizations(["calcom"]), files }] },
    ]) {
      const { error, types } = await refused(change);
      assert(pulumi.RunError.isInstance(error));
      assert.match(
        error.message,
        /^k8s\/db\.yaml holds readable secrets .*: Secret calcom\/db: POSTGRES_PASSWORD\. /,
      );
      assert.doesNotMatch(error.message, /canary/);
      assert(!types.includes("handoff:git:GitCommit"));
    }
  });
});
