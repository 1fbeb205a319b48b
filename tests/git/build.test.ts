import assert from "node:assert/strict";
import { appliedFolders } from "../../provider/git/build/applied-folders";
import { Hand, testContext } from "./remote";
import { APP, edits, listing, object, ROOT, sync, useRemotes } from "./build";
import { someOf, slow } from "../slow";

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
  const { remoteWith, refused } = useRemotes();

  describe("a first kustomization.yaml", () => {
    it("begins with what Flux found without it, says so, and goes when Flux would find the same", async () => {
      for (const { protect, ...rest } of someOf([APP, { ...APP, protect: undefined }])) {
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

    slow("heeds what the source leaves out", async () => {
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

    it("and a .sourceignore of ours are refused where it hides what Flux builds of others", async () => {
      const apps = { [`${ROOT}/apps.yaml`]: sync("apps") };
      const gone = `${ROOT}/apps.yaml: Kustomization flux-system/apps would vanish from what Flux builds of ${ROOT}/`;
      for (const ignore of ["/*\n!/other\n", "apps.yaml\n"])
        for (const [theirs, inputs] of [
          [apps, { ...APP, edits: {}, files: {} }],
          [{ ...apps, [`${ROOT}/kustomization.yaml`]: listing("apps.yaml") }, APP],
        ] as const)
          await refused(theirs, { ...inputs, files: { ...inputs.files, ".sourceignore": ignore } }, gone);
      const remote = remoteWith(apps);
      await new Hand(remote.url).up({ ...APP, files: { ...APP.files, ".sourceignore": "/docs\n" } });
    });
  });

  describe("a kustomization file of another name", () => {
    for (const name of someOf(["kustomization.yml", "Kustomization"])) {
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

  slow(
    "lists ours beside a file of others in a folder that Flux reads by no Kustomization, and by one only then not",
    async () => {
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
    },
  );

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
