import { strict as assert } from "node:assert";
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { importRepository } from "../../tools/import/import";
import { bootstrap, clone, removeClones, SOMEBODY, type Texts } from "./repositories";

const PATH = "clusters/prod";
const GOTK = `${PATH}/flux-system`;

/** What is said of a repository, or why it isn't imported. Nothing may be written, so no folder of a project is given. */
async function look(place: string, more: { branch?: string; cluster?: string } = {}): Promise<string> {
  const told: string[] = [];
  await importRepository("/nowhere", { place, look: true, args: [], ...more }, (text) => told.push(text));
  return told.join("\n");
}

const git = (folder: string, ...args: string[]): void => {
  execFileSync("git", [...SOMEBODY, ...args], { cwd: folder, stdio: "ignore" });
};

const changed = (files: Texts, name: string, change: (text: string) => string): Texts => ({
  ...files,
  [`${GOTK}/${name}.yaml`]: change(files[`${GOTK}/${name}.yaml`] ?? ""),
});

const object = (kind: string, body: string): string =>
  `apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: ${kind}\nmetadata:\n  name: odd\n  namespace: flux-system\n${body}`;

describe("npm run import -- --look, of an odd repository", function () {
  after(removeClones);

  const READ: Readonly<Record<string, Texts>> = {
    "with Windows' line ends": Object.fromEntries(
      Object.entries(bootstrap(PATH)).map(([path, text]) => [path, text.replaceAll("\n", "\r\n")]),
    ),
    "whose root has Flux's files": bootstrap("./", "."),
    "that is its root": bootstrap("./", "flux-system"),
    "with objects that no API server takes": {
      ...bootstrap(PATH),
      [`${PATH}/x.yaml`]: object(
        "Kustomization",
        "spec:\n  path: [a]\n  interval: 5\n  dependsOn: {name: x}\n",
      ),
      [`${PATH}/y.yaml`]: object("Odd", "spec: text\n"),
    },
    "whose components were edited by hand": changed(bootstrap(PATH), "gotk-components", (text) =>
      text.replace(/^ {2}template:$/m, "  noTemplate:").replaceAll("containers:", "pods:"),
    ),
  };
  for (const [name, files] of Object.entries(READ)) {
    it(`tells of one ${name}`, async () => {
      assert.match(await look(clone(files)), /^Flux: v2\.9\.4, source-controller/m);
    });
  }

  it("shows no credential of an address", async () => {
    const url = "https://somebody:canary-1@git.example.com/acme/flux";
    const source = `apiVersion: source.toolkit.fluxcd.io/v1\nkind: GitRepository\nmetadata:\n  name: odd\n  namespace: flux-system\nspec:\n  url: ${url}\n  secretRef:\n    name: odd\n`;
    const others = clone({ ...bootstrap(PATH), [`${PATH}/source.yaml`]: source }, url);
    const text = await look(others);
    assert.match(text, /GitRepository flux-system\/odd: odd/);
    assert.doesNotMatch(text, /canary/);
    await assert.rejects(
      look(clone(changed(bootstrap(PATH), "gotk-sync", (sync) => sync.replace(/url: .*/, `url: ${url}`)))),
      (error: Error) => {
        assert.match(
          error.message,
          /gotk-sync\.yaml can't be one of the settings: it holds a user name or credential/,
        );
        assert.doesNotMatch(error.message, /canary/);
        return true;
      },
    );
  });

  it("says names as text that does nothing to a terminal", async () => {
    const text = await look(
      clone({
        ...bootstrap(PATH),
        [`${PATH}/\u202e\u001b[31mred.yaml`]: object("Kustomization", "spec:\n  path: ./x\n").replace(
          "name: odd",
          'name: "\\u001b]0;title\\u0007o\\u202edd"',
        ),
      }),
    );
    assert.match(text, /– odd \(clusters\/prod\/red\.yaml\)/);
    assert.doesNotMatch(text, /[^\P{Cc}\n]|[\u202e\u2066]/u);
  });

  it("refuses a Flux that an operator or a chart leads beside it, and none that lies elsewhere", async () => {
    const instance = "apiVersion: fluxcd.controlplane.io/v1\nkind: FluxInstance\nmetadata:\n  name: flux\n";
    await assert.rejects(
      look(clone({ ...bootstrap(PATH), [`${PATH}/instance.yaml`]: instance })),
      /clusters\/prod\/instance\.yaml: the Flux Operator \(a FluxInstance\) leads it, too/,
    );
    await look(clone({ ...bootstrap(PATH), "clusters/other/instance.yaml": instance }));
  });

  it("doesn't advise to bootstrap one from which Flux came by another way", async () => {
    const files = { "kubernetes/flux/cluster/ks.yaml": object("Kustomization", "spec:\n  path: ./apps\n") };
    await assert.rejects(look(clone(files)), (error: Error) => {
      assert.match(error.message, /Kustomizations of Flux \(kubernetes\/flux\/cluster\/ks\.yaml\)/);
      assert.doesNotMatch(error.message, /npm run init/);
      return true;
    });
    await assert.rejects(look(clone({ "a.yaml": "a: b\n" })), /npm run init/);
  });

  it("tells each object once, and what never starts or has no folder", async () => {
    const kustomization = (name: string, path: string, more = ""): string =>
      object(
        "Kustomization",
        `spec:\n  path: ${path}\n  prune: true\n  sourceRef: {kind: GitRepository, name: flux-system}\n${more}`,
      ).replaceAll("odd", name);
    const text = await look(
      clone({
        ...bootstrap(PATH),
        [`${PATH}/a.yaml`]: kustomization("a", "./nowhere", "  dependsOn: [{name: b}]\n"),
        [`${PATH}/b.yaml`]: kustomization("b", "./shared", "  dependsOn: [{name: a}]\n"),
        [`${PATH}/c.yaml`]: kustomization("c", "./shared/deep"),
        [`${PATH}/filled.yaml`]: kustomization("filled", "./apps/$\{cluster}"),
        "shared/deep/d.yaml": kustomization("d", `./${PATH}`),
        "shared/deep/tenant.yaml": kustomization("tenant", "./theirs").replace("flux-system\n", "acme\n"),
      }),
    );
    const lines = text.split("\n").filter((line) => line.startsWith("  "));
    assert.deepEqual(lines, [
      `  – a after b (${PATH}/a.yaml)`,
      `  – b after a (${PATH}/b.yaml)`,
      `  – c (${PATH}/c.yaml)`,
      `  – filled (${PATH}/filled.yaml)`,
      "  – d (shared/deep/d.yaml)",
      "  – acme/tenant (shared/deep/tenant.yaml)",
      "  Kustomizations wait for each other: a → b → a",
      "  Kustomization flux-system/a: its path ./nowhere is no folder of the repository",
    ]);
    assert.doesNotMatch(text, /in the order in which they can start/);
  });

  it("tells all clusters, and asks for one when it is to be taken over", async () => {
    const folder = clone({ ...bootstrap("clusters/a"), ...bootstrap("clusters/b") });
    const text = await look(folder);
    assert.match(text, /folder clusters\/a\n[\s\S]*folder clusters\/b\n/);
    assert.doesNotMatch(await look(folder, { cluster: "./clusters/b/" }), /clusters\/a/);
    await assert.rejects(look(folder, { cluster: "clusters/c" }), /--cluster: found "clusters\/c"; allowed/);
    const options = { place: folder, look: false, args: [] };
    await assert.rejects(
      importRepository("/nowhere", options, () => undefined),
      /has several clusters\n→ --cluster and one of clusters\/a, clusters\/b/,
    );
  });

  describe("that is a clone", () => {
    let folder = "";
    before(() => {
      folder = mkdtempSync(join(tmpdir(), "handoff-import-clone-"));
    });
    after(() => {
      rmSync(folder, { recursive: true, force: true });
    });

    it("reads the branch that is asked for, also one that was only fetched", async () => {
      const origin = clone({ ...bootstrap(PATH) });
      const place = join(folder, "fetched");
      git(origin, "branch", "other");
      git(folder, "clone", "--quiet", origin, place);
      assert.match(await look(place, { branch: "other" }), /⚠ what was read is other, and Flux follows live/);
      for (const branch of ["oter", "HEAD", "--output=x", "origin/live"])
        await assert.rejects(look(place, { branch }), /--branch: found "[^"]+"; allowed: one of live, other/);
      const options = { place, branch: "other", look: false, args: [] };
      await assert.rejects(
        importRepository("/nowhere", options, () => undefined),
        /Flux follows live, and what was read is other\n→ --branch live/,
      );
    });

    it("says what of it isn't where Flux reads it", async () => {
      const origin = clone(bootstrap(PATH));
      const place = join(folder, "behind");
      git(folder, "clone", "--quiet", origin, place);
      git(origin, "commit", "--quiet", "--allow-empty", "-m", "Theirs");
      git(place, "fetch", "--quiet");
      git(place, "commit", "--quiet", "--allow-empty", "-m", "Ours");
      writeFileSync(join(place, "new.yaml"), "a: b\n");
      const text = await look(place);
      assert.match(text, /⚠ a file of the clone isn't committed/);
      assert.match(text, /⚠ the clone is 1 commit behind origin\/live/);
      assert.match(text, /⚠ 1 commit of the clone isn't pushed: Flux doesn't see it/);
    });

    it("says what is missing of one without a commit, and of what is none", async () => {
      const [empty, bare] = [join(folder, "empty"), join(folder, "bare.git")];
      git(folder, "init", "--quiet", empty);
      git(folder, "init", "--quiet", "--bare", bare);
      for (const place of [empty, bare])
        await assert.rejects(look(place), /the repository has no commit yet.*\n→ `npm run init`/);
      await assert.rejects(look(folder), /is no clone of a repository/);
    });
  });
});
