import assert from "node:assert/strict";
import { appliedFolders } from "../../provider/git/build/applied-folders";
import type { Props } from "../../provider/plugin/handler";
import { Hand, testContext, TestRemote } from "./remote";

const ROOT = "clusters/prod";
const object = (kind: string, name: string, namespace?: string, apiVersion = "v1"): string =>
  `apiVersion: ${apiVersion}\nkind: ${kind}\nmetadata:\n  name: ${name}\n${namespace === undefined ? "" : `  namespace: ${namespace}\n`}`;
const sync = (name: string, path = `./${name}`): string =>
  `${object("Kustomization", name, "flux-system", "kustomize.toolkit.fluxcd.io/v1")}spec:\n  path: ${path}\n`;
const listing = (...entries: readonly string[]): string =>
  `apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources:${entries.length === 0 ? " []" : ""}\n${entries.map((entry) => `- ${entry}\n`).join("")}`;
const edits = (path: string, ...entries: readonly string[]) => ({
  [path]: entries.map((entry) => ({ list: ["resources"], entry, initial: listing() })),
});

/** What the stack hands off: an app's folder, and its entry in the cluster's list. */
const APP = {
  files: {
    [`${ROOT}/calcom/kustomization.yaml`]: listing("calcom.yaml"),
    [`${ROOT}/calcom/calcom.yaml`]: sync("calcom"),
  },
  edits: edits(`${ROOT}/kustomization.yaml`, "./calcom"),
  protect: { files: [], resources: {}, root: ROOT, reason: "Flux reads it." },
};

/** A cluster's folder without a kustomization.yaml, as Flux's own examples have it. */
const FOUND_BY_FLUX = {
  [`${ROOT}/apps.yaml`]: sync("apps"),
  [`${ROOT}/apps/wiki.yml`]: object("Namespace", "wiki"),
  [`${ROOT}/apps/notes.txt`]: "not YAML\n",
  [`${ROOT}/monitoring/kustomization.yaml`]: listing("grafana.yaml"),
  [`${ROOT}/monitoring/grafana.yaml`]: object("Namespace", "grafana"),
  [`${ROOT}/monitoring/unlisted.yaml`]: object("Namespace", "unlisted"),
  [`${ROOT}/a/b/deep.yaml`]: object("ConfigMap", "deep", "a"),
  "elsewhere/x.yaml": object("Namespace", "elsewhere"),
};
const TAKEN = ["./a/b/deep.yaml", "./apps/wiki.yml", "./apps.yaml", "./monitoring"];

