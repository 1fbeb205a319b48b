import { strict as assert } from "node:assert";
import { type Condition, type FluxObject } from "../../provider/flux/follow/flux-object";
import type { ObjectProgress } from "../../provider/flux/follow/conditions";
import {
  OURS,
  SOURCE,
  APP,
  type Status,
  ready,
  failed,
  ourSource,
  kustomization,
  look,
  only,
} from "./progress";

describe("progressOf an ArtifactGenerator and what applies its artifacts", () => {
  const GENERATOR = "ArtifactGenerator flux-system/apps";
  // The sources and digest of source-watcher's own TestHashObservedSources.
  const two: readonly FluxObject[] = [
    {
      kind: "GitRepository",
      metadata: { name: "flux-system", namespace: "flux-system", generation: 1 },
      status: {
        observedGeneration: 1,
        conditions: [ready()],
        artifact: {
          digest: "sha256:1b1452058f747245f79b4d45d589ad5693c516987e678d13231ddfdf26979208",
          revision: "main@sha1:28deef923f4da39062d2902cb640011a36d52e19",
          url: "https://example.com/repo1.git",
        },
      },
    },
    {
      kind: "GitRepository",
      metadata: { name: "values", namespace: "infra", generation: 1 },
      status: {
        artifact: {
          digest: "sha256:966a0b26898be9448d927312d81f9221edac224e383f131a6451f22b918bd66d",
          revision: "main@sha1:4b94f17f5ceb13341bdfe15d4d9249bb0a3a011e",
          url: "https://example.com/repo2.git",
        },
      },
    },
  ];
  const HASH = "sha256:0dd16ff06ef2efe7bbc5b6a356eb9f3b59467d76617969eb7bb34e094abbd58e";
  const generator = (
    condition: Condition,
    observedSourcesDigest = HASH,
    annotations: Readonly<Record<string, string>> = {},
  ): FluxObject => ({
    kind: "ArtifactGenerator",
    metadata: { name: "apps", namespace: "flux-system", generation: 1, annotations },
    spec: {
      sources: [
        { alias: "source2", kind: "GitRepository", name: "values", namespace: "infra" },
        { alias: "source1", kind: "GitRepository", name: "flux-system" },
      ],
      artifacts: [{ name: "calcom" }],
    },
    status: { observedSourcesDigest, conditions: [condition] },
  });
  const artifact: FluxObject = {
    kind: "ExternalArtifact",
    metadata: { name: "calcom", namespace: "flux-system", generation: 1 },
    status: { artifact: { revision: "latest@sha256:1" } },
  };
  const app = (revision: string): FluxObject =>
    kustomization("calcom", revision, ready("Applied"), {
      sourceRef: { kind: "ExternalArtifact", name: "calcom" },
    });
  const pushed = "main@sha1:28deef923f4da39062d2902cb640011a36d52e19";
  const see = (...objects: readonly FluxObject[]) =>
    look(objects, { sources: { [SOURCE]: pushed }, generators: [GENERATOR], kustomizations: [APP] });

  const table: readonly [string, FluxObject, Omit<ObjectProgress, "key">][] = [
    ["cut what its sources have", generator(ready()), { status: "ready", message: "done" }],
    [
      "cut an older revision",
      generator(ready(), "sha256:0"),
      { status: "progressing", message: "cuts the new revision into artifacts" },
    ],
    [
      "works",
      generator(ready("Reconciliation in progress", { status: "Unknown", reason: "Progressing" })),
      { status: "progressing", message: "Progressing: Reconciliation in progress" },
    ],
    [
      "is ready at an older generation",
      generator(ready("done", { observedGeneration: 0 })),
      { status: "progressing", message: "waits for its controller" },
    ],
    [
      "fails",
      generator(failed("BuildFailed", "calcom build failed: no such directory"), "sha256:0"),
      { status: "failing", message: "BuildFailed: calcom build failed: no such directory" },
    ],
    [
      "is disabled",
      generator(ready(), HASH, { "source.extensions.fluxcd.io/reconcile": "disabled" }),
      {
        status: "stopped",
        message:
          "is disabled, so Flux doesn't look at it. Remove its annotation source.extensions.fluxcd.io/reconcile",
      },
    ],
  ];
  for (const [name, object, expected] of table) {
    it(`that ${name}: ${expected.status}`, () => {
      assert.deepEqual(only(see(...two, object), GENERATOR), { key: GENERATOR, ...expected });
    });
  }

  it("waits for the source that was pushed to", () => {
    assert.deepEqual(only(look([...two, generator(ready())], { generators: [GENERATOR] }), GENERATOR), {
      key: GENERATOR,
      status: "progressing",
      message: `waits for ${SOURCE}`,
      waitsFor: [SOURCE],
    });
  });

  it("a Kustomization is ready with the artifact's revision, which needn't be new", () => {
    const [ahead, behind] = [app("latest@sha256:1"), app("latest@sha256:0")];
    assert.deepEqual(only(see(...two, generator(ready()), artifact, ahead), APP), {
      key: APP,
      status: "ready",
      message: "Applied",
      revision: "latest@sha256:1",
    });
    assert.equal(
      only(see(...two, generator(ready()), artifact, behind), APP).message,
      "has latest@sha256:0, not yet latest@sha256:1",
    );
  });

  it("a Kustomization waits for the generator, also while its artifact isn't there", () => {
    const failing = kustomization("calcom", undefined, failed("ArtifactFailed", "not found"), {
      sourceRef: { kind: "ExternalArtifact", name: "calcom" },
    });
    for (const objects of [[artifact, app("latest@sha256:1")], [failing]]) {
      const { status, message } = only(see(...two, generator(ready(), "sha256:0"), ...objects), APP);
      assert.deepEqual({ status, message }, { status: "progressing", message: `waits for ${GENERATOR}` });
    }
  });

  it("a Kustomization waits for the artifact that the generator says it has made", () => {
    const made = generator(ready());
    const status = {
      ...made.status,
      inventory: [{ name: "calcom", digest: "sha256:2" }],
    } as unknown as Status;
    const { status: seen, message } = only(
      see(...two, { ...made, status }, artifact, app("latest@sha256:1")),
      APP,
    );
    assert.deepEqual([seen, message], ["progressing", "waits for ExternalArtifact flux-system/calcom"]);
  });

  it("waits for the generator whose artifact it cuts further, in whatever order they are named", () => {
    const PART = "ArtifactGenerator flux-system/calcom";
    const part: FluxObject = {
      ...generator(ready()),
      metadata: { name: "calcom", namespace: "flux-system", generation: 1 },
      spec: {
        sources: [{ alias: "repository", kind: "ExternalArtifact", name: "calcom" }],
        artifacts: [{ name: "calcom-web" }],
      },
    };
    for (const generators of [
      [GENERATOR, PART],
      [PART, GENERATOR],
    ]) {
      const objects = [...two, generator(ready(), "sha256:0"), part, artifact];
      const seen = only(look(objects, { sources: { [SOURCE]: pushed }, generators }), PART);
      assert.deepEqual([seen.status, seen.waitsFor], ["progressing", [GENERATOR]]);
    }
  });

  it("a Kustomization whose source isn't in the cluster waits while the root applies", () => {
    const ROOT = "Kustomization flux-system/flux-system";
    const failing = kustomization("calcom", undefined, failed("ArtifactFailed", "not found"), {
      sourceRef: { kind: "ExternalArtifact", name: "calcom" },
    });
    const told = (root: Condition) => {
      const objects = [ourSource, kustomization("flux-system", OURS, root), failing];
      const { status, waitsFor } = only(look(objects, { kustomizations: [ROOT, APP] }), APP);
      return [status, waitsFor];
    };
    assert.deepEqual(told(ready("", { status: "Unknown" })), ["progressing", [ROOT]]);
    assert.deepEqual(told(ready()), ["failing", undefined]);
  });

  it("a Kustomization that failed before its artifact was there waits for its controller", () => {
    const told = (text: string) => {
      const object = kustomization("calcom", undefined, failed("ArtifactFailed", text), {
        sourceRef: { kind: "ExternalArtifact", name: "calcom" },
      });
      const { status, message } = only(see(...two, generator(ready()), artifact, object), APP);
      return { status, message };
    };
    const waits = { status: "progressing", message: "waits for its controller" };
    assert.deepEqual(told('ExternalArtifact.source.toolkit.fluxcd.io "calcom" not found'), waits);
    assert.deepEqual(told("Source artifact not found, retrying in 30s"), waits);
    assert.equal(told("failed to download archive: HTTP 500").status, "failing");
  });
});
