import assert from "node:assert/strict";
import { Hand } from "./remote";
import { APP, edits, listing, object, ROOT, sync, useRemotes } from "./build";
import { slow } from "../slow";

const LIST = `${ROOT}/kustomization.yaml`;
const FLUX = `${ROOT}/flux-system`;
const OURS = `${ROOT}/calcom/calcom.yaml: Kustomization flux-system/calcom`;
const config = (kind: string, more: string): string =>
  `apiVersion: builtin\nkind: ${kind}\nmetadata: { name: any }\n${more}\n`;
const names = "fieldSpecs: [{ path: metadata/name }]";
const step = (target: string, ...steps: readonly object[]): string =>
  `patches:\n- target: ${target}\n  patch: '${JSON.stringify(steps)}'\n`;
const replacing = (source: string, fieldPath: string): string =>
  `replacements:\n- source: ${source}\n  targets:\n  - select: { kind: Kustomization }\n    fieldPaths: [${fieldPath}]\n`;
const others = {
  [`${ROOT}/apps.yaml`]: `${sync("apps")}  interval: 5m\n  retryInterval: 1m\n  postBuild: { substitute: {} }\n`,
  [`${ROOT}/settings.yaml`]: `${object("ConfigMap", "settings", "flux-system")}data:\n  name: prod\n`,
};
const rootSaying = (more: string): Readonly<Record<string, string>> => ({
  ...others,
  [LIST]: `${listing("apps.yaml", "settings.yaml")}${more}`,
});

