import { strict as assert } from "node:assert";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readBlob, sha256 } from "../../cache/blobs";
import { type Bootstrapped, settledComponents, settledSync } from "../../components/flux/bootstrapped";
import { installManifests, type InstallOptions } from "../../manifests/flux/install-manifests";
import { syncManifest } from "../../manifests/flux/sync-manifest";
import { bootstrappedHandler } from "../../provider/flux/bootstrapped";
import { TestRemote } from "../git/remote";

const deployment = (name: string): string => `apiVersion: apps/v1
kind: Deployment
metadata:
  name: ${name}
spec:
  template:
    metadata:
      labels: {}
    spec:
      containers:
      - args:
        - --events-addr=
        - --watch-all-namespaces=true
        - --log-level=info
        image: fluxcd/${name}:v1.2.3
        name: manager
`;
const release: Record<string, string> = {
  "policies.yaml": "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata:\n  name: p\n",
  "rbac.yaml": "apiVersion: v1\nkind: ServiceAccount\nmetadata:\n  name: a\n",
  "source-controller.yaml": deployment("source-controller"),
  "kustomize-controller.yaml": deployment("kustomize-controller"),
};
const flags: InstallOptions = {
  version: "v2.8.1",
  components: ["source-controller", "kustomize-controller"],
  tolerationKeys: ["dedicated"],
  networkPolicy: false,
  logLevel: "debug",
};
const components = installManifests(release, flags);
const place = { url: "ssh://git@host/org/fleet.git", branch: "main", path: "clusters/prod" };
const sync = syncManifest({ ...place, url: "ssh://git@host/org/fleet", interval: "5m" });
const folder = "clusters/prod/flux-system";

