import { strict as assert } from "node:assert";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { storeBlob } from "../../cache/blobs";
import { FluxBootstrap } from "../../components/flux/bootstrap";
import { FluxHandoff } from "../../components/flux/handoff";
import type { FluxHandoffArgs, HandoffApp } from "../../components/flux/handoff-args";
import { kustomizeConfig } from "../../manifests/flux/objects";
import { syncManifest } from "../../manifests/flux/sync-manifest";
import { toYaml } from "../../manifests/yaml";
import { byName, failure, run, tree, valueOf } from "../mocks";

const url = "https://git.example.com/your-org/flux-config.git";
const cluster = { url, branch: "main", path: "clusters/my-cluster" };
const auth = { basic: { username: "flux", password: "canary-flux" } };
const author = { name: "Handoff", email: "handoff@example.com" };
/** An entry in the cluster's own kustomization.yaml. */
const entry = (folder: string): HandoffApp["edits"] => ({
  "clusters/my-cluster/kustomization.yaml": [
    { list: ["resources"], entry: folder, initial: toYaml(kustomizeConfig([])) },
  ],
});
const apps: readonly HandoffApp[] = [
  {
    files: { "clusters/my-cluster/ns/ns.yaml": "ns\n" },
    kustomizations: [{ name: "calcom-ns", path: "./ns" }],
    edits: entry("./ns"),
  },
  {
    files: { "clusters/my-cluster/calcom/app.yaml": "app\n" },
    kustomizations: [{ name: "calcom-app", path: "./app", dependsOn: [{ name: "calcom-ns" }] }],
    edits: entry("./calcom"),
  },
];
/** The cluster, as the commits look at it. */
const reached = {
  kubeconfig: { secret: "kubeconfig: text" },
  context: "admin",
  kustomizations: ["flux-system/flux-system", "flux-system/calcom-ns", "flux-system/calcom-app"],
};
const appRepository = {
  source: "calcom",
  url: "https://git.example.com/your-org/calcom.git",
  branch: "prod",
  auth: { bearer: { token: "canary-app" } },
  files: { "k8s/prod/app.yaml": "app\n" },
};
const answers = {
  outputs: {
    "handoff:git:GitCommit": (_: unknown, name: string) => ({ revision: `main@sha1:${name}` }),
    "handoff:flux:FluxReady": () => ({ ready: true, reconciled: { "Kustomization a/b": "main@sha1:x" } }),
  },
};

type Change = Partial<FluxHandoffArgs>;

function program(change: Change | ((bootstrap: FluxBootstrap) => Change)): FluxHandoff {
  const bootstrap = new FluxBootstrap("flux", {
    ...cluster,
    auth,
    kubeconfig: "kubeconfig: text",
    context: "admin",
    version: "v9.9.9",
    components: "digest",
  });
  const more = typeof change === "function" ? change(bootstrap) : change;
  return new FluxHandoff("handoff", {
    ...{ bootstrap, auth, author, apps, message: "Hand off", appRepositories: [appRepository] },
    ...more,
  });
}

/** An app of an ArtifactGenerator, and one of a shard. */
const generated: HandoffApp = {
  files: { "clusters/my-cluster/shop/app.yaml": "app\n" },
  kustomizations: [{ name: "cart", path: "./", labels: { "sharding.fluxcd.io/key": "shard1" } }],
  edits: entry("./shop"),
  generators: ["shop"],
};
const components = storeBlob(readFileSync(join(__dirname, "..", "fixtures", "gotk-components.yaml"), "utf8"));
const withShard = (name: string) =>
  new FluxBootstrap(name, {
    ...{ ...cluster, auth, kubeconfig: "kubeconfig: text", version: "v2.9.4", components },
    shards: ["shard1"],
  });

const handoff = (change: Parameters<typeof program>[0] = {}) => run(answers, () => program(change));

/** The error of a program that throws, and the types of what it had registered. */
async function refused(change: Change): Promise<{ error: unknown; types: string[] }> {
  let error: unknown;
  const { resources } = await run(answers, () => {
    try {
      program(change);
    } catch (thrown) {
      error = thrown;
    }
  });
  return { error, types: resources.map(({ type }) => type) };
}

