import { listing, object } from "./build";

/** What a folder of files is built to: labels of objects, or words of why it isn't. */
export type Built = readonly string[] | RegExp;

const component = (...lines: readonly string[]): string =>
  `apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\n${lines.map((line) => `${line}\n`).join("")}`;
const patch = (target: string, text: string, more = ""): string =>
  `patches:\n- target: ${target}\n  patch: |-\n    ${text.replaceAll("\n", "\n    ")}\n${more}`;
const merge = (name: string, more: string, apiVersion = "v1"): string =>
  `apiVersion: ${apiVersion}\nkind: ConfigMap\nmetadata:\n  name: ${name}\n${more}`;
const a = { "a.yaml": object("ConfigMap", "a") };
const with_ = (more: string): Readonly<Record<string, string>> => ({
  ...a,
  "kustomization.yaml": `${listing("a.yaml")}${more}`,
});

/** Folders as people have them, by what is odd about them. */
export const KUSTOMIZATIONS: Readonly<Record<string, readonly [Readonly<Record<string, string>>, Built]>> = {
  "a list under a name in other case": [
    { ...a, "kustomization.yaml": "Resources: [a.yaml]\n" },
    ["ConfigMap a"],
  ],
  "its objects in a second document": [
    { ...a, "kustomization.yaml": `namePrefix: x-\nresources: []\n---\n${listing("a.yaml")}` },
    [],
  ],
  "a text in place of a list": [
    { ...a, "kustomization.yaml": "resources: a.yaml\n" },
    /list of texts in `resources`/,
  ],
  "an entry without a text": [{ ...a, "kustomization.yaml": "resources:\n-\n- a.yaml\n" }, /list of texts/],
  "an object of Flux's": [
    {
      ...a,
      "kustomization.yaml": listing("b"),
      "b/kustomization.yaml": object("Kustomization", "b", "flux-system", "kustomize.toolkit.fluxcd.io/v1"),
    },
    /its apiVersion is kustomize.toolkit.fluxcd.io\/v1/,
  ],
  "an object of another kind": [
    { "kustomization.yaml": listing("b"), "b/kustomization.yaml": object("ConfigMap", "b") },
    /its kind is ConfigMap/,
  ],
  "nothing, below": [
    {
      ...a,
      "kustomization.yaml": listing("a.yaml", "b"),
      "b/kustomization.yaml": "resources:\nnamePrefix: ''\n",
    },
    /b\/kustomization.yaml: kustomize refuses a kustomization that says nothing/,
  ],
  "an empty list, below": [
    { ...a, "kustomization.yaml": listing("a.yaml", "b"), "b/kustomization.yaml": "resources: []\n" },
    ["ConfigMap a"],
  ],
  "a component among its resources": [
    { ...a, "kustomization.yaml": listing("c"), "c/kustomization.yaml": component("resources: [../a.yaml]") },
    /c\/kustomization.yaml: it is a Component, which can't be among `resources`/,
  ],
  "a kustomization among its components": [
    { ...a, "kustomization.yaml": "components: [c]\n", "c/kustomization.yaml": listing("../a.yaml") },
    /it is a Kustomization, which can't be among `components`/,
  ],
  "a file among its components": [
    { ...a, "kustomization.yaml": "components: [a.yaml]\n" },
    /'a.yaml' is a file, which can't be among `components`/,
  ],
  "a component in a component": [
    {
      ...with_("components: [c]\n"),
      "c/kustomization.yaml": component("components: [../d]", "nameSuffix: -c"),
      "d/kustomization.yaml": component("namePrefix: d-"),
    },
    ["ConfigMap d-a-c"],
  ],
  "components, each of which changes what was before it": [
    {
      ...with_("components: [c, d]\n"),
      "c/kustomization.yaml": component("namePrefix: c-"),
      "d/kustomization.yaml": component("resources: [b.yaml]"),
      "d/b.yaml": object("ConfigMap", "b"),
    },
    ["ConfigMap b", "ConfigMap c-a"],
  ],
  "a Namespace under another name": [
    { "kustomization.yaml": `namespace: team\n${listing("n.yaml")}`, "n.yaml": object("Namespace", "n") },
    ["Namespace team"],
  ],
  "two Namespaces that get one name": [
    {
      "kustomization.yaml": `namespace: team\n${listing("n.yaml", "m.yaml")}`,
      ...{ "n.yaml": object("Namespace", "n"), "m.yaml": object("Namespace", "m") },
    },
    /Namespace team: already registered id/,
  ],
  "a patch in a file that deletes": [
    { ...with_("patches: [{ path: p.yaml }]\n"), "p.yaml": merge("a", "$patch: delete\n") },
    [],
  ],
  "a patch in the second document that deletes": [
    {
      ...with_(`patchesStrategicMerge:\n- p.yaml\n`),
      "a.yaml": `${object("ConfigMap", "a")}---\n${object("ConfigMap", "b")}`,
      "p.yaml": `${merge("a", "data: { x: y }\n")}---\n${merge("b", "$patch: delete\n")}`,
    },
    ["ConfigMap a"],
  ],
  "a patch that moves to another namespace": [
    with_(patch("{ kind: ConfigMap }", "- { op: add, path: /metadata/namespace, value: team }")),
    ["ConfigMap team/a"],
  ],
  "a patch that renames": [
    with_(patch("{ name: a }", "- { op: replace, path: /metadata/name, value: b }")),
    ["ConfigMap b"],
  ],
  "a name that YAML 1.1 takes for no text": [
    { "kustomization.yaml": listing("n.yaml"), "n.yaml": `# n\n${object("ConfigMap", "n")}x: { y: z }\n` },
    ["ConfigMap n"],
  ],
  "a merge that may not rename": [with_(patch("{ name: a }", merge("b", "data: { x: y }"))), ["ConfigMap a"]],
  "a merge that may": [
    with_(patch("{ name: a }", merge("b", "data: { x: y }"), "  options: { allowNameChange: true }\n")),
    ["ConfigMap b"],
  ],
  "a patch that finds an object by its former name": [
    {
      "kustomization.yaml": `${listing("b")}patches:\n- patch: |-\n    ${merge("a", "$patch: delete").replaceAll("\n", "\n    ")}\n`,
      "b/kustomization.yaml": `namePrefix: b-\n${listing("../a.yaml")}`,
      ...a,
    },
    [],
  ],
  "a patch of an object that isn't there": [
    { ...with_("patches: [{ path: p.yaml }]\n"), "p.yaml": merge("b", "data: { x: y }\n") },
    /patch of ConfigMap b \(version v1\) finds no such object/,
  ],
  "a patch of another version": [
    { ...with_("patches: [{ path: p.yaml }]\n"), "p.yaml": merge("a", "data: { x: y }\n", "v1beta1") },
    /patch of ConfigMap a \(version v1beta1\) finds no such object/,
  ],
  "a patch of others that aren't there, by target": [
    with_(patch("{ kind: Secret }", "- { op: add, path: /data, value: {} }")),
    ["ConfigMap a"],
  ],
  "a missing file of patches": [
    with_("patches: [{ path: p.yaml }]\n"),
    /'p.yaml' of `patches` leads to nothing/,
  ],
  "a missing file of a generator": [
    with_("configMapGenerator: [{ name: g, files: [x=f.txt] }]\n"),
    /'f.txt' of `configMapGenerator` leads to nothing/,
  ],
  "a missing file of variables": [
    with_("secretGenerator: [{ name: g, envs: [f.env] }]\n"),
    /'f.env' of `secretGenerator` leads to nothing/,
  ],
  "missing definitions": [with_("crds: [c.yaml]\n"), /'c.yaml' of `crds`/],
  "a missing schema": [with_("openapi: { path: s.json }\n"), /'s.json' of `openapi`/],
  "a missing configuration": [with_("configurations: [c.yaml]\n"), /'c.yaml' of `configurations`/],
  "missing replacements": [with_("replacements: [{ path: r.yaml }]\n"), /'r.yaml' of `replacements`/],
  "missing transformers": [with_("transformers: [t.yaml]\n"), /'t.yaml' of `transformers`/],
  "an alias without its anchor": [
    { ...with_(""), "a.yaml": `${object("ConfigMap", "a")}data:\n  x: *x\n` },
    /isn't valid YAML/,
  ],
  "a key twice": [
    { ...with_(""), "a.yaml": `${object("ConfigMap", "a")}data:\n  x: a\n  x: b\n` },
    /isn't valid YAML/,
  ],
  "a value that begins as none may": [
    { ...with_(""), "a.yaml": `${object("ConfigMap", "a")}data:\n  x: @y\n` },
    /isn't valid YAML/,
  ],
  "a control character": [
    { ...with_(""), "a.yaml": `${object("ConfigMap", "a")}data:\n  x: "\u0007"\n` },
    /isn't valid YAML/,
  ],
  "text after a document's end": [
    { ...with_(""), "a.yaml": `${object("ConfigMap", "a")}--- { kind: none }\n` },
    /has a line that kustomize takes for a document's end/,
  ],
  "a list of nothing": [{ ...with_(""), "a.yaml": "apiVersion: v1\nkind: List\nitems:\n" }, []],
  "a map of nothing": [{ ...with_(""), "a.yaml": "{}\n" }, []],
};
