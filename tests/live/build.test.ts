import { strict as assert } from "node:assert";
import { execFileSync } from "node:child_process";
import { stringify } from "yaml";
import type { LiveObject } from "../../provider/kubernetes/live-object";
import { examine } from "../../provider/live/examine";
import { UNKNOWN } from "../../provider/plugin/handler";
import { FakeCluster } from "../flux/fake-cluster";
import { testContext } from "../git/remote";

type Texts = Readonly<Record<string, string>>;

const namespace: LiveObject = { apiVersion: "v1", kind: "Namespace", metadata: { name: "calcom" } };
const deployment = (replicas: number): string =>
  stringify({ apiVersion: "apps/v1", kind: "Deployment", metadata: { name: "web" }, spec: { replicas } });
const kustomization = (fields: object): string =>
  stringify({ apiVersion: "kustomize.config.k8s.io/v1beta1", kind: "Kustomization", ...fields });
const patch = (replicas: number) => ({
  patch: stringify([{ op: "replace", path: "/spec/replicas", value: replicas }]),
  target: { kind: "Deployment" },
});

/** A base with an overlay that gives it its namespace, a patch, and a ConfigMap. */
const folder = (replicas: number, more: object = {}): Texts => ({
  "base/kustomization.yaml": kustomization({ resources: ["web.yaml"] }),
  "base/web.yaml": deployment(1),
  "app/kustomization.yaml": kustomization({
    namespace: "calcom",
    resources: ["../base"],
    patches: [patch(replicas)],
    configMapGenerator: [{ name: "settings", literals: ["a=1"], options: { disableNameSuffixHash: true } }],
    ...more,
  }),
});

describe("what a kustomization makes of its files, as the cluster sees it", () => {
  let cluster: FakeCluster;
  const asked: LiveObject[] = [];
  before(function () {
    const kubectl = "kubectl";
    try {
      execFileSync(kubectl, ["kustomize", "--help"], { stdio: "ignore" });
    } catch {
      this.skip();
    }
  });
  beforeEach(async () => {
    asked.length = 0;
    cluster = await FakeCluster.start(namespace);
    cluster.refuse = (object) => {
      asked.push(object);
      return Number(object.spec?.replicas) < 0 ? [422, "spec.replicas: Invalid value"] : undefined;
    };
  });
  afterEach(() => {
    cluster.stop();
  });

  const told = async (before: Texts, after: Texts): Promise<string> => {
    const ctx = testContext();
    const paths = [...new Set([...Object.keys(before), ...Object.keys(after)])];
    const changed = paths
      .filter((path) => before[path] !== after[path])
      .map((path) => ({ path, before: before[path], after: after[path] }));
    const target = { kubeconfig: cluster.kubeconfig, kustomizations: [] };
    await examine(ctx, target, { changed, files: after }, true);
    return ctx.messages.filter((line) => !line.startsWith("asking the cluster")).join("\n");
  };

  it("is looked up and judged as it is built, generators and patches included", async () => {
    assert.equal(
      await told({}, folder(3)),
      "Flux would create: ConfigMap calcom/settings, Deployment calcom/web",
    );
    assert.deepEqual(
      asked.map(({ kind, metadata, spec }) => [kind, metadata?.namespace, spec?.replicas]).sort(),
      [
        ["ConfigMap", "calcom", undefined],
        ["Deployment", "calcom", 3],
      ],
    );
  });

  it("is refused with the object and its own file", async () => {
    await assert.rejects(told({}, folder(-1)), (error: Error) => {
      assert.match(
        error.message,
        /^Deployment calcom\/web \(base\/web\.yaml\): spec\.replicas: Invalid value$/m,
      );
      return true;
    });
  });

  it("belongs to others by the name that it gets", async () => {
    const labels = {
      "kustomize.toolkit.fluxcd.io/name": "theirs",
      "kustomize.toolkit.fluxcd.io/namespace": "a",
    };
    cluster.put({
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name: "settings", namespace: "calcom", labels },
    });
    await assert.rejects(told({}, folder(1)), /ConfigMap calcom\/settings: Kustomization a\/theirs/);
  });

  it("is told by what changes of it, whichever file does that", async () => {
    cluster.put({
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: { name: "web", namespace: "calcom" },
    });
    assert.equal(await told(folder(2), folder(3)), "Flux would change: Deployment calcom/web");
    const without = folder(2, { configMapGenerator: [] });
    assert.equal(await told(folder(2), without), "Flux would prune: ConfigMap calcom/settings");
    assert.equal(await told(folder(2), { ...folder(2), "base/web.yaml": deployment(9) }), "");
  });

  it("that can't be built is judged by its files, and said", async () => {
    const cases: readonly [Texts, RegExp][] = [
      [
        folder(1, { resources: ["../base", "gone.yaml"] }),
        /^judged by single files, since it can't be built here: app\/: .*gone\.yaml/,
      ],
      [
        folder(1, { resources: ["../base", "https://example.com/x?ref=main"] }),
        /app\/: it takes in what lies at another address/,
      ],
      [{ ...folder(1), "base/web.yaml": UNKNOWN }, /app\/: a text of it isn't known yet/],
    ];
    for (const [after, words] of cases) assert.match(await told(folder(5), after), words);
  });

  it("is built beside one that can't be", async () => {
    const broken = (replicas: number): Texts => ({
      "other/kustomization.yaml": kustomization({
        namespace: "calcom",
        resources: ["gone.yaml", "web.yaml"],
      }),
      "other/web.yaml": deployment(replicas),
    });
    const lines = (await told({ ...folder(1), ...broken(1) }, { ...folder(2), ...broken(2) })).split("\n");
    assert.match(lines[0] ?? "", /^judged by single files, since it can't be built here: other\/: /);
    assert.equal(lines.at(-1), "Flux would create: Deployment web, Deployment calcom/web");
  });

  it("isn't built where it changes nothing", async () => {
    const plain = {
      "app/kustomization.yaml": kustomization({ resources: ["web.yaml"] }),
      "app/web.yaml": deployment(1),
    };
    assert.equal(
      await told({}, plain),
      "not judged by the API server: Deployment web (its kind or namespace isn't there yet)\nFlux would create: Deployment web",
    );
  });
});