describe("FluxHandoff", () => {
  it("commits the apps' repositories, then Flux's, then follows", async () => {
    const { resources } = await handoff();
    assert.deepEqual(tree(resources).sort(), [
      "handoff:flux:FluxBootstrap flux",
      "handoff:flux:FluxHandoff handoff",
      "handoff:flux:FluxInstall flux-install (flux)",
      "handoff:flux:FluxReady handoff-ready (handoff)",
      "handoff:git:GitCommit handoff-calcom-commit (handoff)",
      "handoff:git:GitCommit handoff-commit (handoff)",
      "kubernetes:core/v1:Secret flux-auth (flux)",
    ]);
    const dependencies = (name: string) => [...byName(resources, name).options.dependencies].sort();
    assert.deepEqual(dependencies("handoff-calcom-commit"), []);
    assert.deepEqual(dependencies("handoff-commit"), ["flux-auth", "flux-install", "handoff-calcom-commit"]);
    assert.deepEqual(dependencies("handoff-ready"), ["handoff-calcom-commit", "handoff-commit"]);
  });

  it("lets both commits wait for what must be there before", async () => {
    const { resources } = await handoff((bootstrap) => ({ after: [bootstrap] }));
    const waits = (name: string) => byName(resources, name).options.dependencies.includes("flux-install");
    assert(waits("handoff-calcom-commit") && waits("handoff-commit"));
  });

  it("writes to Flux's repository the apps' files, Flux's own, and an entry for each", async () => {
    const { resources } = await handoff({ adopt: true, retain: ["clusters/old/"] });
    const initial = "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources: []\n";
    const folder = "clusters/my-cluster/flux-system";
    assert.deepEqual(byName(resources, "handoff-commit").inputs, {
      url,
      branch: "main",
      auth: { secret: auth },
      files: {
        "clusters/my-cluster/calcom/app.yaml": "app\n",
        "clusters/my-cluster/ns/ns.yaml": "ns\n",
        [`${folder}/gotk-sync.yaml`]: syncManifest(cluster),
      },
      digests: { [`${folder}/gotk-components.yaml`]: "digest" },
      initialFiles: {
        [`${folder}/kustomization.yaml`]: initial.replace(
          " []",
          "\n- gotk-components.yaml\n- gotk-sync.yaml",
        ),
      },
      edits: {
        "clusters/my-cluster/kustomization.yaml": ["./flux-system", "./ns", "./calcom"].map((entry) => ({
          list: ["resources"],
          entry,
          initial,
        })),
      },
      message: "Hand off",
      author,
      adopt: true,
      cluster: reached,
      retain: ["clusters/old/"],
      protect: {
        files: ["gotk-components.yaml", "gotk-sync.yaml", "kustomization.yaml"].map(
          (name) => `${folder}/${name}`,
        ),
        resources: {
          [`${folder}/kustomization.yaml`]: ["gotk-components.yaml", "gotk-sync.yaml"],
          "clusters/my-cluster/kustomization.yaml": ["./flux-system"],
        },
        root: "clusters/my-cluster",
        reason: "Flux's root sync reads it: without it Flux would remove itself from the cluster.",
      },
    });
  });

  it("names a ServiceAccount for all that Flux applies, where it is told one", async () => {
    const object = "apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nspec:\n  path: ./\n";
    const { resources } = await handoff({
      serviceAccountName: "team",
      files: { "a.yaml": object, "b.yaml": pulumi.output(object) },
      appRepositories: [{ ...appRepository, files: { "c.yaml": object } }],
    });
    const texts = (name: string) => byName(resources, name).inputs.files as Record<string, string>;
    const files = { ...texts("handoff-commit"), ...texts("handoff-calcom-commit") };
    for (const path of ["a.yaml", "b.yaml", "c.yaml"])
      assert.match(files[path] ?? "", /spec:\n {2}serviceAccountName: team\n {2}path/, path);
    const sync = files["clusters/my-cluster/flux-system/gotk-sync.yaml"] ?? "";
    assert.doesNotMatch(sync, /serviceAccountName/);
  });

  it("lists Flux's files beside the apps where Flux lives in the folder that it reads", async () => {
    const { resources } = await handoff(() => ({
      bootstrap: new FluxBootstrap("own", {
        ...{ ...cluster, auth, kubeconfig: "kubeconfig: text", version: "v9.9.9", components: "digest" },
        gotkPath: cluster.path,
      }),
    }));
    const { edits, initialFiles } = byName(resources, "handoff-commit").inputs as {
      edits: Record<string, { entry: unknown }[]>;
      initialFiles: object;
    };
    assert.deepEqual(initialFiles, {});
    assert.deepEqual(
      Object.entries(edits).map(([path, entries]) => [path, entries.map(({ entry }) => entry)]),
      [
        [
          "clusters/my-cluster/kustomization.yaml",
          ["gotk-components.yaml", "gotk-sync.yaml", "./ns", "./calcom"],
        ],
      ],
    );
  });

  it("writes to an app's repository its files alone, with its own credential", async () => {
    const { resources } = await handoff();
    assert.deepEqual(byName(resources, "handoff-calcom-commit").inputs, {
      url: appRepository.url,
      branch: "prod",
      auth: { secret: appRepository.auth },
      files: appRepository.files,
      digests: {},
      initialFiles: {},
      edits: {},
      message: "Hand off",
      author,
      adopt: false,
      cluster: reached,
    });
  });

  it("keeps the fields that the apps, the further files and an app's repository name", async () => {
    const field = { path: ["spec", "replicas"] };
    const other = { path: ["data", "*"] };
    const app = "clusters/my-cluster/calcom/app.yaml";
    const { resources } = await handoff({
      apps: [{ ...apps[0]!, keep: { [app]: [field] } }, apps[1]!],
      keep: { [app]: [other], "more.yaml": [other] },
      appRepositories: [{ ...appRepository, keep: { "k8s/prod/app.yaml": [field] } }],
    });
    const kept = (name: string) => byName(resources, name).inputs.keep;
    assert.deepEqual(kept("handoff-commit"), { [app]: [field, other], "more.yaml": [other] });
    assert.deepEqual(kept("handoff-calcom-commit"), { "k8s/prod/app.yaml": [field] });
  });

  it("adds further entries beside those of the aggregator", async () => {
    const edits = { "infrastructure/cloudflared.yaml": [{ list: ["ingress"], entry: "ours", initial: "" }] };
    const { resources } = await handoff({ edits });
    assert.deepEqual(Object.keys(byName(resources, "handoff-commit").inputs.edits as object), [
      "clusters/my-cluster/kustomization.yaml",
      "infrastructure/cloudflared.yaml",
    ]);
  });

  it("follows the sources by name, every Kustomization, and the HelmReleases among the files", async () => {
    const release = (name: string, namespace = ""): string =>
      `---\nkind: HelmRelease\nmetadata:\n  name: ${name}\n${namespace && `  namespace: ${namespace}\n`}`;
    const { result, resources } = await handoff({
      files: {
        "infrastructure/releases.yaml": release("cert-manager", "cert-manager") + "---\nkind: Namespace\n",
      },
      appRepositories: [
        { ...appRepository, files: { "k8s/prod/app.yaml": release("app", "calcom") + release("elsewhere") } },
      ],
      timeoutSeconds: 60,
    });
    assert.deepEqual(byName(resources, "handoff-ready").inputs, {
      kubeconfig: { secret: "kubeconfig: text" },
      context: "admin",
      sync: syncManifest(cluster),
      revisions: { "flux-system": "main@sha1:handoff-commit", calcom: "main@sha1:handoff-calcom-commit" },
      kustomizations: [
        { name: "calcom-ns", namespace: "flux-system", dependsOn: [] },
        { name: "calcom-app", namespace: "flux-system", dependsOn: [{ name: "calcom-ns" }] },
      ],
      helmReleases: [
        { name: "cert-manager", namespace: "cert-manager" },
        { name: "app", namespace: "calcom" },
      ],
      timeoutSeconds: 60,
    });
    assert.deepEqual(result.kustomizations, ["calcom-ns", "calcom-app"]);
  });

  it("gives its outputs openly", async () => {
    const { result, resources } = await handoff();
    const revisions = {
      "flux-system": "main@sha1:handoff-commit",
      calcom: "main@sha1:handoff-calcom-commit",
    };
    const reconciled = { "Kustomization a/b": "main@sha1:x" };
    assert.equal(await valueOf(result.revision), "main@sha1:handoff-commit");
    assert.deepEqual(await valueOf(result.revisions), revisions);
    assert.deepEqual(await valueOf(result.reconciled), reconciled);
    assert.deepEqual(byName(resources, "handoff").outputs, {
      revision: "main@sha1:handoff-commit",
      revisions,
      reconciled,
      pending: {},
    });
  });

  describe("with pull requests", () => {
    const mode = { pullRequest: { branch: "handoff", host: "gitea", token: "canary-token" } } as const;
    const address = (name: string): string => `https://git.example.com/${name}`;
    const change = { mode, appRepositories: [{ ...appRepository, mode }] };
    /** Some of the commits' requests are merged, the others wait. */
    const waiting = async (...merged: string[]) =>
      await run(
        {
          outputs: {
            ...answers.outputs,
            "handoff:git:GitCommit": (_: unknown, name: string) => ({
              revision: `main@sha1:${name}`,
              merged: merged.includes(name),
              pullRequest: address(name),
            }),
          },
        },
        () => program(change),
      );

    it("proposes to each repository in its own mode, and keeps the token secret", async () => {
      const { resources } = await waiting();
      for (const name of ["handoff-commit", "handoff-calcom-commit"]) {
        assert.deepEqual(byName(resources, name).inputs.mode, { secret: mode });
      }
      const direct = await handoff({ appRepositories: change.appRepositories });
      assert.equal(byName(direct.resources, "handoff-commit").inputs.mode, undefined);
    });

    it("tells what waits, the app's first, and lets Flux's repository and the following wait for it", async () => {
      const { result, resources } = await waiting();
      const [app, flux] = [address("handoff-calcom-commit"), address("handoff-commit")];
      const pending = await valueOf(result.pending);
      assert.deepEqual(Object.entries(pending), [
        ["calcom", app],
        ["flux-system", flux],
      ]);
      assert.deepEqual(byName(resources, "handoff-commit").inputs.awaits, [app]);
      assert.deepEqual(byName(resources, "handoff-ready").inputs.pending, [app, flux]);
      assert.deepEqual(byName(resources, "handoff").outputs?.pending, pending);
    });

    it("follows as usual once all are merged", async () => {
      const { result, resources } = await waiting("handoff-commit", "handoff-calcom-commit");
      assert.deepEqual(await valueOf(result.pending), {});
      assert.equal(byName(resources, "handoff-commit").inputs.awaits, undefined);
      assert.equal(byName(resources, "handoff-ready").inputs.pending, undefined);
    });
  });

  it("follows unless told not to; what takes the apps down in the end is there all the same", async () => {
    const waits = async (wait?: boolean): Promise<unknown> =>
      byName((await handoff({ wait })).resources, "handoff-ready").inputs.wait;
    assert.deepEqual([await waits(), await waits(true), await waits(false)], [undefined, undefined, false]);
  });

  const kustomizations = (...names: [name: string, ...dependsOn: string[]][]): HandoffApp => ({
    files: {},
    kustomizations: names.map(([name, ...on]) => ({
      name,
      path: "./app",
      dependsOn: on.map((other) => ({ name: other })),
    })),
  });
  const wrong: readonly [string, HandoffApp[], RegExp][] = [
    ["a cycle", [kustomizations(["a", "b"], ["b", "a"])], /a → b → a|b → a → b/],
    [
      "an unknown name",
      [kustomizations(["calcom", "cert-manger"], ["cert-manager"])],
      /cert-manger.*cert-manager/,
    ],
    ["two of a name", [kustomizations(["calcom"], ["calcom"])], /more than one Kustomization calcom/],
    [
      "two texts for one path",
      [
        { ...kustomizations(["a"]), files: { "a.yaml": "1\n" } },
        { ...kustomizations(["b"]), files: { "a.yaml": "2\n" } },
      ],
      /write different texts to a\.yaml/,
    ],
    [
      "a path out of the repository",
      [{ ...kustomizations(["a"]), files: { "../a.yaml": "1\n" } }],
      /"\.\.\/a\.yaml"/,
    ],
  ];
  for (const [name, wrongApps, message] of wrong) {
    it(`refuses ${name} before anything is committed, without a stack trace`, async () => {
      const { error, types } = await refused({ apps: wrongApps });
      assert(pulumi.ResourceError.isInstance(error) && error.hideStack, String(error));
      assert.match(error.message, message);
      assert(!types.includes("handoff:git:GitCommit"));
    });
  }

  it("lets a dependency on others' Kustomizations pass", async () => {
    const { error } = await refused({
      apps: [kustomizations(["calcom", "cert-manager"])],
      knownKustomizations: ["cert-manager"],
    });
    assert.equal(error, undefined);
  });

  it("refuses a text that is made from a secret, naming its path, and commits nothing", async () => {
    const files = { "k8s/db.yaml": pulumi.interpolate`password: ${pulumi.secret("canary")}` };
    const committed: string[] = [];
    const outputs = {
      "handoff:git:GitCommit": (_: unknown, name: string) => {
        committed.push(name);
        return {};
      },
    };
    const appRepositories = [{ ...appRepository, files }];
    const error = await failure({ outputs }, () => program({ appRepositories }));
    assert(pulumi.RunError.isInstance(error), String(error));
    assert.match(error.message, /k8s\/db\.yaml is made from a secret value and would be committed to git\. /);
    assert.doesNotMatch(error.message, /canary/);
    assert.deepEqual(committed, []);
  });

  it("refuses a readable Secret in either repository, naming path and key, and commits nothing", async () => {
    const text =
      "kind: Secret\nmetadata: { name: db, namespace: calcom }\nstringData: { POSTGRES_PASSWORD: canary }\n";
    const files = { "k8s/db.yaml": text };
    for (const change of [
      { appRepositories: [{ ...appRepository, files }] },
      { apps: [{ ...kustomizations(["calcom"]), files }] },
    ]) {
      const { error, types } = await refused(change);
      assert(pulumi.RunError.isInstance(error));
      assert.match(
        error.message,
        /^k8s\/db\.yaml holds readable secrets .*: Secret calcom\/db: POSTGRES_PASSWORD\. /,
      );
      assert.doesNotMatch(error.message, /canary/);
      assert(!types.includes("handoff:git:GitCommit"));
    }
  });

  describe("at scale", () => {
    const shards = (bootstrap: FluxBootstrap): Change => ({
      bootstrap,
      apps: [generated],
      appRepositories: [{ ...appRepository, source: "shop", sources: ["shop-main", "shop-shard1"] }],
      edits: {
        "clusters/my-cluster/flux-system/kustomization.yaml": [{ list: ["resources"], entry: "./mine.yaml" }],
      },
    });

    it("follows the generators, and every source that reads a repository", async () => {
      const { resources } = await handoff(() => shards(withShard("sharded")));
      const { generators, revisions } = byName(resources, "handoff-ready").inputs;
      assert.deepEqual(generators, ["shop"]);
      assert.deepEqual(revisions, {
        "flux-system": "main@sha1:handoff-commit",
        "shop-main": "main@sha1:handoff-shop-commit",
        "shop-shard1": "main@sha1:handoff-shop-commit",
      });
    });

    it("commits the shards and the entries for them beside those of others", async () => {
      const { resources } = await handoff(() => shards(withShard("sharded")));
      const { edits, files } = byName(resources, "handoff-commit").inputs as {
        edits: Record<string, { entry: unknown }[]>;
        files: object;
      };
      const folder = "clusters/my-cluster/flux-system";
      assert.deepEqual(
        edits[`${folder}/kustomization.yaml`]?.map(({ entry }) => entry),
        [
          "./mine.yaml",
          "shards.yaml",
          ...["helm-controller", "kustomize-controller", "source-controller", "source-watcher"].map(
            (name) => ({
              path: `patch-${name}.yaml`,
              target: { kind: "Deployment", name },
            }),
          ),
        ],
      );
      assert.ok(`${folder}/shards.yaml` in files && `${folder}/patch-source-watcher.yaml` in files);
    });

    it("refuses what no controller would look at", async () => {
      const header = "# Components: source-controller,kustomize-controller\n";
      const without = () =>
        new FluxBootstrap("plain", {
          ...{ ...cluster, auth, kubeconfig: "kubeconfig: text", version: "v2.9.4" },
          components: storeBlob(header),
        });
      const error = await failure(answers, () =>
        program(() => ({ bootstrap: without(), apps: [generated] })),
      );
      assert.ok(error instanceof pulumi.ResourceError);
      assert.equal(
        error.message,
        "The ArtifactGenerator shop needs source-watcher, which isn't installed; installed are source-controller, kustomize-controller.\n" +
          "→ Add it to the components of componentsDigest (setting `flux.componentsExtra: [source-watcher]`).\n" +
          "The Kustomization flux-system/cart is of the shard shard1, which the bootstrap hasn't got: there are none.\n" +
          "→ Add it to the shards of FluxBootstrap (setting `flux.shards`).",
      );
    });
  });
});
