import { strict as assert } from "node:assert";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseAllDocuments } from "yaml";
import { InputError } from "../../manifests/files";
import { customize, installedComponents } from "../../manifests/flux/customize";
import { kustomizeConfig } from "../../manifests/flux/objects";
import { ensureEntry } from "../../provider/git/yaml/edits";
import { toYaml } from "../../manifests/yaml";
import { assertGolden } from "../golden";

/** Deployments and Services of Flux v2.9.4 with source-watcher; the CRDs and roles left out. */
const components = readFileSync(join(__dirname, "..", "fixtures", "gotk-components.yaml"), "utf8");
const options = {
  controllers: {
    "kustomize-controller": {
      concurrent: 20,
      requeueDependency: "5s",
      kubeApiQps: 500,
      kubeApiBurst: 1000,
      concurrentSsa: 8,
      customApplyStageKinds: [
        "source.toolkit.fluxcd.io/GitRepository",
        "source.extensions.fluxcd.io/ArtifactGenerator",
      ],
      featureGates: { CancelHealthCheckOnNewRevision: true, StrictPostBuildSubstitutions: false },
      gcPercent: 400,
      tmpInMemory: "512Mi",
      requests: { cpu: "500m" },
      limits: { cpu: "2", memory: "2Gi" },
    },
    "source-controller": { tmpInMemory: "1Gi" },
  },
} as const;

