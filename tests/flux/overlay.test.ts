import { strict as assert } from "node:assert";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseAllDocuments } from "yaml";
import { applyOverlay, type PlainObject } from "../../manifests/flux/overlay";
import { componentsToApply } from "../../provider/flux/components";
import { cachedFolder } from "../../tools/sandbox/obtain";
import { parts } from "../../tools/sandbox/parts";
import { testContext } from "../git/remote";

const components = readFileSync(join(__dirname, "..", "fixtures", "gotk-components.yaml"), "utf8");
const objectsIn = (text: string): PlainObject[] =>
  parseAllDocuments(text).map((document) => document.toJS() as PlainObject);
const objects = objectsIn(components);
const head =
  "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources:\n- gotk-components.yaml\n";

/** Customizations of a bootstrap as Flux's documents show them. */
const overlays: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  "a strategic merge of tolerations and resources, by target": {
    "kustomization.yaml": `${head}patches:
- target: { kind: Deployment, labelSelector: app.kubernetes.io/part-of=flux }
  patch: |
    apiVersion: apps/v1
    kind: Deployment
    metadata:
      name: all
    spec:
      template:
        metadata:
          annotations:
            cluster-autoscaler.kubernetes.io/safe-to-evict: "true"
        spec:
          tolerations:
          - { key: dedicated, operator: Exists }
          containers:
          - name: manager
            resources: { limits: { memory: 2Gi } }
`,
  },
  "JSON patches, inline and in a file": {
    "kustomization.yaml": `${head}patches:
- path: patch.yaml
  target: { kind: Deployment, name: "(kustomize-controller|helm-controller)" }
- target: { kind: Deployment, name: source-controller }
  patch: |
    - op: add
      path: /spec/template/spec/containers/0/args/-
      value: --concurrent=5
    - op: remove
      path: /metadata/labels/control-plane
`,
    "patch.yaml":
      "- op: replace\n  path: /spec/template/spec/containers/0/args/2\n  value: --log-level=debug\n",
  },
  "patches of objects by name, one deleted": {
    "kustomization.yaml": `${head}patchesStrategicMerge:
- account.yaml
- |-
  apiVersion: v1
  kind: Service
  metadata: { name: notification-controller, namespace: flux-system }
  $patch: delete
`,
    "account.yaml": `apiVersion: apps/v1
kind: Deployment
metadata:
  name: source-controller
  namespace: flux-system
  annotations: { a: b }
spec:
  replicas: 2
`,
  },
  "images, labels and annotations": {
    "kustomization.yaml": `${head}images:
- { name: ghcr.io/fluxcd/source-controller, newName: registry.example.com:5000/flux/source-controller }
- { name: ghcr.io/fluxcd/helm-controller, newTag: v9.9.9 }
labels:
- pairs: { team: platform }
commonAnnotations: { owner: us }
`,
  },
};

/** As kustomize prints them: only the data counts. */
const byId = (list: readonly PlainObject[]): Record<string, PlainObject> =>
  Object.fromEntries(list.map((object) => [`${object.kind ?? ""} ${object.metadata?.name ?? ""}`, object]));

describe("applyOverlay", () => {
  const kubectl = join(cachedFolder(parts, "kubectl"), "kubectl");
  for (const [name, files] of Object.entries(overlays)) {
    it(`gives what kustomize gives: ${name}`, function () {
      const { objects: ours, skipped } = applyOverlay(objects, files);
      assert.deepEqual(skipped, []);
      assert.notDeepEqual(ours, objects);
      const folder = mkdtempSync(join(tmpdir(), "handoff-test-"));
      try {
        for (const [path, text] of Object.entries({ ...files, "gotk-components.yaml": components }))
          writeFileSync(join(folder, path), text);
        const built = execFileSync(kubectl, ["kustomize", folder], { stdio: ["ignore", "pipe", "ignore"] });
        const theirs = byId(objectsIn(built.toString()));
        assert.deepEqual(byId(ours), theirs);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
        console.log("      not compared: there is no kubectl (npm start makes it)");
        this.skip();
      } finally {
        rmSync(folder, { recursive: true });
      }
    });
  }

  it("changes nothing without a kustomization.yaml", () => {
    assert.deepEqual(applyOverlay(objects, {}), { objects, skipped: [] });
  });

  it("names what it doesn't apply", () => {
    const kustomization = `${head}replacements: []\npatches:\n- path: missing.yaml\n- target: { kind: Service }\n  patch: |\n    - { op: move, path: /a, from: /b }\n`;
    const { skipped } = applyOverlay(objects, { "kustomization.yaml": kustomization });
    assert(skipped.includes("replacements"));
    assert(skipped.includes("missing.yaml: the file isn't in the folder"));
    assert(skipped.includes("a patch: there is no place for move /a"));
  });
});

describe("componentsToApply", () => {
  const path = process.env.PATH;
  afterEach(() => {
    process.env.PATH = path;
  });
  const overlay = overlays["JSON patches, inline and in a file"] ?? {};
  const flag = {
    op: "add" as const,
    path: "/spec/template/spec/containers/0/args/-",
    value: "--concurrent=20",
  };
  const args = async (bin: string) => {
    process.env.PATH = bin;
    const ctx = testContext();
    const operations = { "source-controller": [flag] };
    const built = await componentsToApply(ctx, { components, operations, overlay });
    const controller = byId(built)["Deployment source-controller"];
    const { template } = controller?.spec as {
      template: { spec: { containers: { args: string[] }[] } };
    };
    return { ids: Object.keys(byId(built)).sort(), args: template.spec.containers[0]?.args.slice(-2), ctx };
  };

  it("is the same with kubectl and without, the stack's own options last", async () => {
    const without = await args("/nowhere");
    assert.deepEqual(without.args, ["--concurrent=5", "--concurrent=20"]);
    assert.deepEqual(without.ctx.messages, []);
    const withKubectl = await args(cachedFolder(parts, "kubectl"));
    assert.deepEqual([withKubectl.ids, withKubectl.args], [without.ids, without.args]);
  });

  it("counts a patch of ours once that the repository has already, as it is now", async () => {
    const target = "target: { kind: Deployment, name: source-controller }";
    const former = JSON.stringify([{ ...flag, value: "--concurrent=10" }]);
    for (const bin of ["/nowhere", cachedFolder(parts, "kubectl")]) {
      process.env.PATH = bin;
      const built = await componentsToApply(testContext(), {
        components,
        operations: { "source-controller": [flag] },
        overlay: {
          "kustomization.yaml": `${head}patches:\n- path: patch-source-controller.yaml\n  ${target}\n`,
          "patch-source-controller.yaml": former,
        },
      });
      const flags = JSON.stringify(byId(built)["Deployment source-controller"]).match(/--concurrent=\d+/g);
      assert.deepEqual(flags, ["--concurrent=20"]);
    }
  });

  it("says what it couldn't apply, and who does", async () => {
    process.env.PATH = "/nowhere";
    const ctx = testContext();
    await componentsToApply(ctx, {
      components,
      overlay: { "kustomization.yaml": `${head}components: [../x]\n` },
    });
    assert.match(
      ctx.messages.join("\n"),
      /until Flux does so at its first sync:\n {2}components\n→ .*kubectl/,
    );
  });
});
