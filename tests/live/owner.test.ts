import { strict as assert } from "node:assert";
import type { Metadata } from "../../provider/kubernetes/live-object";
import { foreignOwner } from "../../provider/live/owner";

describe("whose an object is, by the managers of its fields", () => {
  const owners: readonly [string, Metadata, string | undefined][] = [
    [
      "Argo CD, tracked by a label",
      {
        labels: { "app.kubernetes.io/instance": "cal" },
        managedFields: [{ manager: "argocd-controller", fieldsV1: { "f:metadata": {}, "f:data": {} } }],
      },
      "Argo CD application cal",
    ],
    [
      "a controller that makes such objects",
      { managedFields: [{ manager: "replicator-controller", fieldsV1: { "f:data": {} } }] },
      "whoever applied it with replicator-controller",
    ],
    [
      "nobody, whose status and finalizers a controller keeps",
      {
        managedFields: [
          { manager: "lb-controller", fieldsV1: { "f:metadata": {} } },
          { manager: "x-controller-manager", subresource: "status", fieldsV1: { "f:status": {} } },
        ],
      },
      undefined,
    ],
    [
      "Flux, without labels, to which a controller adds fields",
      { managedFields: [{ manager: "flux" }, { manager: "x-controller", fieldsV1: { "f:spec": {} } }] },
      undefined,
    ],
  ];
  for (const [name, metadata, owner] of owners) {
    it(`of ${name}: ${owner ?? "ours or nobody's"}`, () => {
      assert.equal(foreignOwner({ metadata }, new Set()), owner);
    });
  }
});