describe("customize", () => {
  const files = (more: object) => {
    const { files: texts, edits } = customize(components, { ...options, ...more });
    const initial = toYaml(kustomizeConfig(["gotk-components.yaml", "gotk-sync.yaml"]));
    const kustomization = edits.reduce((text, edit) => ensureEntry(text, edit).text, initial);
    return { ...texts, "kustomization.yaml": kustomization };
  };

  it("writes a patch a controller, and its entry in the kustomization.yaml", () => {
    assertGolden(join(__dirname, "golden", "tuned"), files({}));
  });

  it("writes a set of controllers a shard, and keeps the main ones off their objects", () => {
    assertGolden(join(__dirname, "golden", "sharded"), files({ shards: ["shard1"] }));
  });

  it("has nothing to say where nothing is asked for", () => {
    assert.deepEqual(customize(components, {}), { files: {}, edits: [], operations: {} });
    assert.deepEqual(customize(components, { controllers: { "helm-controller": {} } }), {
      files: {},
      edits: [],
      operations: {},
    });
  });

  it("gives what kustomize makes the wanted Deployments of", function () {
    const kubectl = process.env.KUBECTL ?? "kubectl";
    const folder = mkdtempSync(join(tmpdir(), "handoff-kustomize-"));
    try {
      const texts = { ...files({ shards: ["shard1"] }), "gotk-components.yaml": components };
      for (const [path, text] of Object.entries(texts)) writeFileSync(join(folder, path), text);
      writeFileSync(join(folder, "gotk-sync.yaml"), "");
      let built: string;
      try {
        built = execFileSync(kubectl, ["kustomize", folder], { encoding: "utf8" });
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
        this.skip(); // kubectl isn't on PATH: npm run sandbox -- npm test
      }
      const deployments = parseAllDocuments(built)
        .map((document) => document.toJS() as Deployment)
        .filter(({ kind }) => kind === "Deployment");
      const seen = Object.fromEntries(
        deployments.map(({ metadata, spec }) => {
          const { containers, volumes } = spec.template.spec;
          const { args, env, resources } = containers[0]!;
          const gogc = env.find(({ name }) => name === "GOGC")?.value;
          const memory = volumes.filter(({ emptyDir }) => emptyDir.medium === "Memory").length;
          return [metadata.name, { args: args.slice(4), gogc, limits: resources.limits, memory }];
        }),
      );
      const tuned = [
        "--concurrent=20",
        "--requeue-dependency=5s",
        "--kube-api-qps=500",
        "--kube-api-burst=1000",
        "--concurrent-ssa=8",
        "--custom-apply-stage-kinds=source.toolkit.fluxcd.io/GitRepository,source.extensions.fluxcd.io/ArtifactGenerator",
        "--feature-gates=CancelHealthCheckOnNewRevision=true,StrictPostBuildSubstitutions=false",
      ];
      assert.deepEqual(seen["kustomize-controller"], {
        args: [
          "--enable-leader-election",
          "--feature-gates=ExternalArtifact=true",
          "--watch-label-selector=!sharding.fluxcd.io/key",
          ...tuned,
        ],
        gogc: "400",
        limits: { cpu: "2", memory: "2Gi" },
        memory: 1,
      });
      assert.deepEqual(seen["kustomize-controller-shard1"], {
        args: [
          "--enable-leader-election",
          "--feature-gates=ExternalArtifact=true",
          "--watch-label-selector=sharding.fluxcd.io/key=shard1",
          ...tuned,
        ],
        gogc: "400",
        limits: { cpu: "2", memory: "2Gi" },
        memory: 1,
      });
      assert.deepEqual(Object.keys(seen).sort(), [
        "helm-controller",
        "helm-controller-shard1",
        "kustomize-controller",
        "kustomize-controller-shard1",
        "notification-controller",
        "source-controller",
        "source-controller-shard1",
        "source-watcher",
        "source-watcher-shard1",
      ]);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  const faults: readonly [string, Parameters<typeof customize>[1], RegExp][] = [
    [
      "a controller that isn't installed",
      { controllers: { "image-reflector-controller": { concurrent: 2 } } },
      /options for image-reflector-controller, which isn't installed; installed are .*source-watcher[\s\S]*→ Add it/,
    ],
    [
      "an option that the controller hasn't got",
      { controllers: { "notification-controller": { requeueDependency: "5s" } } },
      /notification-controller has no requeueDependency/,
    ],
    [
      "an option of kustomize-controller for another",
      { controllers: { "helm-controller": { concurrentSsa: 8 } } },
      /helm-controller has no concurrentSsa: only kustomize-controller applies objects/,
    ],
    [
      "something that is no kind",
      { controllers: { "kustomize-controller": { customApplyStageKinds: ["gitrepositories"] } } },
      /customApplyStageKinds: "gitrepositories" is no kind; write it as/,
    ],
    [
      "a feature that a controller hasn't got",
      { controllers: { "source-controller": { featureGates: { CancelHealthCheckOnNewRevision: true } } } },
      /source-controller has no CancelHealthCheckOnNewRevision, and would end at its start; it has CacheSecrets/,
    ],
    [
      "no reconciliation at a time",
      { controllers: { "kustomize-controller": { concurrent: 0 } } },
      /kustomize-controller\.concurrent: 0 is no whole number above 0/,
    ],
    [
      "a size in words",
      { controllers: { "kustomize-controller": { tmpInMemory: "1 GB" } } },
      /kustomize-controller\.tmpInMemory: "1 GB" is no quantity; write it as/,
    ],
    [
      "a duration in words",
      { controllers: { "kustomize-controller": { requeueDependency: "soon" } } },
      /requeueDependency: "soon" is no duration/,
    ],
    ["a shard twice", { shards: ["a", "a"] }, /more than one shard a/],
    ["a shard that can't be part of a name", { shards: ["A.b"] }, /shard's name A\.b must not hold a "\."/],
  ];
  for (const [name, wrong, message] of faults) {
    it(`refuses ${name}`, () => {
      assert.throws(
        () => customize(components, wrong),
        (error) => error instanceof InputError && message.test(error.message),
      );
    });
  }

  it("knows what is installed by the components' header", () => {
    assert.deepEqual(installedComponents(components), [
      "source-controller",
      "kustomize-controller",
      "helm-controller",
      "notification-controller",
      "source-watcher",
    ]);
  });
});

interface Deployment {
  readonly kind: string;
  readonly metadata: { readonly name: string };
  readonly spec: {
    readonly template: {
      readonly spec: {
        readonly containers: readonly {
          readonly args: readonly string[];
          readonly env: readonly { readonly name: string; readonly value?: string }[];
          readonly resources: { readonly limits: object };
        }[];
        readonly volumes: readonly { readonly emptyDir: { readonly medium?: string } }[];
      };
    };
  };
}
