import { strict as assert } from "node:assert";
import type { App } from "../../manifests/app";
import { gitRepository, helmRepository, kustomizeConfig } from "../../manifests/flux/objects";
import { bundle } from "../../manifests/layouts/bundle";
import { fanOut } from "../../manifests/layouts/fan-out";
import type { Layout } from "../../manifests/layouts/layout";
import { perApp } from "../../manifests/layouts/per-app";
import { waves } from "../../manifests/layouts/waves";
import { toYaml } from "../../manifests/yaml";
import { clustersIn, otherInstallers } from "../../tools/import/clusters";
import { reachable } from "../../tools/import/reachable";
import { recognize, type Recognized } from "../../tools/import/recognize";
import { readRepository, type Repository } from "../../tools/import/repository";
import { report } from "../../tools/import/text";
import { bootstrap, clone, COMPONENTS, over, removeClones, type Texts, written } from "./repositories";

const PATH = "clusters/prod";

const APPS: readonly App[] = [
  { name: "base", kustomizations: [over("base", { interval: "1h", wait: true, timeout: "5m" })] },
  {
    name: "shop",
    objects: {
      "source.yaml": gitRepository({
        name: "shop",
        url: "https://git.example.com/acme/shop",
        ref: { branch: "main" },
        secretName: "shop-auth",
      }),
    },
    kustomizations: [
      over("shop", {
        dependsOn: [{ name: "base" }],
        sourceRef: { kind: "GitRepository", name: "shop" },
        targetNamespace: "shop",
        prune: false,
        sopsSecretName: "sops-age",
        patches: [{ patch: "- op: remove\n  path: /spec/replicas\n", target: { kind: "Deployment" } }],
      }),
    ],
  },
];
const WITHOUT_OBJECTS = APPS.map(({ objects: _, ...app }) => app);
const CHARTS: readonly App[] = [
  {
    name: "metrics",
    objects: { "source.yaml": helmRepository({ name: "charts", url: "https://charts.example.com" }) },
    kustomizations: [over("metrics")],
  },
  ...WITHOUT_OBJECTS,
];

/** Documents of one file, as Flux's own sync is: what they take their files from, and two of them. */
const together = (file: string, objects: string): App => ({
  name: "together",
  objects: { [objects]: helmRepository({ name: "two", url: "https://charts.example.com" }) },
  kustomizations: [over("one", { file }), over("two", { file, dependsOn: [{ name: "one" }] })],
});
const PARKED: App = { name: "resting", kustomizations: [over("resting")], parked: true };

interface Case {
  readonly layout: Recognized["candidate"]["layout"];
  readonly place: Layout;
  readonly apps: readonly App[];
  readonly files?: Texts;
}

const CASES: readonly Case[] = [
  {
    layout: "perApp",
    place: perApp({ clusterPath: PATH }),
    apps: [...APPS, together("all.yaml", "all.yaml"), PARKED],
  },
  {
    layout: "waves",
    place: waves({
      clusterPath: PATH,
      cluster: { name: "prod", domain: "example.com" },
      together: [["base", "shop"]],
    }),
    apps: [...WITHOUT_OBJECTS, PARKED],
    files: {
      ...bootstrap(PATH),
      [`${PATH}/apps/resting/kustomization.yaml`]: toYaml(kustomizeConfig(["../../../../flux-apps/resting"])),
      [`${PATH}/apps/notes/README.md`]: "No app.\n",
    },
  },
  { layout: "bundle", place: bundle({ clusterPath: PATH, appsPath: "services" }), apps: [...CHARTS, PARKED] },
  {
    layout: "fanOut",
    place: fanOut({ clusterPath: PATH }),
    apps: [...WITHOUT_OBJECTS, together("together-sync.yaml", "sync.yaml"), PARKED],
    files: bootstrap(PATH, PATH),
  },
];

