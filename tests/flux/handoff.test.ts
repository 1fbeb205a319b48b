import { strict as assert } from "node:assert";
import * as pulumi from "@pulumi/pulumi";
import { FluxBootstrap } from "../../components/flux/bootstrap";
import { kustomization } from "../../manifests/flux/objects";
import { toYaml } from "../../manifests/yaml";
import { syncManifest } from "../../manifests/flux/sync-manifest";
import { byName, run, tree, valueOf } from "../mocks";
import {
  answers,
  appRepository,
  apps,
  auth,
  author,
  cluster,
  handoff,
  program,
  reached,
  url,
} from "./handoff";

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

  it("says which Kustomizations have files that stay: found there, or retained", async () => {
    const file = (name: string) =>
      toYaml(kustomization({ name, path: `./${name}` })) +
      "---\n" +
      toYaml(kustomization({ name: "theirs", path: "." }));
    const files = {
      "a/ns.yaml": file("calcom-ns"),
      "b/app.yaml": file("calcom-app"),
      "c/c.yaml": file("calcom-app"),
    };
    const staying = async (found: readonly string[], retain?: readonly string[]) => {
      const outputs = {
        ...answers.outputs,
        "handoff:git:GitCommit": () => ({ revision: "r", owned: { found } }),
      };
      const { resources } = await run({ outputs }, () => program({ files, ...(retain && { retain }) }));
      return byName(resources, "handoff-ready").inputs.staying;
    };
    assert.equal(await staying([]), undefined);
    assert.equal(await staying(["elsewhere.yaml"]), undefined);
    assert.deepEqual(await staying(["a/ns.yaml"]), ["flux-system/calcom-ns"]);
    assert.deepEqual(await staying(["a/ns.yaml"], ["b/"]), [
      "flux-system/calcom-ns",
      "flux-system/calcom-app",
    ]);
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

  it("takes files over in every repository, but where one says itself", async () => {
    const adopting = async (adopt: boolean | undefined, own: boolean | undefined): Promise<unknown[]> => {
      const { resources } = await handoff({ adopt, appRepositories: [{ ...appRepository, adopt: own }] });
      return ["handoff-commit", "handoff-calcom-commit"].map((name) => byName(resources, name).inputs.adopt);
    };
    assert.deepEqual(await adopting(true, undefined), [true, true]);
    assert.deepEqual(await adopting(true, false), [true, false]);
    assert.deepEqual(await adopting(undefined, true), [false, true]);
    assert.deepEqual(await adopting(undefined, undefined), [false, false]);
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

  it("tells an app's repository which Kustomizations read it", async () => {
    const [first, second] = apps;
    const [node] = second?.kustomizations ?? [];
    assert.ok(first !== undefined && second !== undefined && node !== undefined);
    const reads = {
      ...second,
      kustomizations: [{ ...node, sourceRef: { kind: "GitRepository", name: "calcom" } }],
    };
    const { resources } = await handoff(() => ({ apps: [first, reads as typeof second] }));
    const reading = (name: string): unknown =>
      (byName(resources, name).inputs as { readonly cluster: { readonly reading?: unknown } }).cluster
        .reading;
    assert.deepEqual(reading("handoff-calcom-commit"), ["flux-system/calcom-app"]);
    assert.equal(reading("handoff-commit"), undefined);
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

  it("follows unless told not to; what takes the apps down in the end is there all the same", async () => {
    const waits = async (wait?: boolean): Promise<unknown> =>
      byName((await handoff({ wait })).resources, "handoff-ready").inputs.wait;
    assert.deepEqual([await waits(), await waits(true), await waits(false)], [undefined, undefined, false]);
  });
});