describe("the build that Flux makes of a commit", () => {
  const remotes: TestRemote[] = [];
  const remoteWith = (files: Readonly<Record<string, string>>): TestRemote => {
    const remote = new TestRemote(files);
    remotes.push(remote);
    return remote;
  };
  afterEach(() => {
    for (const remote of remotes.splice(0)) remote.dispose();
  });

  const refused = async (
    files: Readonly<Record<string, string>>,
    inputs: Props,
    ...words: readonly (RegExp | string)[]
  ): Promise<void> => {
    const remote = remoteWith(files);
    const hand = new Hand(remote.url);
    const before = remote.log("%H");
    for (const act of [() => hand.preview(inputs), () => hand.up(inputs)]) {
      await assert.rejects(act(), (error: Error) => {
        for (const word of words)
          if (typeof word === "string") assert.ok(error.message.includes(word), error.message);
          else assert.match(error.message, word);
        assert.match(error.message, /\n→ Nothing was changed\./);
        return true;
      });
    }
    assert.deepEqual(remote.log("%H"), before);
  };

  describe("a first kustomization.yaml", () => {
    it("begins with what Flux found without it, says so, and goes when Flux would find the same", async () => {
      for (const { protect, ...rest } of [APP, { ...APP, protect: undefined }]) {
        const remote = remoteWith(FOUND_BY_FLUX);
        const hand = new Hand(remote.url);
        const inputs = { ...rest, ...(protect && { protect }) };
        await hand.preview(inputs);
        const told = hand.ctx.messages.find((text) => text.includes("begins with"));
        assert.equal(
          told,
          `${ROOT}/kustomization.yaml is new: it begins with what Flux found in the folder without it: a/b/deep.yaml, apps/wiki.yml, apps.yaml, monitoring`,
        );
        await hand.up(inputs);
        assert.equal(remote.read(`${ROOT}/kustomization.yaml`), listing(...TAKEN, "./calcom"));
        await hand.refresh();
        assert.equal((await hand.up(inputs)).commit, remote.log("%H")[0]);
        assert.deepEqual(hand.state?.inputs.edits, inputs.edits);
        await hand.destroy();
        assert.deepEqual(remote.files(), Object.keys(FOUND_BY_FLUX).sort());
      }
    });

    it("stays on destroy with what others wrote, and where Flux would find more than it lists", async () => {
      const remote = remoteWith(FOUND_BY_FLUX);
      const hand = new Hand(remote.url);
      await hand.up(APP);
      remote.commit({ [`${ROOT}/draft.yaml`]: object("Namespace", "draft") });
      await hand.destroy();
      assert.equal(remote.read(`${ROOT}/kustomization.yaml`), listing(...TAKEN));
    });

    it("heeds what the source leaves out", async () => {
      const cases: readonly (readonly [Record<string, string>, readonly string[]])[] = [
        [{ ".sourceignore": "apps/\n# all else\n" }, ["./a/b/deep.yaml", "./apps.yaml", "./monitoring"]],
        [{ [`${ROOT}/.sourceignore`]: "/*\n!/monitoring\n!/calcom\n" }, ["./monitoring"]],
        [{ [`${ROOT}/.sops.yaml`]: "creation_rules: []\n" }, TAKEN],
        [{ [`${ROOT}/.github/x.yaml`]: object("Namespace", "ci") }, TAKEN],
        [
          {
            [`${ROOT}/flux-system/kustomization.yaml`]: listing("gotk-sync.yaml"),
            [`${ROOT}/flux-system/gotk-sync.yaml`]: `${object("GitRepository", "flux-system", "flux-system", "source.toolkit.fluxcd.io/v1")}spec:\n  ignore: |\n    /clusters/*/a/**\n    *.yml\n`,
          },
          ["./apps.yaml", "./flux-system", "./monitoring"],
        ],
      ];
      for (const [more, taken] of cases) {
        const remote = remoteWith({ ...FOUND_BY_FLUX, ...more });
        await new Hand(remote.url).up(APP);
        assert.equal(remote.read(`${ROOT}/kustomization.yaml`), listing(...taken, "./calcom"));
      }
    });

    it("leaves out what made Flux's generator fail, and says so", async () => {
      const remote = remoteWith({ ...FOUND_BY_FLUX, [`${ROOT}/values.yaml`]: "replicas: 2\n" });
      const hand = new Hand(remote.url);
      await hand.up(APP);
      assert.equal(remote.read(`${ROOT}/kustomization.yaml`), listing(...TAKEN, "./calcom"));
      assert.ok(hand.ctx.messages.some((text) => /leaves out .* fail: values\.yaml$/.test(text)));
    });

    it("is refused as a file of ours that leaves others out", async () => {
      const theirs = { "apps/wiki/wiki.yaml": object("Deployment", "wiki", "wiki", "apps/v1") };
      const files = {
        "apps/wiki/kustomization.yaml": listing("ours.yaml"),
        "apps/wiki/ours.yaml": object("ConfigMap", "ours", "wiki"),
      };
      await refused(theirs, { files }, "apps/wiki/wiki.yaml: Deployment wiki/wiki would vanish");
      const remote = remoteWith(theirs);
      await new Hand(remote.url).up({
        files: { ...files, "apps/wiki/kustomization.yaml": listing("ours.yaml", "wiki.yaml") },
      });
    });
  });

  describe("a kustomization file of another name", () => {
    for (const name of ["kustomization.yml", "Kustomization"]) {
      it(`is edited where it is: ${name}`, async () => {
        const path = `${ROOT}/${name}`;
        const before = { [path]: listing("./apps"), [`${ROOT}/apps/kustomization.yaml`]: listing() };
        const remote = remoteWith(before);
        const hand = new Hand(remote.url);
        await hand.up(APP);
        assert.equal(remote.read(path), listing("./apps", "./calcom"));
        assert.ok(!remote.files().includes(`${ROOT}/kustomization.yaml`));
        const { length } = remote.log();
        await hand.refresh();
        await hand.up(APP);
        await new Hand(remote.url).up(APP);
        assert.equal(remote.log().length, length);
        assert.deepEqual(hand.state?.inputs.edits, APP.edits);
        const moved = `${ROOT}/${name === "Kustomization" ? "kustomization.yml" : "kustomization.yaml"}`;
        remote.commit({ [path]: null, [moved]: `# moved\n${listing("./apps", "./calcom")}` });
        await hand.destroy();
        assert.equal(remote.read(moved), `# moved\n${listing("./apps")}`);
      });
    }

    it("is refused beside a second one, by name", async () => {
      await refused(
        { [`${ROOT}/kustomization.yaml`]: listing(), [`${ROOT}/kustomization.yml`]: listing() },
        APP,
        `${ROOT}/kustomization.yaml and ${ROOT}/kustomization.yml: kustomize takes one`,
      );
      await refused(
        { "app/kustomization.yml": listing() },
        { files: { "app/kustomization.yaml": listing() } },
        "app/kustomization.yaml and app/kustomization.yml: kustomize refuses two",
      );
    });
  });

  describe("is refused", () => {
    const gotk = {
      "k8s/kustomization.yaml": listing("flux-system/gotk-components.yaml", "flux-system/gotk-sync.yaml"),
      "k8s/flux-system/gotk-components.yaml": object("Namespace", "flux-system"),
      "k8s/flux-system/gotk-sync.yaml": sync("flux-system"),
    };
    const protect = { files: [], resources: {}, root: "./k8s/", reason: "Flux reads it." };

    it("when the same file comes by two ways", async () => {
      await refused(
        gotk,
        {
          initialFiles: {
            "k8s/flux-system/kustomization.yaml": listing("gotk-components.yaml", "gotk-sync.yaml"),
          },
          edits: edits("k8s/kustomization.yaml", "./flux-system"),
          protect,
        },
        "Namespace flux-system: already registered id, by twice through k8s/kustomization.yaml: k8s/flux-system/gotk-components.yaml",
        "Kustomization flux-system/flux-system: already registered id",
      );
    });

    it("when the root has an object of our name", async () => {
      const theirs = {
        [`${ROOT}/kustomization.yaml`]: listing("all.yaml"),
        [`${ROOT}/all.yaml`]: `---\n${object("Namespace", "x")}---\n${sync("calcom", "./old")}`,
      };
      await refused(
        theirs,
        APP,
        `Kustomization flux-system/calcom: already registered id, by ${ROOT}/all.yaml and ${ROOT}/calcom/calcom.yaml`,
      );
      const { [`${ROOT}/kustomization.yaml`]: _, ...generated } = theirs;
      await refused(generated, APP, "already registered id");
    });

    it("when an entry of ours leads to nothing or to no objects", async () => {
      const at = (entry: string, files: Record<string, string> = {}) => ({
        ...APP,
        files,
        edits: edits(`${ROOT}/kustomization.yaml`, entry),
      });
      const theirs = { [`${ROOT}/kustomization.yaml`]: listing("gone.yaml") };
      await refused(theirs, at("./calcom"), `${ROOT}/kustomization.yaml: './calcom' leads to nothing`);
      await refused(
        theirs,
        at("./calcom", { [`${ROOT}/calcom/a.yaml`]: sync("a") }),
        `${ROOT}/calcom/: kustomize finds no kustomization.yaml`,
      );
      await refused(
        theirs,
        at("./v.yaml", { [`${ROOT}/v.yaml`]: "a: 1\n" }),
        `${ROOT}/v.yaml: it holds no Kubernetes object`,
      );
    });

    describe("when others' kustomization makes another object of ours, or none", () => {
      const patch = (text: string, target: string) =>
        `patches:\n- patch: |\n    ${text}\n  target: ${target}\n`;
      const deleting = "{ $patch: delete, kind: Kustomization, metadata: { name: any } }";
      const becomes = `${ROOT}/calcom/calcom.yaml: Kustomization flux-system/calcom would become Kustomization `;
      const goes = `${ROOT}/calcom/calcom.yaml: Kustomization flux-system/calcom would be deleted from what Flux builds`;
      const fields: Readonly<Record<string, string>> = {
        "namePrefix: prod-": `${becomes}flux-system/prod-calcom, by \`namePrefix\` of ${ROOT}/kustomization.yaml`,
        "nameSuffix: -eu": `${becomes}flux-system/calcom-eu, by \`nameSuffix\``,
        "namespace: team": `${becomes}team/calcom, by \`namespace\``,
        [patch(deleting, "{ kind: Kust.* }")]: `${goes}, by \`patches\``,
        [`components: [../common]\n${patch(deleting, "{ kind: Kust.* }")}`]: `${becomes}flux-system/common-calcom and would be deleted from what Flux builds, by \`namePrefix\` of clusters/common/kustomization.yaml, \`patches\` of ${ROOT}/kustomization.yaml`,
        "components: [../common]": `${becomes}flux-system/common-calcom, by \`namePrefix\` of clusters/common/kustomization.yaml`,
      };
      for (const [text, words] of Object.entries(fields)) {
        it(text.split("\n  ")[0]?.replaceAll("\n", " ") ?? "", async () => {
          const theirs = {
            [`${ROOT}/kustomization.yaml`]: `${listing("all.yaml")}${text}\n`,
            [`${ROOT}/all.yaml`]: object("Namespace", "x"),
            "clusters/common/kustomization.yaml":
              "apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\nnamePrefix: common-\n",
          };
          await refused(theirs, APP, words, "Ours are followed by their names");
        });
      }

      it("but not by a patch for others, nor by a kustomization of ours", async () => {
        const theirs = `${listing("all.yaml")}${patch(deleting, "{ kind: Kustomization, name: cal }")}`;
        const remote = remoteWith({
          [`${ROOT}/kustomization.yaml`]: theirs,
          [`${ROOT}/all.yaml`]: object("Namespace", "x"),
        });
        const own = { [`${ROOT}/calcom/kustomization.yaml`]: `${listing("calcom.yaml")}namePrefix: a-\n` };
        await new Hand(remote.url).up({ ...APP, files: { ...APP.files, ...own } });
      });

      it("but not again once it is so", async () => {
        const remote = remoteWith({ "README.md": "#\n" });
        const hand = new Hand(remote.url);
        await hand.up(APP);
        const path = `${ROOT}/kustomization.yaml`;
        remote.commit({ [path]: `${remote.read(path)}namePrefix: prod-\n` });
        await hand.up({ ...APP, files: { ...APP.files, "notes.md": "changed\n" } });
      });
    });

    it("when others' objects would go with a list of ours", async () => {
      const remote = remoteWith({ "README.md": "#\n" });
      const hand = new Hand(remote.url);
      await hand.up(APP);
      remote.commit({
        [`${ROOT}/team/kustomization.yaml`]: listing("t.yaml"),
        [`${ROOT}/team/t.yaml`]: sync("team"),
      });
      const both = { ...APP, edits: edits(`${ROOT}/kustomization.yaml`, "./calcom", "./team") };
      await hand.up(both);
      await assert.rejects(hand.up(APP), /team\/t\.yaml: Kustomization flux-system\/team would vanish/);
    });
  });

  it("lets go of a file of others that ours listed for the entries in it, and says so", async () => {
    const folder = "infrastructure/cloudflare";
    const file = `${folder}/configmap.yaml`;
    const remote = remoteWith({
      [`${ROOT}/kustomization.yaml`]: listing("infra.yaml"),
      [`${ROOT}/infra.yaml`]: sync("infra", "./infrastructure/cloudflare"),
      [file]: object("ConfigMap", "tunnel", "cloudflare") + "data:\n  a: 1\n",
      [`${folder}/kustomization.yaml`]: listing(),
    });
    const ctx = testContext();
    const hand = new Hand(remote.url, ctx);
    const listed = edits(`${folder}/kustomization.yaml`, "configmap.yaml");
    await hand.up({ edits: { ...listed, [file]: [{ map: ["data"], key: "ours", value: "1" }] } });
    await hand.up({ files: { "x.yaml": "x: 1\n" } });
    assert.match(
      ctx.messages.join("\n"),
      /Flux will delete what is no longer there:\nConfigMap cloudflare\/tunnel/,
    );
    assert.doesNotMatch(remote.read(file), /ours/);
  });

  it("lists ours beside a file of others in a folder that Flux reads by no Kustomization, and by one only then not", async () => {
    const folder = "infrastructure/cloudflare";
    const theirs = {
      [`${ROOT}/kustomization.yaml`]: listing(),
      [`${folder}/configmap.yaml`]: object("ConfigMap", "theirs", "cloudflare"),
    };
    const inputs = {
      ...APP,
      files: {
        ...APP.files,
        [`${folder}/kustomization.yaml`]: listing("ns.yaml"),
        [`${folder}/ns.yaml`]: object("Namespace", "ours"),
      },
    };
    const remote = remoteWith(theirs);
    const hand = new Hand(remote.url);
    await hand.up(inputs);
    await hand.destroy();
    assert.deepEqual(remote.files(), Object.keys(theirs).sort());
    for (const path of ["./infrastructure", "infrastructure/cloudflare/", "./"]) {
      const read = {
        ...theirs,
        [`${ROOT}/kustomization.yaml`]: listing("infra.yaml"),
        [`${ROOT}/infra.yaml`]: sync("infra", path),
      };
      await refused(read, inputs, `${folder}/configmap.yaml: ConfigMap cloudflare/theirs would vanish`);
    }
  });

  for (const [how, text, folders] of [
    ["quoted, with a comment, after another field", sync("a", '"./b//c/" # ours'), ["b/c"]],
    ["on lines that end as Windows has them", sync("a", "./b").replaceAll("\n", "\r\n"), ["b"]],
    [
      "in flow style",
      "{apiVersion: kustomize.toolkit.fluxcd.io/v1, kind: Kustomization, spec: {path: b}}",
      ["b"],
    ],
    ["left out, which is the whole repository", sync("a").replace(/ +path: .*\n/, "  prune: true\n"), [""]],
    [
      "of a document among others",
      `${object("Namespace", "n")}---\n${sync("a", "./b")}---\n${sync("c")}`,
      ["b", "c"],
    ],
    [
      "in a list",
      `apiVersion: v1\nkind: List\nitems:\n- ${sync("a").trimEnd().replaceAll("\n", "\n  ")}\n`,
      ["a"],
    ],
    ["unreadable", `${sync("a")}  : : [\n`, [""]],
    ["of another kind", sync("a").replace("kind: Kustomization", "kind: Other"), []],
  ] as const) {
    it(`reads the folder that a Kustomization applies: ${how}`, () => {
      assert.deepEqual(appliedFolders(text), folders);
    });
  }

  it("takes what was broken before, lists what of ours vanishes, and looks at nothing when nothing changes", async () => {
    const broken = `${ROOT}/kustomization.yaml`;
    const remote = remoteWith({
      [broken]: listing("gone.yaml", "twice.yaml", "twice.yaml"),
      [`${ROOT}/twice.yaml`]: sync("twice"),
    });
    const hand = new Hand(remote.url, testContext());
    await hand.up(APP);
    const none = { ...APP, files: {}, edits: {} };
    hand.ctx.messages.length = 0;
    await hand.preview(none);
    assert.ok(
      hand.ctx.messages.includes(
        "Flux will delete what is no longer there:\nKustomization flux-system/calcom",
      ),
      hand.ctx.messages.join("\n"),
    );
    await hand.up(none);
    assert.equal(remote.read(broken), listing("gone.yaml", "twice.yaml", "twice.yaml"));
  });
});
