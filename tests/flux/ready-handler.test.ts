import { strict as assert } from "node:assert";
import { fluxReadyHandler } from "../../provider/flux/ready-handler";
import { UNKNOWN, type Props } from "../../provider/plugin/handler";
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

  const changes: readonly [name: string, value: unknown, shown?: string][] = [
    ["sync", "another"],
    ["revisions", { ...inputs.revisions, calcom: "main@sha1:3" }, 'revisions["calcom"] update'],
    ["revisions", { ...inputs.revisions, calcom: UNKNOWN }],
    ["revisions", { "flux-system": "main@sha1:1" }, 'revisions["calcom"] delete'],
    ["kustomizations", [], "kustomizations[0] delete"],
    [
      "kustomizations",
      [{ ...inputs.kustomizations[0], dependsOn: [{ name: "ns" }] }],
      "kustomizations[0] update",
    ],
    [
      "kustomizations",
      [{ name: "ns", namespace: "flux-system" }, ...inputs.kustomizations],
      "kustomizations[0] add",
    ],
    ["helmReleases", [], "helmReleases[0] delete"],
    ["kubeconfig", "another"],
    ["kubeconfig", UNKNOWN],
    ["context", undefined],
    ["timeoutSeconds", 60],
  ];
  for (const [name, value, shown = `${name} update`] of changes) {
    it(`updates for ${name} ${JSON.stringify(value) || "left out"}, and shows nothing else`, async () => {
      const { changes, detailed = {} } = await diff({ [name]: value });
      assert.equal(changes, true);
      assert.deepEqual(
        Object.entries(detailed).map(([path, kind]) => `${path} ${kind}`),
        [shown],
      );
    });
  }

  it("says what waits to be merged, and touches no cluster", async () => {
    const ctx = testContext();
    const pending = ["https://git.example.com/calcom/1", "https://git.example.com/flux-config/7"];
    const { outputs } = await fluxReadyHandler.create(ctx, { ...inputs, pending });
    assert.deepEqual([outputs.ready, outputs.reconciled], [false, {}]);
    assert.deepEqual(ctx.messages, [
      "The files are proposed, and reach the cluster when they are merged:\n" +
        "  https://git.example.com/calcom/1\n" +
        "  https://git.example.com/flux-config/7\n" +
        "→ Merge them in this order, then run `pulumi up` again: it starts Flux's sync where there is none yet, and follows until the cluster runs the files.",
    ]);

    const reconciled = { "Kustomization flux-system/calcom": "main@sha1:1" };
    const olds = { inputs, outputs: { ready: true, reconciled } };
    const updated = await fluxReadyHandler.update(ctx, "flux-system", olds, { ...inputs, pending });
    assert.deepEqual([updated.outputs.ready, updated.outputs.reconciled], [false, reconciled]);
  });

  it("looks again at what waited, also when nothing changed", async () => {
    const waiting = { ...inputs, pending: ["https://git.example.com/calcom/1"] };
    const state = { inputs: waiting, outputs: { ready: false } };
    const { changes, detailed } = await fluxReadyHandler.diff(testContext(), "id", state, waiting);
    assert.deepEqual([changes, detailed], [true, { pending: "update" }]);
  });

  it("reads what it has while it waits for a pull request, without the cluster", async () => {
    const pending = ["https://git.example.com/calcom/1"];
    const state = { inputs: { ...inputs, pending }, outputs: { ready: false } };
    assert.deepEqual(await fluxReadyHandler.read(testContext(), "flux-system", state), {
      id: "flux-system",
      ...state,
    });
  });
});
