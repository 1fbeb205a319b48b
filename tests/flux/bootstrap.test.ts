import { strict as assert } from "node:assert";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Provider as KubernetesProvider } from "@pulumi/kubernetes/provider";
import * as pulumi from "@pulumi/pulumi";
import { storeBlob } from "../../cache/blobs";
import { bootstrapped } from "../../components/flux/bootstrapped";
import { clusterSecret } from "../../components/flux/cluster-secret";
import { FluxBootstrap, type FluxBootstrapArgs } from "../../components/flux/bootstrap";
import { syncManifest } from "../../manifests/flux/sync-manifest";
import { byName, failure, run, tree } from "../mocks";

const auth = { basic: { username: "flux", password: "canary" } };
const args: FluxBootstrapArgs = {
  kubeconfig: "kubeconfig: text",
  version: "v9.9.9",
  components: "d".repeat(64),
  url: "https://git.example.com/your-org/flux-config.git",
  branch: "main",
  path: "clusters/my-cluster",
  auth,
};
const bootstrap = (more: Partial<FluxBootstrapArgs> = {}) =>
  run(
    { outputs: { "handoff:flux:FluxInstall": () => ({ namespace: "uid" }) } },
    () => new FluxBootstrap("flux", { ...args, ...more }),
  );

describe("FluxBootstrap", () => {
  it("installs Flux, then gives it its credential", async () => {
    const { result, resources } = await bootstrap();
    assert.deepEqual(tree(resources), [
      "handoff:flux:FluxBootstrap flux",
      "handoff:flux:FluxInstall flux-install (flux)",
      "kubernetes:core/v1:Secret flux-auth (flux)",
    ]);
    assert.deepEqual(byName(resources, "flux-install").inputs, {
      kubeconfig: { secret: "kubeconfig: text" },
      version: "v9.9.9",
      components: args.components,
      sync: result.sync,
      secrets: ["flux-system"],
      timeoutSeconds: 300,
    });
    const { dependencies, retainOnDelete, replacementTrigger } = byName(resources, "flux-auth").options;
    assert.deepEqual(dependencies, ["flux-install"]);
    // It is made again with its namespace, and stays where Flux does.
    assert.deepEqual([retainOnDelete, replacementTrigger], [true, "uid"]);
    assert.deepEqual(byName(resources, "flux-auth").inputs, {
      apiVersion: "v1",
      kind: "Secret",
      metadata: {
        name: "flux-system",
        namespace: "flux-system",
        annotations: { "pulumi.com/patchForce": "true" },
      },
      stringData: { secret: { username: "flux", password: "canary" } },
    });
  });

  it("makes a Secret again that was found missing, and no other", async () => {
    const { resources } = await run(
      { outputs: { "handoff:flux:FluxInstall": () => ({ namespace: "uid", lost: { "sops-age": 2 } }) } },
      () => {
        const kubernetes = new KubernetesProvider("k");
        const made = new FluxBootstrap("flux", { ...args, secrets: ["sops-age", "flux-ssh-auth"] });
        for (const name of ["sops-age", "flux-ssh-auth"]) {
          clusterSecret(name, { key: "canary" }, { bootstrap: made, kubernetes });
        }
        assert.throws(() => made.secretTrigger("other"), /the Secret other isn't among the `secrets`/);
      },
    );
    assert.deepEqual(byName(resources, "flux-install").inputs.secrets, [
      "flux-system",
      "sops-age",
      "flux-ssh-auth",
    ]);
    const triggers = ["flux-auth", "sops-age", "flux-ssh-auth"].map(
      (name) => byName(resources, name).options.replacementTrigger,
    );
    assert.deepEqual(triggers, ["uid", "uid 2", "uid"]);
  });

  it("passes a context and another time limit on", async () => {
    const { resources } = await bootstrap({ context: "admin", timeoutSeconds: 60 });
    const { context, timeoutSeconds } = byName(resources, "flux-install").inputs;
    assert.deepEqual({ context, timeoutSeconds }, { context: "admin", timeoutSeconds: 60 });
  });

  it("gives the files of flux bootstrap: its own, those by digest, and the user's kustomization.yaml", async () => {
    const { result, resources } = await bootstrap({ interval: "5m" });
    const folder = "clusters/my-cluster/flux-system";
    const sync = syncManifest({ ...args, interval: "5m" });
    assert.match(sync, /interval: 5m0s/);
    assert.deepEqual(result.files, { [`${folder}/gotk-sync.yaml`]: sync });
    assert.deepEqual(result.digests, { [`${folder}/gotk-components.yaml`]: args.components });
    assert.deepEqual(result.initialFiles, {
      [`${folder}/kustomization.yaml`]: `apiVersion: kustomize.config.k8s.io/v1beta1
kind: Kustomization
resources:
- gotk-components.yaml
- gotk-sync.yaml
`,
    });
    assert.deepEqual(byName(resources, "flux").outputs, { sync });
  });

  it("takes a path with ./ and / at its ends", async () => {
    const plain = (await bootstrap()).result;
    const { files, digests, initialFiles } = (await bootstrap({ path: "./clusters//my-cluster/" })).result;
    assert.deepEqual(
      { files, digests, initialFiles },
      { files: plain.files, digests: plain.digests, initialFiles: plain.initialFiles },
    );
  });

  it("writes the repository's root as flux does", async () => {
    for (const path of [".", "./", ""]) {
      const { result } = await bootstrap({ path });
      assert.match(result.sync, /^ {2}path: \.\/$/m, path);
      assert.deepEqual(Object.keys(result.files), ["flux-system/gotk-sync.yaml"]);
      assert.deepEqual(result.protect.resources["kustomization.yaml"], ["./flux-system"]);
    }
  });

  it("takes the folder that Flux reads for its own files, too", async () => {
    const path = "k8s/flux-system";
    const { result } = await bootstrap({ path, gotkPath: `./${path}/` });
    const { layout, sync, files, digests, initialFiles, edits, protect } = result;
    assert.equal(layout.own, true);
    assert.equal(sync, syncManifest({ ...args, path }));
    assert.deepEqual(Object.keys({ ...files, ...digests }), [
      `${path}/gotk-sync.yaml`,
      `${path}/gotk-components.yaml`,
    ]);
    // The one kustomization.yaml is edited: nothing is listed twice where it is there.
    assert.deepEqual(initialFiles, {});
    assert.deepEqual(
      edits[`${path}/kustomization.yaml`]?.map(({ list, entry }) => [list, entry]),
      ["gotk-components.yaml", "gotk-sync.yaml"].map((entry) => [["resources"], entry]),
    );
    assert.deepEqual(protect.resources, {
      [`${path}/kustomization.yaml`]: ["gotk-components.yaml", "gotk-sync.yaml"],
    });
  });

  it("refuses folders that Flux couldn't apply, with one that it takes", async () => {
    const table: readonly [Partial<FluxBootstrapArgs>, RegExp][] = [
      [{ path: "clusters/../prod" }, /path: "clusters\/\.\.\/prod" is no folder.*"\.\."[^]*→ .*`path: prod`/],
      [{ path: "/clusters/x" }, /it is absolute[^]*→ .*`path: clusters\/x`/],
      [{ path: ".." }, /→ .*`path: clusters\/prod`; the root itself is `path: \.\/`/],
      [
        { gotkPath: "elsewhere" },
        /gotkPath: elsewhere isn't in clusters\/my-cluster[^]*→ .*my-cluster\/flux-system/,
      ],
      [{ gotkPath: "clusters/my-cluster-2" }, /isn't in clusters\/my-cluster,/],
    ];
    for (const [wrong, message] of table) {
      const error = await failure({}, () => new FluxBootstrap("flux", { ...args, ...wrong }));
      assert(pulumi.ResourceError.isInstance(error), String(error));
      assert.match(error.message, message);
    }
  });

  it("gives the Secrets the names that flux bootstrap would give them, and keeps them secret", async () => {
    const { result, resources } = await bootstrap({
      secretName: "deploy",
      imagePullSecret: "pull",
      registryCreds: "robot:canary",
    });
    assert.match(result.sync, /secretRef:\n {4}name: deploy\n/);
    assert.equal((byName(resources, "flux-auth").inputs.metadata as { name: string }).name, "deploy");
    const { secret } = byName(resources, "flux-install").inputs.pullSecret as {
      secret: { metadata: { name: string } };
    };
    assert.equal(secret.metadata.name, "pull");
  });

  it("takes the sync of a bootstrapped repository as it is, and installs with its patches", async () => {
    const sync = `# by flux bootstrap\n${syncManifest({ ...args, interval: "5m", secretName: "deploy" })}`;
    const files = { "kustomization.yaml": "patches: []\n" };
    const asked: unknown[] = [];
    const { result, resources } = await run(
      {
        functions: {
          "handoff:flux:bootstrapped": (inputs) => {
            asked.push(inputs);
            return { sync, files };
          },
        },
      },
      async () => {
        const { url, branch, path } = args;
        const found = await bootstrapped({ url, branch, path, auth: {} });
        return new FluxBootstrap("flux", { ...args, found });
      },
    );
    assert.deepEqual(asked, [
      {
        ...{ url: args.url, branch: "main", auth: {} },
        ...{ path: "clusters/my-cluster", gotkPath: "clusters/my-cluster/flux-system" },
      },
    ]);
    assert.equal((await result).sync, sync);
    assert.deepEqual(byName(resources, "flux-install").inputs.overlay, files);
    assert.equal((byName(resources, "flux-auth").inputs.metadata as { name: string }).name, "deploy");
  });

  it("refuses an address that Flux doesn't read, without a stack trace", async () => {
    const url = "ssh://git@github.com:org/repo.git";
    const error = await failure({}, () => new FluxBootstrap("flux", { ...args, url }));
    assert(pulumi.ResourceError.isInstance(error), String(error));
    assert.match(error.message, /write ssh:\/\/git@github\.com\/org\/repo\.git$/);
  });

  it("keeps the kubeconfig and the credential secret that come from outputs", async () => {
    const { resources } = await bootstrap({
      kubeconfig: pulumi.output("from a cluster"),
      auth: pulumi.output({ bearer: { token: "canary" } }),
    });
    assert.deepEqual(byName(resources, "flux-install").inputs.kubeconfig, { secret: "from a cluster" });
    assert.deepEqual(byName(resources, "flux-auth").inputs.stringData, { secret: { bearerToken: "canary" } });
  });

  it("says that a key can't be read, without a stack trace", async () => {
    const ssh = { privateKey: "canary", knownHosts: "h" };
    const error = await failure({}, () => new FluxBootstrap("flux", { ...args, auth: { ssh } }));
    assert(pulumi.RunError.isInstance(error) && !error.message.includes("canary"), String(error));
    assert.match(error.message, /the SSH private key can't be read/);
  });

  describe("with options of the controllers", () => {
    const text = readFileSync(join(__dirname, "..", "fixtures", "gotk-components.yaml"), "utf8");
    const folder = "clusters/my-cluster/flux-system";

    it("gives a patch, and its entry in the kustomization.yaml that stays the user's", async () => {
      const { result, resources } = await bootstrap({
        components: storeBlob(text),
        controllers: { "kustomize-controller": { concurrent: 20 } },
      });
      const add = { op: "add", path: "/spec/template/spec/containers/0/args/-", value: "--concurrent=20" };
      assert.deepEqual(byName(resources, "flux-install").inputs.operations, {
        "kustomize-controller": [add],
      });
      assert.match(
        result.files[`${folder}/patch-kustomize-controller.yaml`] ?? "",
        /value: --concurrent=20$/m,
      );
      assert.deepEqual(result.edits, {
        [`${folder}/kustomization.yaml`]: [
          {
            list: ["patches"],
            entry: {
              path: "patch-kustomize-controller.yaml",
              target: { kind: "Deployment", name: "kustomize-controller" },
            },
            identity: ["path"],
            initial: result.initialFiles[`${folder}/kustomization.yaml`],
          },
        ],
      });
    });

    it("says what is wrong with them, without a stack trace", async () => {
      const wrong = { "source-watcher": { concurrent: 0 } };
      const error = await failure(
        {},
        () => new FluxBootstrap("flux", { ...args, components: storeBlob(text), controllers: wrong }),
      );
      assert(pulumi.ResourceError.isInstance(error), String(error));
      assert.match(error.message, /source-watcher\.concurrent: 0 is no whole number above 0/);
    });
  });
});
