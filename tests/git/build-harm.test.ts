import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { sourceIgnore } from "../../provider/git/build/source-ignore";
import { syncOf } from "../../provider/git/build/sources";
import type { Branch } from "../../provider/git/branch";
import { Hand } from "./remote";
import { APP, edits, listing, object, ROOT, sync, useRemotes } from "./build";
import { someOf, slow } from "../slow";

const LIST = `${ROOT}/kustomization.yaml`;
const FLUX = `${ROOT}/flux-system`;
const source = object("GitRepository", "flux-system", "flux-system", "source.toolkit.fluxcd.io/v1");
const root = sync("flux-system", `./${ROOT}`);
const flux = (more = "", kustomization = ""): Readonly<Record<string, string>> => ({
  [LIST]: listing("flux-system"),
  [`${FLUX}/kustomization.yaml`]: `${listing("gotk-sync.yaml")}${kustomization}`,
  [`${FLUX}/gotk-sync.yaml`]: `${source}spec:\n  url: ssh://git@example.com/a/b.git\n${more}---\n${root}`,
});

describe("what a commit would do to others' objects, and to ours", () => {
  const { remoteWith, refused } = useRemotes();

  describe("beside a file that Flux can't build, whose objects may run", () => {
    const broken: Readonly<Record<string, string>> = {
      "of lines that end in CR alone": object("Namespace", "wiki").replaceAll("\n", "\r"),
      "with a template's braces": object("Namespace", "{{ .Values.name }}"),
      "with an alias without its anchor": object("Namespace", "*name"),
      "with an object without a name": "apiVersion: v1\nkind: Namespace\nmetadata: {}\n",
      "with an object without a version": "kind: Namespace\nmetadata:\n  name: wiki\n",
      "with the marks of a conflict": `apiVersion: v1\n<<<<<<< HEAD\nkind: Namespace\n=======\nkind: Secret\n>>>>>>> x\n`,
    };
    for (const [name, text] of someOf(Object.entries(broken))) {
      it(`no kustomization.yaml that leaves it out: ${name}`, async () => {
        const theirs = { [`${ROOT}/apps.yaml`]: sync("apps"), [`${ROOT}/wiki.yaml`]: text };
        await refused(theirs, APP, `${ROOT}/wiki.yaml `, "what runs of it isn't known");
      });
    }
  });

  it("no kustomization.yaml beside a file whose name it can't list", async () => {
    for (const name of [Buffer.from("w\u00e9.yaml", "latin1"), Buffer.from("w\ni.yaml")]) {
      const remote = remoteWith({ [`${ROOT}/apps.yaml`]: sync("apps") });
      const theirs = Buffer.concat([Buffer.from(join(remote.clone, ROOT, "/")), name]);
      writeFileSync(theirs, object("Namespace", "wiki"));
      remote.commit({ "README.md": "#\n" });
      const words = /its name isn't UTF-8, or has a control character/;
      await assert.rejects(new Hand(remote.url).preview(APP), words);
      await assert.rejects(new Hand(remote.url).up(APP), words);
    }
  });

  it("no kustomization.yaml beside what Flux finds there of another repository", async () => {
    const found = { [`${ROOT}/apps.yaml`]: sync("apps") };
    const { [LIST]: _, ...own } = flux(
      `  include:\n  - repository: { name: shared }\n    toPath: ${ROOT}/shared\n`,
    );
    const words = "it comes from another repository";
    await refused({ ...found, ...own }, APP, `${ROOT}/shared/: `, words);
    const all = flux(
      "  include: [{ repository: { name: shared }, toPath: lib }]\n  recurseSubmodules: true\n",
    );
    const { [LIST]: __, ...recursing } = all;
    const remote = remoteWith({ ...found, ...recursing });
    await new Hand(remote.url).preview(APP);
    const clone = remote.clone;
    const commit = remote.git(clone, "rev-parse", "HEAD").trim();
    remote.git(clone, "update-index", "--add", "--cacheinfo", `160000,${commit},${ROOT}/team`);
    remote.git(clone, "commit", "--quiet", "-m", "Add team");
    remote.git(clone, "push", "--quiet", "origin", "HEAD:main");
    await assert.rejects(new Hand(remote.url).up(APP), new RegExp(`${ROOT}/team/: ${words}`));
  });

  it("no entry in a file of another encoding", async () => {
    const remote = remoteWith({ [`${ROOT}/README.md`]: "#\n" });
    const text = Buffer.from(`\uFEFF${listing("apps")}`, "utf16le");
    writeFileSync(join(remote.clone, LIST), text);
    remote.commit({ "README.md": "#\n" });
    await assert.rejects(new Hand(remote.url).up(APP), /kustomization\.yaml: the file isn't UTF-8 text/);
  });

  it("no kustomization.yaml of ours in a folder that another cluster's Flux reads", async () => {
    const files = {
      "apps/kustomization.yaml": listing("ns.yaml"),
      "apps/ns.yaml": object("Namespace", "ours"),
    };
    for (const theirs of [
      sync("apps", "./apps"),
      sync("apps", "./${cluster}/apps"),
      `apiVersion: fluxcd.controlplane.io/v1\nkind: FluxInstance\nmetadata: { name: flux }\nspec:\n  sync: { path: apps }\n`,
    ])
      await refused(
        {
          [LIST]: listing(),
          "clusters/staging/apps.yaml": theirs,
          "apps/wiki.yaml": object("Namespace", "wiki"),
        },
        { ...APP, files: { ...APP.files, ...files } },
        "apps/wiki.yaml: Namespace wiki would vanish from what Flux builds of apps/",
      );
  });

  slow("is read again and removed from a file that somebody broke and mended meanwhile", async () => {
    const remote = remoteWith({ [LIST]: listing("apps.yaml"), [`${ROOT}/apps.yaml`]: sync("apps") });
    const hand = new Hand(remote.url);
    await hand.up(APP);
    const text = remote.read(LIST);
    for (const broken of [`${text}namePrefix: *x\n`, `${text}: : [\n`, "- a\n", "a\n"]) {
      remote.commit({ [LIST]: broken });
      await hand.refresh();
      assert.deepEqual(hand.state?.inputs.edits, APP.edits);
      const files = { ...APP.files, "notes.md": broken };
      await assert.rejects(hand.up({ ...APP, files }), /kustomization\.yaml: /);
    }
    remote.commit({ [LIST]: text });
    await hand.refresh();
    await hand.destroy();
    assert.equal(remote.read(LIST), listing("apps.yaml"));
  });

  slow("comes back into a file that somebody emptied, and is no matter to a destroy of it", async () => {
    for (const comesBack of [true, false]) {
      const remote = remoteWith({ [LIST]: listing() });
      const hand = new Hand(remote.url);
      await hand.up(APP);
      remote.commit({ [LIST]: "# emptied\n" });
      await assert.rejects(
        hand.up({ ...APP, files: { ...APP.files, x: "x" } }),
        /somebody else removed our entry/,
      );
      if (comesBack) {
        await hand.refresh();
        await hand.up(APP);
        assert.equal(remote.read(LIST), "# emptied\nresources:\n- ./calcom\n");
      }
      await hand.destroy();
      assert.deepEqual(remote.files(), [LIST]);
    }
  });

  slow("takes nothing away that others name elsewhere, and a destroy says what they name", async () => {
    const names: Readonly<Record<string, string>> = {
      "../prod/calcom": listing("../prod/calcom"),
      "../prod/calcom/calcom.yaml": `${listing()}patches:\n- path: ../prod/calcom/calcom.yaml\n`,
      "../prod/calcom/": `components:\n- ../prod/calcom/\n`,
    };
    for (const [entry, text] of Object.entries(names)) {
      const remote = remoteWith({ [LIST]: listing(), "clusters/staging/kustomization.yaml": text });
      const hand = new Hand(remote.url);
      await hand.up(APP);
      const words = `clusters/staging/kustomization.yaml: it names '${entry}', which this commit takes away`;
      const without = { ...APP, files: { "x.md": "x" }, edits: {} };
      for (const act of [() => hand.preview(without), () => hand.up(without)])
        await assert.rejects(act(), (error: Error) => error.message.includes(words));
      await hand.destroy();
      assert.ok(hand.ctx.messages.some((message) => message.includes(words)));
    }
  });

  it("no second list under a name that kustomize takes for the first one's", async () => {
    const theirs = { [LIST]: "Resources:\n- apps.yaml\n", [`${ROOT}/apps.yaml`]: sync("apps") };
    await refused(theirs, APP, "kustomize wouldn't find 'apps.yaml' in it any more");
  });

  it("no entry where kustomize doesn't look", async () => {
    const theirs = { [LIST]: `namePrefix: ''\nlabels: []\n---\n${listing()}` };
    await refused(theirs, APP, "it reads the first document of a file alone");
  });

  slow("fills a file of comments, or an empty one, and leaves it as it was", async () => {
    for (const text of ["", "# ours\n", "# no line end", "---\n", "# a\r\n---\r\n# b\r\n"]) {
      const remote = remoteWith({ [LIST]: text, "README.md": "#\n" });
      const hand = new Hand(remote.url);
      await hand.up(APP);
      assert.match(remote.read(LIST), /^resources:\r?\n- \.\/calcom\r?$/m);
      await hand.destroy();
      assert.equal(remote.read(LIST), text);
    }
  });

  it("lists nothing twice that others listed in other words", async () => {
    for (const entry of someOf(["calcom/", "././calcom", ".//calcom", "apps/../calcom"])) {
      const remote = remoteWith({ [LIST]: listing(entry), ...APP.files });
      await new Hand(remote.url).up(APP);
      assert.equal(remote.read(LIST), listing(entry));
    }
  });

  it("takes nothing away that others patch by its name", async () => {
    const remote = remoteWith({ [LIST]: listing() });
    const hand = new Hand(remote.url);
    await hand.up(APP);
    const patch = `patches:\n- path: slow.yaml\n`;
    remote.commit({
      [LIST]: `${remote.read(LIST)}${patch}`,
      [`${ROOT}/slow.yaml`]: `${sync("calcom")}  interval: 5m\n`,
    });
    const without = { ...APP, files: {}, edits: {} };
    for (const act of [() => hand.preview(without), () => hand.up(without)])
      await assert.rejects(
        act(),
        /its patch of Kustomization flux-system\/calcom \(version v1\) finds no such object/,
      );
  });

  it("hands off no kustomization that kustomize refuses", async () => {
    const own = (text: string) => ({ ...APP.files, [`${ROOT}/calcom/kustomization.yaml`]: text });
    const theirs = { [LIST]: listing() };
    const cases: readonly (readonly [string, string])[] = [
      ["", "says nothing"],
      [sync("calcom"), "its apiVersion is kustomize.toolkit.fluxcd.io/v1"],
      [`${listing("calcom.yaml")}patches: [{ path: p.yaml }]\n`, "'p.yaml' of `patches` leads to nothing"],
      [listing("calcom.yaml").replace("Kustomization", "Component"), "it is a Component"],
    ];
    for (const [text, words] of someOf(cases)) await refused(theirs, { ...APP, files: own(text) }, words);
  });

  describe("when the sync that reads the root", () => {
    const becomes = (name: string, field: string, path: string): string =>
      `${ROOT}/calcom/calcom.yaml: Kustomization flux-system/calcom would become Kustomization ${name}, by \`spec.${field}\` of ${FLUX}/${path}`;
    const fields: Readonly<Record<string, readonly [string, string]>> = {
      "targetNamespace: team": ["team/calcom", "targetNamespace"],
      "namePrefix: eu-": ["flux-system/eu-calcom", "namePrefix"],
      "nameSuffix: -eu": ["flux-system/calcom-eu", "nameSuffix"],
      "patches: [{ target: { kind: Kustomization, name: calcom }, patch: '[{ op: replace, path: /metadata/name, value: cal }]' }]":
        ["flux-system/cal", "patches"],
    };
    for (const [field, [name, by]] of someOf(Object.entries(fields))) {
      it(`makes other objects of ours: ${by}`, async () => {
        const own = flux();
        const direct = {
          ...own,
          [`${FLUX}/gotk-sync.yaml`]: `${own[`${FLUX}/gotk-sync.yaml`] ?? ""}  ${field}\n`,
        };
        await refused(direct, APP, becomes(name, by, "gotk-sync.yaml"));
        const patch = `patches:\n- path: p.yaml\n  target: { kind: Kustomization }\n`;
        const patched = { ...flux("", patch), [`${FLUX}/p.yaml`]: `${root}  ${field}\n` };
        await refused(patched, APP, becomes(name, by, "kustomization.yaml"));
      });
    }

    slow("fetches other folders alone", async () => {
      const apart = {
        ...APP,
        files: { "apps/calcom/kustomization.yaml": listing("x.yaml"), "apps/calcom/x.yaml": sync("x") },
        edits: edits(LIST, "../../apps/calcom"),
      };
      const sparse = flux(`  sparseCheckout: [./${ROOT}]\n`);
      await refused(
        sparse,
        apart,
        /'\.\.\/\.\.\/apps\/calcom' leads to nothing|kustomize finds no kustomization/,
      );
      const step = `patches:\n- target: { kind: GitRepository }\n  patch: '[{ op: add, path: /spec/sparseCheckout, value: [${ROOT}/] }]'\n`;
      await refused(flux("", step), apart, /kustomize finds no kustomization/);
      await new Hand(remoteWith(sparse).url).up(APP);
    });
  });

  it("knows that a folder's own .sourceignore counts before those below it, whatever these are called", async () => {
    const texts = { "-a/.sourceignore": "!x.yaml\n", ".sourceignore": "x.yaml\n" };
    const tree = new Map(Object.keys(texts).map((path) => [path, { mode: "100644", oid: path }]));
    const branch = {
      read: (oids: readonly string[]) =>
        Promise.resolve(new Map(oids.map((oid) => [oid, Buffer.from(texts[oid as keyof typeof texts])]))),
    } as unknown as Branch;
    const { ignored } = await syncOf(branch, tree, new Map(), []);
    assert.deepEqual(["-a/x.yaml", "x.yaml"].map(ignored), [false, true]);
    assert.deepEqual(["-a/x.yaml", "x.yaml"].map(sourceIgnore([])), [false, false]);
  });
});
