import { strict as assert } from "node:assert";
import { execFileSync } from "node:child_process";
import { stringify } from "yaml";
import { appliedFolders, type AppliedAs, type AppliedFolders } from "../../manifests/flux/applied-as";
import type { LiveObject } from "../../provider/kubernetes/live-object";
import { examine } from "../../provider/live/examine";
import { FakeCluster } from "../flux/fake-cluster";
import { testContext } from "../git/remote";

type Texts = Readonly<Record<string, string>>;

const namespaces = ["calcom", "other"].map((name): LiveObject => ({
  apiVersion: "v1",
  kind: "Namespace",
  metadata: { name },
}));
const config = (name: string, data: object, metadata: object = {}): LiveObject => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name, namespace: "calcom", ...metadata },
  ...{ data },
});
const applied = (as: AppliedAs, ...folders: string[]): readonly AppliedFolders[] => [
  { folders: folders.length === 0 ? ["app"] : folders, namespace: "flux-system", as },
];

describe("what a Kustomization makes of its folder, as the cluster sees it", () => {
  let cluster: FakeCluster;
  const asked: LiveObject[] = [];
  beforeEach(async () => {
    asked.length = 0;
    cluster = await FakeCluster.start(
      ...namespaces,
      config("vars", { HOST: "cal.example.com", N: "3", SHADOWED: "a" }, { namespace: "flux-system" }),
    );
    cluster.refuse = (object) => {
      asked.push(object);
      return undefined;
    };
  });
  afterEach(() => {
    cluster.stop();
  });

  const told = async (
    after: Texts,
    to: readonly AppliedFolders[],
    before: Texts = {},
    former: readonly AppliedFolders[] = to,
  ): Promise<string[]> => {
    const ctx = testContext();
    const paths = [...new Set([...Object.keys(before), ...Object.keys(after)])];
    const changed = paths
      .filter((path) => before[path] !== after[path])
      .map((path) => ({ path, before: before[path], after: after[path] }));
    const target = { kubeconfig: cluster.kubeconfig, kustomizations: [], applied: to };
    await examine(ctx, target, { changed, files: after }, true, former);
    return ctx.messages.filter((line) => !line.startsWith("asking the cluster"));
  };
  const data = (): unknown => (asked[0] as { readonly data?: unknown } | undefined)?.data;
  const from = (name: string, kind: "ConfigMap" | "Secret" = "ConfigMap", optional = false) => ({
    ...{ kind, name },
    ...(optional && { optional }),
  });

  describe("by variables", () => {
    const file = (text: object): Texts => ({ "app/c.yaml": stringify(config("${NAME:=settings}", text)) });
    const known: Readonly<Record<string, [AppliedAs["postBuild"], object, object]>> = {
      "of its own": [{ substitute: { A: "1" } }, { a: "x${A}" }, { a: "x1" }],
      "of a ConfigMap in the cluster, with their types": [
        { substituteFrom: [from("vars")] },
        { host: "${HOST}", n: "${N}" },
        { host: "cal.example.com", n: 3 },
      ],
      "of its own before those of a ConfigMap": [
        { substitute: { HOST: "h" }, substituteFrom: [from("vars")] },
        { host: "${HOST}" },
        { host: "h" },
      ],
      "with defaults, and none where it is escaped": [
        { substitute: { A: "" } },
        { a: "${A:-d}", b: "${B:=e}", c: "$${C}", d: "${D=}" },
        { a: "d", b: "e", c: "${C}", d: null },
      ],
      "of its own though a Secret gives others": [
        { substitute: { A: "1" }, substituteFrom: [from("keys", "Secret")] },
        { a: "${A}", name: "${NAME:=x}" },
        {},
      ],
      "of nothing, where an optional ConfigMap isn't there": [
        { substitute: { A: "1" }, substituteFrom: [from("none", "ConfigMap", true)] },
        { a: "${A}" },
        { a: 1 },
      ],
    };
    for (const [name, [postBuild, text, expected]] of Object.entries(known)) {
      it(name, async () => {
        const lines = await told(file(text), applied({ postBuild }));
        if (Object.keys(expected).length > 0) {
          assert.deepEqual(data(), expected);
          assert.deepEqual(lines, ["Flux would create: ConfigMap calcom/settings"]);
        } else {
          assert.deepEqual(asked, [], "its name may be another one");
          assert.match(lines[0] ?? "", /may come from Secret flux-system\/keys, which isn't read here/);
        }
      });
    }

    const unknown: Readonly<Record<string, [AppliedAs["postBuild"], string, string]>> = {
      "of a Secret": [
        { substituteFrom: [from("vars"), from("keys", "Secret")] },
        "${HOST}",
        "${HOST} may come from Secret flux-system/keys, which isn't read here",
      ],
      "of a ConfigMap that isn't there": [
        { substituteFrom: [from("none")] },
        "${HOST}",
        "${HOST} may come from ConfigMap flux-system/none, which isn't in the cluster yet",
      ],
      "in an expression": [{ substitute: { A: "1" } }, "${A^^}", "${A^^} isn't worked out here"],
    };
    for (const [name, [postBuild, text, why]] of Object.entries(unknown)) {
      it(`${name}: said by the object's name, and why`, async () => {
        const files = { "app/c.yaml": stringify(config("settings", { text })) };
        assert.deepEqual(await told(files, applied({ postBuild })), [
          `not judged by the API server: ConfigMap calcom/settings (${why})`,
          "Flux would create: ConfigMap calcom/settings",
        ]);
        assert.deepEqual(asked, []);
      });
    }

    it("without the ends of lines, as Flux fills them in", async () => {
      const files = { "app/c.yaml": stringify(config("settings", { a: "${A}" })) };
      await told(files, applied({ postBuild: { substitute: { A: "1\n2\n" } } }));
      assert.deepEqual(data(), { a: 12 });
      const vars = stringify(config("vars", { A: 3 }, { namespace: "flux-system" }));
      asked.length = 0;
      await told(
        { ...files, "cluster.yaml": vars },
        applied({ postBuild: { substituteFrom: [from("vars")] } }),
        { "cluster.yaml": vars },
      );
      assert.deepEqual(data(), { a: 3 });
    });

    it("of a ConfigMap that is handed off along, rather than of the one that is there", async () => {
      const files = {
        "cluster.yaml": stringify(config("vars", { HOST: "new" }, { namespace: "flux-system" })),
        "app/c.yaml": stringify(config("settings", { host: "${HOST}" })),
      };
      await told(files, applied({ postBuild: { substituteFrom: [from("vars")] } }));
      assert.deepEqual(
        asked.map((object) => (object as { data?: { host?: string } }).data?.host).filter((it) => it),
        ["new"],
      );
    });

    it("not where the object says so, nor where no Kustomization fills in anything", async () => {
      const labels = { "kustomize.toolkit.fluxcd.io/substitute": "disabled" };
      const text = { sh: "echo ${HOME}" };
      const files = { "app/c.yaml": stringify(config("settings", text, { labels })) };
      await told(files, applied({ postBuild: { substitute: { HOME: "no" } } }));
      assert.deepEqual(data(), text);
      asked.length = 0;
      await told({ "app/c.yaml": stringify(config("settings", text)) }, applied({ commonMetadata: {} }));
      assert.deepEqual(data(), text);
    });

    it("that change alone change the objects", async () => {
      const files = { "app/c.yaml": stringify(config("settings", { a: "${A}" })), "app/k.txt": "1" };
      cluster.put(config("settings", { a: "1" }));
      const by = (A: string) => applied({ postBuild: { substitute: { A } } });
      const before = { ...files, "app/k.txt": "0" };
      assert.deepEqual(await told(files, by("x"), before, by("x")), []);
      assert.deepEqual(await told(files, by("y"), before, by("x")), [
        "Flux would change: ConfigMap calcom/settings",
      ]);
    });
  });

  it("by labels that all its objects get", async () => {
    const files = { "app/c.yaml": stringify(config("settings", {}, { labels: { own: "1" } })) };
    await told(files, applied({ commonMetadata: { labels: { team: "a" }, annotations: { note: "b" } } }));
    assert.deepEqual(
      [asked[0]?.metadata?.labels, asked[0]?.metadata?.annotations],
      [{ own: "1", team: "a" }, { note: "b" }],
    );
  });

  it("in another cluster, of which this one says nothing", async () => {
    cluster.put(config("settings", {}, { labels: { "kustomize.toolkit.fluxcd.io/name": "theirs" } }));
    const files = { "app/c.yaml": stringify(config("settings", {})) };
    const lines = await told(files, applied({ kubeConfig: { secretRef: { name: "remote" } } }));
    assert.match(
      lines[0] ?? "",
      /^not judged by the API server: ConfigMap calcom\/settings \(its Kustomization applies it to another cluster/,
    );
    assert.deepEqual(asked, []);
  });

  describe("when it is built", () => {
    const files: Texts = {
      "app/c.yaml": stringify(config("settings", { a: "1" })),
      "common/kustomization.yaml":
        'apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\nlabels:\n- pairs: {common: "1"}\n',
    };
    const patches = [
      { patch: stringify([{ op: "add", path: "/data/b", value: "2" }]), target: { kind: "ConfigMap" } },
    ];
    const fields: Readonly<Record<string, [AppliedAs, (object: LiveObject) => unknown, unknown]>> = {
      targetNamespace: [{ targetNamespace: "other" }, ({ metadata }) => metadata?.namespace, "other"],
      "namePrefix and nameSuffix": [
        { namePrefix: "a-", nameSuffix: "-b" },
        ({ metadata }) => metadata?.name,
        "a-settings-b",
      ],
      patches: [{ patches }, (object) => (object as { data?: unknown }).data, { a: "1", b: "2" }],
      components: [{ components: ["../common"] }, ({ metadata }) => metadata?.labels, { common: "1" }],
      "all of it with variables": [
        { targetNamespace: "other", postBuild: { substitute: { A: "1" } } },
        ({ metadata }) => metadata?.namespace,
        "other",
      ],
    };
    let path: string | undefined;
    before(function () {
      path = process.env.PATH;
      const kubectl = "kubectl";
      try {
        execFileSync(kubectl, ["kustomize", "--help"], { stdio: "ignore" });
      } catch {
        this.skip();
      }
    });
    afterEach(() => {
      process.env.PATH = path;
    });
    for (const [name, [as, look, expected]] of Object.entries(fields)) {
      for (const listed of [false, true]) {
        it(`with ${name}, the folder ${listed ? "with" : "without"} a kustomization.yaml`, async () => {
          const list = { "app/kustomization.yaml": "resources:\n- c.yaml\n" };
          await told({ ...files, ...(listed && list) }, applied(as));
          assert.deepEqual(asked.map(look), [expected]);
        });
      }
    }

    it("and can't be, it is said, and nobody is asked about another object", async () => {
      process.env.PATH = "";
      const labels = {
        "kustomize.toolkit.fluxcd.io/name": "theirs",
        "kustomize.toolkit.fluxcd.io/namespace": "x",
      };
      cluster.put(config("settings", {}, { labels }));
      const lines = await told(files, applied({ targetNamespace: "other" }));
      assert.match(
        lines[0] ?? "",
        /^judged by single files, since it can't be built here: app\/: `kubectl` isn't on the PATH/,
      );
      assert.match(
        lines[1] ?? "",
        /^not judged by the API server: ConfigMap calcom\/settings \(its folder isn't built here/,
      );
      assert.deepEqual(asked, []);
    });
  });
});

describe("the folders that Kustomizations apply otherwise than they are", () => {
  const one = (name: string, more: object) => ({ name, path: `./k8s/${name}/`, ...more });
  const postBuild = { substitute: { A: "1" } };
  it("are told by source, and those that are alike together", () => {
    const app = { sourceRef: { kind: "GitRepository" as const, name: "calcom-app" } };
    const all = [
      one("a", { postBuild }),
      one("b", {}),
      one("c", { postBuild }),
      one("d", { postBuild, ...app }),
    ];
    assert.deepEqual(appliedFolders(all, ["flux-system"]), [
      { folders: ["k8s/a", "k8s/c"], namespace: "flux-system", as: { postBuild } },
    ]);
    assert.deepEqual(appliedFolders(all, ["calcom-app"]), [
      { folders: ["k8s/d"], namespace: "flux-system", as: { postBuild } },
    ]);
  });
});
