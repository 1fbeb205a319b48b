import { strict as assert } from "node:assert";
import { stringify } from "yaml";
import type { LiveObject } from "../../provider/kubernetes/live-object";
import { examine } from "../../provider/live/examine";
import { FakeCluster } from "../flux/fake-cluster";
import { testContext } from "../git/remote";

const NAME = "kustomizations.kustomize.toolkit.fluxcd.io";
const STATUS = `PATCH /apis/apiextensions.k8s.io/v1/customresourcedefinitions/${NAME}/status`;
const REFUSED =
  'status.storedVersions[0]: Invalid value: "v1beta2": missing from spec.versions; v1beta2 was previously a storage version, and must remain in spec.versions until a storage migration ensures no data remains persisted in v1beta2';

describe("a definition of Flux's that leaves out a version in which objects are stored", () => {
  let cluster: FakeCluster;
  afterEach(() => {
    cluster.stop();
  });

  const definition = (
    versions: Readonly<Record<string, boolean>>,
    group = "kustomize.toolkit.fluxcd.io",
  ): LiveObject => ({
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: `kustomizations.${group}` },
    spec: {
      group,
      names: { kind: "Kustomization" },
      versions: Object.entries(versions).map(([name, storage]) => ({ name, storage })),
    },
  });
  const stored = (object: LiveObject, ...storedVersions: string[]): LiveObject => ({
    ...object,
    status: { storedVersions },
  });
  const kustomization = (name: string, namespace: string): LiveObject => ({
    apiVersion: "kustomize.toolkit.fluxcd.io/v1",
    kind: "Kustomization",
    metadata: { name, namespace },
  });

  async function commit(
    before: LiveObject,
    after: LiveObject,
    foreseen: boolean,
  ): Promise<{ readonly messages: readonly string[]; readonly writes: readonly string[] }> {
    cluster = await FakeCluster.start(
      before,
      kustomization("apps", "flux-system"),
      kustomization("team", "team"),
    );
    cluster.refuse = ({ kind }) => (kind === "CustomResourceDefinition" ? [422, REFUSED] : undefined);
    const ctx = testContext();
    const text = stringify(after);
    const changed = [{ path: "gotk-components.yaml", before: stringify(before), after: text }];
    const target = { kubeconfig: cluster.kubeconfig, kustomizations: [] };
    await examine(ctx, target, { changed, files: { "gotk-components.yaml": text } }, foreseen);
    const [dryRun, ...writes] = cluster.requests.filter((one) => !one.startsWith("GET "));
    assert.equal(`${dryRun ?? ""}/status`, STATUS);
    return { messages: ctx.messages, writes };
  }
  const before = stored(definition({ v1beta2: false, v1: true }), "v1beta2", "v1");

  it("has them stored anew before the commit, and forgets the version", async () => {
    const { writes } = await commit(before, definition({ v1: true }), false);
    const folder = "PATCH /apis/kustomize.toolkit.fluxcd.io/v1/namespaces";
    assert.deepEqual(writes, [
      `${folder}/flux-system/kustomizations/apps`,
      `${folder}/team/kustomizations/team`,
      STATUS,
    ]);
  });

  it("is told in a preview, which changes nothing", async () => {
    const { messages, writes } = await commit(before, definition({ v1: true }), true);
    assert.deepEqual(writes, []);
    assert.match(
      messages.join("\n"),
      /before the commit, the cluster would store objects anew, as flux migrate does: Kustomization in kustomize\.toolkit\.fluxcd\.io\/v1, not v1beta2/,
    );
  });

  it("is refused where the version that is stored isn't served, and can't be listed", async () => {
    const unserved = definition({ v1beta2: false, v1: true });
    const { versions } = unserved.spec as { versions: Record<string, unknown>[] };
    for (const version of versions) version.served = version.name !== "v1";
    await assert.rejects(
      commit(stored(unserved, "v1beta2", "v1"), definition({ v1: true }), false),
      /must remain in spec\.versions/,
    );
    assert.ok(!cluster.requests.includes(STATUS));
  });

  it("is refused where the cluster stores in that version still, or it isn't Flux's", async () => {
    for (const [old, group] of [
      [{ v1beta2: true, v1: false }, undefined],
      [{ v1beta2: false, v1: true }, "example.com"],
    ] as const) {
      await assert.rejects(
        commit(stored(definition(old, group), "v1beta2"), definition({ v1: true }, group), false),
        /must remain in spec\.versions[^]*→ Objects are still stored in a version/,
      );
      assert.ok(!cluster.requests.includes(STATUS));
    }
  });
});