describe("bootstrapped", () => {
  const cache = process.env.XDG_CACHE_HOME;
  let scratch: string;
  let remote: TestRemote | undefined;
  beforeEach(() => {
    scratch = mkdtempSync(join(tmpdir(), "handoff-test-"));
    process.env.XDG_CACHE_HOME = join(scratch, "cache");
    mkdirSync(join(scratch, "manifests"));
    for (const [name, text] of Object.entries(release)) writeFileSync(join(scratch, "manifests", name), text);
  });
  afterEach(() => {
    if (cache === undefined) delete process.env.XDG_CACHE_HOME;
    else process.env.XDG_CACHE_HOME = cache;
    rmSync(scratch, { recursive: true });
    remote?.dispose();
    remote = undefined;
  });
  const look = async (
    files: Record<string, string>,
    gotkPath = folder,
    path?: string,
  ): Promise<Bootstrapped> => {
    remote ??= new TestRemote(files);
    const args = { url: remote.url, branch: "main", auth: {}, gotkPath, path };
    return (await bootstrappedHandler(args)) as unknown as Bootstrapped;
  };

  it("finds the files of a bootstrap, with the patches that its kustomization names and no others", async () => {
    const kustomization = "resources: [gotk-components.yaml]\npatches: [{ path: patches/memory.yaml }]\n";
    const files = {
      [`${folder}/gotk-components.yaml`]: components,
      [`${folder}/gotk-sync.yaml`]: sync,
      [`${folder}/kustomization.yaml`]: kustomization,
      [`${folder}/patches/memory.yaml`]: "kind: Deployment\n",
      [`${folder}/other.yaml`]: "kind: Secret\n",
      "clusters/prod/app.yaml": "kind: Namespace\n",
    };
    const expected = {
      components: sha256(components),
      sync,
      files: { "kustomization.yaml": kustomization, "patches/memory.yaml": "kind: Deployment\n" },
    };
    assert.deepEqual(await look(files), expected);
    assert.equal(readBlob(sha256(components)), components);
    // The answer is kept by commit; another commit is another question.
    assert.deepEqual(await look(files), expected);
    remote?.commit({ [`${folder}/gotk-sync.yaml`]: "# nothing yet\n" });
    assert.equal((await look(files)).sync, undefined);
  });

  it("finds Flux in the folder that it reads, and at the repository's root", async () => {
    const files = { "gotk-components.yaml": components, "k8s/flux-system/gotk-components.yaml": components };
    assert.equal((await look(files, "")).components, sha256(components));
    assert.equal((await look(files, "k8s/flux-system")).components, sha256(components));
  });

  it("finds nothing in an empty repository, one without Flux, and in placeholders", async () => {
    assert.deepEqual(await look({}), { files: {} });
    remote?.dispose();
    remote = undefined;
    const placeholder = "# made before flux bootstrap\n";
    const config = "resources: [gotk-components.yaml, gotk-sync.yaml]\n";
    assert.deepEqual(
      await look({
        [`${folder}/gotk-components.yaml`]: placeholder,
        [`${folder}/gotk-sync.yaml`]: "",
        [`${folder}/kustomization.yaml`]: config,
      }),
      { files: { "kustomization.yaml": config } },
    );
  });

  describe("refuses a Flux that would be there twice, or whose root would get another name", () => {
    const elsewhere = (namespace: string): Record<string, string> => ({
      [`clusters/prod/${namespace}/gotk-components.yaml`]: components,
      [`clusters/prod/${namespace}/gotk-sync.yaml`]: sync.replaceAll("flux-system", namespace),
    });
    const root =
      /clusters\/prod\/flux\/gotk-sync\.yaml of main has Flux with the root flux\/flux, .*\n→ Choose another folder/;

    it("in another namespace, where nothing names its folder and where a setting does", async () => {
      await assert.rejects(look(elsewhere("flux"), folder, "clusters/prod"), root);
      await assert.rejects(look({}, "clusters/prod/flux", "clusters/prod"), root);
    });

    it("in another folder, with the setting that names it", async () => {
      const files = { "clusters/prod/gotk-sync.yaml": `# by hand\r\n${sync.replaceAll("\n", "\r\n")}` };
      await assert.rejects(
        look(files, folder, "clusters/prod"),
        /Flux's files for this folder in clusters\/prod, not in clusters\/prod\/flux-system: .*\n→ Set flux\.gotkPath: clusters\/prod$/,
      );
      assert.equal(
        (await look({}, "clusters/prod", "clusters/prod")).sync,
        files["clusters/prod/gotk-sync.yaml"],
      );
    });

    it("and none of another cluster, nor one that is where it should be", async () => {
      const other = { "clusters/dev/flux/gotk-sync.yaml": sync.replaceAll("clusters/prod", "clusters/dev") };
      assert.deepEqual(await look(other, folder, "clusters/prod"), { files: {} });
      remote?.commit(elsewhere("flux-system"));
      assert.equal((await look({}, folder, "clusters/prod")).sync, sync);
    });
  });

  it("keeps the repository's components byte for byte, of whatever release, where the stack sets no other", async () => {
    // As after a bootstrap with flags, by a release whose manifests this machine has no way to get.
    const found = await look({ [`${folder}/gotk-components.yaml`]: `${components}# by hand\n` });
    for (const explicit of [{}, flags, { logLevel: "debug" } as const]) {
      assert.deepEqual(await settledComponents(explicit, found, "v9.9.9"), {
        ...(await settledComponents({}, found, "v9.9.9")),
        version: "v2.8.1",
        components: sha256(`${components}# by hand\n`),
        installed: flags.components,
        differences: [],
      });
    }
  });

  it("changes what the stack sets otherwise, and that alone", async () => {
    const found = await look({ [`${folder}/gotk-components.yaml`]: components });
    const upgrade = { version: "v2.9.4", manifests: join(scratch, "manifests") };
    const settled = await settledComponents(upgrade, found, "v9.9.9");
    assert.equal(readBlob(settled.components), installManifests(release, { ...flags, version: "v2.9.4" }));
    assert.deepEqual(settled.differences, [{ option: "version", found: "v2.8.1", wanted: "v2.9.4" }]);
  });

  it("makes the components of a repository without Flux by the stack's options", async () => {
    const explicit = { ...flags, version: undefined, manifests: join(scratch, "manifests") };
    const settled = await settledComponents(explicit, { files: {} }, "v9.9.9");
    assert.equal(readBlob(settled.components), installManifests(release, { ...flags, version: "v9.9.9" }));
  });

  it("keeps the repository's sync, its spelling of the address and its comments, where it says the same", () => {
    const text = `# ours\n${sync}`;
    const found = { files: {}, sync: text };
    assert.equal(settledSync(place, found).text, text);
    assert.equal(settledSync({ ...place, path: "./clusters/prod/", interval: "5m0s" }, found).text, text);
    assert.equal(settledSync(place, { files: {} }).text, syncManifest(place));
    // The stack's own word counts, beside what the repository has.
    assert.equal(
      settledSync({ ...place, secretName: "deploy" }, found).text,
      syncManifest({ ...place, interval: "5m", secretName: "deploy" }),
    );
  });
});
