import { strict as assert } from "node:assert";
import { fluxReadyHandler } from "../../components/flux/ready-handler";
import { UNKNOWN, type Props } from "../../provider/handler";
import { testContext } from "../git/remote";

const inputs = {
  kubeconfig: "kubeconfig: text",
  context: "admin",
  sync: "sync",
  revisions: { "flux-system": "main@sha1:1", calcom: "main@sha1:2" },
  kustomizations: [{ name: "calcom", namespace: "flux-system", dependsOn: [] }],
  helmReleases: [{ name: "cert-manager", namespace: "cert-manager" }],
  timeoutSeconds: 900,
};

describe("handler of handoff:flux:FluxReady", () => {
  const diff = (changes: Props) =>
    fluxReadyHandler.diff(
      testContext(),
      "flux-system",
      { inputs, outputs: {} },
      { ...structuredClone(inputs), ...changes },
    );

  it("follows nothing while nothing was pushed", async () => {
    assert.deepEqual(await diff({}), { changes: false, detailed: {} });
    const { calcom, ...others } = inputs.revisions;
    assert.deepEqual(await diff({ revisions: { calcom, ...others } }), { changes: false, detailed: {} });
  });

  const changes: readonly [string, unknown][] = [
    ["sync", "another"],
    ["revisions", { ...inputs.revisions, calcom: "main@sha1:3" }],
    ["revisions", { ...inputs.revisions, calcom: UNKNOWN }],
    ["revisions", { "flux-system": "main@sha1:1" }],
    ["kustomizations", []],
    ["kustomizations", [{ ...inputs.kustomizations[0], dependsOn: [{ name: "ns" }] }]],
    ["helmReleases", []],
    ["kubeconfig", "another"],
    ["kubeconfig", UNKNOWN],
    ["context", undefined],
    ["timeoutSeconds", 60],
  ];
  for (const [name, value] of changes) {
    it(`updates for ${name} ${JSON.stringify(value) || "left out"}`, async () => {
      assert.deepEqual(await diff({ [name]: value }), { changes: true, detailed: { [name]: "update" } });
    });
  }

  it("reads what it has, without the cluster", async () => {
    const state = { inputs, outputs: { ready: true } };
    assert.deepEqual(await fluxReadyHandler.read(testContext(), "flux-system", state), {
      id: "flux-system",
      ...state,
    });
  });
});