describe("a repository that is imported", function () {
  after(removeClones);

  async function read(files: Texts) {
    const repository = await readRepository(clone(files));
    const [cluster] = clustersIn(repository);
    assert(cluster !== undefined);
    return { repository, cluster, recognized: recognize(repository, cluster) };
  }

  for (const { layout, place, apps, files = bootstrap(PATH) } of CASES) {
    it(`is read back as the layout ${layout}, with all that its apps say`, async () => {
      const { cluster, recognized } = await read(written(files, place, apps));
      assert.deepEqual(cluster.faults, []);
      assert.deepEqual(
        [cluster.path, cluster.install?.version, cluster.sync?.branch],
        [PATH, "v2.9.4", "live"],
      );
      assert.equal(recognized?.candidate.layout, layout);
      assert.deepEqual(
        recognized.apps.map(({ name, parked }) => [name, parked]),
        apps.map(({ name, parked }) => [name, parked]),
      );
      assert.deepEqual([...recognized.left], []);
      assert.deepEqual(
        written(files, recognized.candidate.place, recognized.apps),
        written(files, place, apps),
      );
    });
  }

  it("leaves what is written otherwise to its file, with the difference, and what waits for it", async () => {
    const files = written(bootstrap(PATH), perApp({ clusterPath: PATH }), APPS);
    const path = `${PATH}/base/00-kustomization-base.yaml`;
    const { recognized } = await read({ ...files, [path]: `# ours since 2021\n${files[path] ?? ""}` });
    assert.deepEqual(recognized?.apps, []);
    assert.match(recognized.left.get("base") ?? "", /^-# ours since 2021$/m);
    assert.equal(recognized.left.get("shop"), "it waits for flux-system/base, which isn't taken over");
  });

  it("keeps apart one that a builder refuses, and a Secret out of the program", async () => {
    const secret = {
      apiVersion: "v1",
      kind: "Secret",
      metadata: { name: "s" },
      stringData: { key: "canary-1" },
    };
    const more: readonly App[] = [
      ...APPS,
      { name: "odd", kustomizations: [over("odd")] },
      { name: "secret", objects: { "secret.yaml": secret }, kustomizations: [over("of-secret")] },
    ];
    const files = written(bootstrap(PATH), perApp({ clusterPath: PATH }), more);
    const odd = `${PATH}/odd/00-kustomization-odd.yaml`;
    const { recognized } = await read({
      ...files,
      [odd]: (files[odd] ?? "").replace("name: odd", "name: Not_A_Name"),
    });
    assert.deepEqual(
      recognized?.apps.map(({ name }) => name),
      ["base", "shop"],
    );
    assert.match(recognized.left.get("odd") ?? "", /Not_A_Name/);
    assert.match(recognized.left.get("secret") ?? "", /^it has a Secret/);
    assert.doesNotMatch(JSON.stringify([...recognized.left]), /canary/);
  });

  it("is told in the order in which Flux starts it, also where no layout of ours has made it", async () => {
    const one = (name: string, more = ""): string =>
      `apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata:\n  name: ${name}\n  namespace: flux-system\nspec:\n  interval: 10m\n  path: ./${name}\n  prune: true\n  sourceRef:\n    kind: GitRepository\n    name: flux-system\n${more}`;
    const { repository, cluster, recognized } = await read({
      ...bootstrap(PATH),
      [`${PATH}/all.yaml`]: `${one("apps", "  dependsOn:\n    - name: infra\n")}---\n${one("infra")}`,
      "apps/kustomization.yaml": "namespace: shop\nresources: [sync.yaml]\n",
      "apps/sync.yaml": one("nested").replace("  namespace: flux-system\n", ""),
      "infra/broken.yaml": "a: [\n",
    });
    assert.equal(recognized, undefined);
    const text = report(repository, cluster, reachable(repository, cluster), recognized);
    const lines = text.split("\n").filter((line) => line.startsWith("  – "));
    assert.deepEqual(lines, [
      `  – infra (${PATH}/all.yaml)`,
      "  – shop/nested (apps/sync.yaml)",
      `  – apps after infra (${PATH}/all.yaml)`,
    ]);
    assert.match(text, /What Flux couldn't build as it is:\n {2}infra\/broken\.yaml/);
  });

  describe("by a Flux that can't be led", () => {
    const faultsOf = async (name: string, change: (text: string) => string): Promise<readonly string[]> => {
      const files = bootstrap(PATH);
      const path = `${PATH}/flux-system/gotk-${name}.yaml`;
      return (await read({ ...files, [path]: change(files[path] ?? "") })).cluster.faults;
    };
    const cases: readonly (readonly [string, string, (text: string) => string, RegExp])[] = [
      ["a tag", "sync", (text) => text.replace("branch: live", "tag: v1"), /it follows tag v1/],
      [
        "another namespace",
        "sync",
        (text) => text.replaceAll("namespace: flux-system", "namespace: gitops"),
        /gitops\/flux-system/,
      ],
      [
        "a bucket",
        "sync",
        (text) => text.replaceAll("GitRepository", "Bucket"),
        /has Bucket and Kustomization/,
      ],
      [
        "an old release",
        "components",
        (text) => text.replace("# Flux Version: v2.9.4", "# Flux Version: v0.41.2"),
        /Flux is v0\.41\.2/,
      ],
      [
        "another hand",
        "components",
        (text) => text.replace(/^# Flux Version.*\n/m, ""),
        /has no header of `flux`/,
      ],
    ];
    for (const [name, file, change, says] of cases) {
      it(`says so of ${name}`, async () => {
        const faults = await faultsOf(file, change);
        assert.equal(faults.length, 1, faults.join("\n"));
        assert.match(faults[0] ?? "", says);
      });
    }

    it("is told by the objects of an operator or a chart", async () => {
      const release =
        "apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nspec:\n  chart:\n    spec:\n      chart: flux2\n";
      const instance = "apiVersion: fluxcd.controlplane.io/v1\nkind: FluxInstance\nmetadata:\n  name: flux\n";
      const repository = await readRepository(
        clone({ "a.yaml": release, "b.yaml": instance, "c.yaml": "kind: x\n" }),
      );
      assert.deepEqual([...otherInstallers(repository).keys()], ["a.yaml", "b.yaml"]);
    });
  });

  it("is read at the commit, with the address as the settings have it, and stays as it is", async () => {
    const folder = clone({ ...bootstrap(PATH), "binary.yaml": "\0" });
    const repository: Repository = await readRepository(folder);
    assert.deepEqual(
      [repository.url, repository.branch],
      ["ssh://git@git.example.com/acme/flux.git", "live"],
    );
    assert.equal(repository.text(`${PATH}/flux-system/gotk-components.yaml`), COMPONENTS);
    assert.equal(repository.text("nothing.yaml"), undefined);
    await assert.rejects(readRepository("ext::sh -c true"), /no folder, and as an address/);
    await assert.rejects(readRepository(folder, "--output=x"), /--branch: found/);
  });
});