describe("what lists don't tell of what Flux builds", () => {
  const { remoteWith, refused } = useRemotes();

  const transformers: Readonly<Record<string, readonly [string, string]>> = {
    "a prefix": [config("PrefixTransformer", `prefix: eu-\n${names}`), "flux-system/eu-calcom"],
    "a suffix": [config("SuffixTransformer", `suffix: -eu\n${names}`), "flux-system/calcom-eu"],
    "a namespace": [
      "apiVersion: builtin\nkind: NamespaceTransformer\nmetadata: { name: any, namespace: team }\n",
      "team/calcom",
    ],
    "a patch": [
      config(
        "PatchTransformer",
        `target: { name: calcom }\npatch: '[{"op": "replace", "path": "/metadata/name", "value": "cal"}]'`,
      ),
      "flux-system/cal",
    ],
  };
  for (const [what, [text, name]] of Object.entries(transformers)) {
    (what === "a prefix" ? it : slow)(`by a transformer, ours would get another name: ${what}`, async () => {
      const words = `${OURS} would become Kustomization ${name}, by \`transformers\` of ${LIST}`;
      const inFile = { ...rootSaying("transformers: [t.yaml]\n"), [`${ROOT}/t.yaml`]: text };
      await refused(inFile, APP, words, "Ours are followed by their names");
      const inFolder = {
        ...rootSaying("transformers: [../t]\n"),
        ...{ "clusters/t/t.yaml": text, "clusters/t/kustomization.yaml": listing("t.yaml") },
      };
      await refused(inFolder, APP, words);
      const inline = `transformers:\n- |\n  ${text.trim().replaceAll("\n", "\n  ")}\n`;
      await refused(rootSaying(inline), APP, words);
    });
  }

  slow("by a patch that selects by labels, ours would be gone", async () => {
    const patch = (selector: string): string =>
      `patches:\n- target: { ${selector} }\n  patch: |\n    $patch: delete\n    kind: Kustomization\n    metadata: { name: any }\n`;
    const labelled = sync("calcom").replace("metadata:\n", "metadata:\n  labels: { tier: app }\n");
    const app = { ...APP, files: { ...APP.files, [`${ROOT}/calcom/calcom.yaml`]: labelled } };
    const words = `${OURS} would be deleted from what Flux builds, by \`patches\` of ${LIST}`;
    for (const selector of ["labelSelector: tier in (app)", 'annotationSelector: "!x", kind: Kustomization'])
      await refused(rootSaying(patch(selector)), app, words);
    await new Hand(remoteWith(rootSaying(patch("labelSelector: tier=database"))).url).up(app);
  });

  it("a step that finds no such field in ours would end the build of everything", async () => {
    const add = { op: "add", path: "/spec/postBuild/substitute/region", value: "eu" };
    const steps = step("{ kind: Kustomization }", add);
    const words = [
      `${ROOT}/: kustomize couldn't build it any more, by \`patches\` of ${LIST}: `,
      "/spec/postBuild/substitute/region",
      "narrow their `target`",
    ];
    await refused(rootSaying(steps), APP, ...words);
    const remote = remoteWith(rootSaying(steps));
    const text = `${sync("calcom")}  postBuild: { substitute: {} }\n`;
    await new Hand(remote.url).up({ ...APP, files: { ...APP.files, [`${ROOT}/calcom/calcom.yaml`]: text } });
  });

  slow("a replacement would find no such field in ours, rename it, or find two sources", async () => {
    const settings = "{ kind: ConfigMap, name: settings, fieldPath: data.name }";
    const by = `by \`replacements\` of ${LIST}`;
    await refused(rootSaying(replacing(settings, "spec.retryInterval")), APP, by, "unable to find field");
    const inFile = {
      ...rootSaying("replacements: [{ path: r.yaml }]\n"),
      [`${ROOT}/r.yaml`]: `source: ${settings}\ntargets:\n- select: { name: calcom }\n  fieldPaths: [metadata.name]\n`,
    };
    await refused(inFile, APP, `${OURS} would become Kustomization flux-system/prod, ${by}`);
    const files = { ...APP.files, [`${ROOT}/calcom/more.yaml`]: object("ConfigMap", "more", "flux-system") };
    const both = {
      ...APP,
      files: { ...files, [`${ROOT}/calcom/kustomization.yaml`]: listing("calcom.yaml", "more.yaml") },
    };
    const any = replacing("{ kind: ConfigMap, fieldPath: data.name }", "spec.interval");
    await refused(rootSaying(any), both, by, "multiple matches for selector");
  });

  it("what others replace theirs by can't be taken away", async () => {
    const remote = remoteWith(rootSaying(""));
    const hand = new Hand(remote.url);
    const text = `${object("ConfigMap", "ours", "flux-system")}data:\n  name: 2m\n`;
    const app = {
      files: { [`${ROOT}/ours.yaml`]: text, "x.md": "x\n" },
      edits: edits(LIST, "./ours.yaml"),
      protect: APP.protect,
    };
    await hand.up(app);
    remote.commit({
      [LIST]: (list) =>
        `${list}${replacing("{ kind: ConfigMap, name: ours, fieldPath: data.name }", "spec.interval")}`,
    });
    const without = { files: { "x.md": "x\n" }, protect: APP.protect };
    for (const act of [() => hand.preview(without), () => hand.up(without)])
      await assert.rejects(act(), /nothing selected by .*ours/);
  });

  describe("of the Kustomization that applies the root", () => {
    const flux = (more: string): Readonly<Record<string, string>> => ({
      [`${FLUX}/kustomization.yaml`]: listing("gotk-sync.yaml"),
      [`${FLUX}/gotk-sync.yaml`]: `${object("GitRepository", "flux-system", "flux-system", "source.toolkit.fluxcd.io/v1")}spec:\n  url: ssh://git@example.com/a/b.git\n---\n${sync("flux-system", `./${ROOT}`)}${more}`,
    });
    const listed = { ...others, ...flux(""), [LIST]: listing("apps.yaml", "settings.yaml", "flux-system") };
    const suffix = {
      "clusters/c/kustomization.yaml":
        "apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\nnameSuffix: -eu\n",
    };

    it("its components count, with a kustomization.yaml and without", async () => {
      const words = `${OURS} would become Kustomization flux-system/calcom-eu, by \`nameSuffix\` of clusters/c/kustomization.yaml`;
      const components = flux("  components: [../c]\n");
      await refused({ ...listed, ...suffix, ...components }, APP, words);
      const { edits: _, ...alone } = APP;
      await refused({ ...others, ...suffix, ...components }, alone, words);
    });

    it("its components that aren't there are no matter where it says so", async () => {
      const more = "  components: [../none]\n  ignoreMissingComponents: true\n";
      await new Hand(remoteWith({ ...listed, ...flux(more) }).url).up(APP);
    });

    it("its steps count", async () => {
      const more = `  ${step("{ kind: Kustomization, name: calcom }", { op: "remove", path: "/spec/timeout" }).trim().replaceAll("\n", "\n  ")}\n`;
      const by = `by \`spec.patches\` of ${FLUX}/gotk-sync.yaml`;
      await refused({ ...listed, ...flux(more) }, APP, by, "couldn't build it any more");
    });

    it("its variables are told where ours hold one, and no escaped one", async () => {
      const more = "  postBuild: { substitute: { cluster: prod } }\n";
      const text = (value: string): string =>
        `${sync("calcom")}  postBuild: { substitute: { x: "${value}" } }\n`;
      for (const [value, told] of [
        ["${region}", true],
        ["$${region}", false],
      ] as const) {
        const hand = new Hand(remoteWith({ ...listed, ...flux(more) }).url);
        const path = `${ROOT}/calcom/calcom.yaml`;
        await hand.preview({ ...APP, files: { ...APP.files, [path]: text(value) } });
        const words = `${path} holds \${region}, which the Kustomization that applies ${ROOT}/ fills in`;
        assert.equal(
          hand.ctx.messages.some((message) => message.includes(words)),
          told,
        );
      }
    });

    it("its images are no matter", async () => {
      const more = "  images: [{ name: a, newTag: v1 }]\n  commonMetadata: { labels: { a: b } }\n";
      await new Hand(remoteWith({ ...listed, ...flux(more) }).url).up(APP);
    });
  });

  it("isn't built by kustomize where that takes long, and no list says that it must", async () => {
    const names = Array.from({ length: 320 }, (_, index) => `file-${String(index)}.yaml`);
    const many = Object.fromEntries(names.map((name) => [`${ROOT}/${name}`, object("Namespace", name)]));
    const chart = "helmCharts: [{ name: x, repo: https://charts.example.com }]\n";
    const hand = new Hand(remoteWith({ ...many, [LIST]: `${listing(...names)}${chart}` }).url);
    await hand.preview(APP);
    assert.ok(!hand.ctx.messages.some((one) => one.includes("can't build")));
  });

  describe("is said of a root that Flux can't build already:", () => {
    const broken: Readonly<Record<string, readonly [string, string]>> = {
      "a field that kustomize doesn't know": ["resource: [apps.yaml]\n", 'unknown field "resource"'],
      "a chart": [
        "helmCharts: [{ name: x, repo: https://charts.example.com }]\n",
        "must specify --enable-helm",
      ],
      "a number among entries": ["resources: [apps.yaml, 1.0]\n", "resources"],
      "an entry without a text": ["resources: [apps.yaml, null]\n", "resources"],
      "a pattern": ["resources:\n- ./*.yaml\n", "./*.yaml"],
      "what is missing": ["resources:\n- gone.yaml\n", "gone.yaml"],
    };
    for (const [what, [text, words]] of Object.entries(broken)) {
      (what === "a chart" ? it : slow)(what, async () => {
        const list = text.includes("resources:") ? text : `resources:\n- settings.yaml\n${text}`;
        const remote = remoteWith({ ...others, [LIST]: list });
        const hand = new Hand(remote.url);
        const told = (): boolean =>
          hand.ctx.messages
            .splice(0)
            .some((one) => one.startsWith(`Flux can't build ${ROOT}/ as it is`) && one.includes(words));
        await hand.preview(APP);
        assert.ok(told());
        await hand.up(APP);
        assert.ok(told());
      });
    }
  });

  it("is said where it can't be known", async () => {
    const transformer = config("PrefixTransformer", `prefix: eu-\n${names}`);
    const remote = remoteWith({
      ...rootSaying("transformers: [t.yaml]\n"),
      [LIST]: `${listing("apps.yaml", "https://example.com/base?ref=v1")}transformers: [t.yaml]\n`,
      [`${ROOT}/t.yaml`]: transformer,
    });
    const hand = new Hand(remote.url);
    await hand.preview(APP);
    const words = `what becomes of ours in ${ROOT}/ by \`transformers\` of ${LIST} isn't known here: it takes in what lies at another address`;
    assert.ok(
      hand.ctx.messages.some((message) => message.includes(words)),
      hand.ctx.messages.join("\n"),
    );
  });
});
