import { strict as assert } from "node:assert";
import { applyOverlay } from "../../manifests/flux/overlay";
import { readSync } from "../../manifests/flux/read-bootstrap";
import { plaintextSecrets } from "../../manifests/git/plaintext-secrets";
import { changesBetween } from "../../provider/git/content-changes";
import { objectsIn as resourcesIn } from "../../provider/git/build/objects";
import { listsIn } from "../../provider/git/build/lists";
import { hasEntry } from "../../provider/git/yaml/edits";
import { keptFaults } from "../../provider/git/yaml/kept-fields";
import { isForced } from "../../provider/live/forced";
import { forecast } from "../../provider/live/forecast";
import { immutableChanges } from "../../provider/live/immutable";
import { objectsIn } from "../../provider/live/objects";
import { isLeftAlone } from "../../provider/live/said";
import { amended, finished } from "../../provider/live/transform";

const object = (more: string, apiVersion = "apps/v1", kind = "StatefulSet"): string =>
  `apiVersion: ${apiVersion}\nkind: ${kind}\nmetadata:\n  name: a\n${more}`;
const plain = object("spec:\n  serviceName: x\n");

/** What people's files have where an object of Kubernetes has something else. */
const ODD: Readonly<Record<string, string>> = {
  "labels and annotations without a value": object("  labels:\n  annotations:\n"),
  "annotations that are no texts": object(
    "  annotations:\n    kustomize.toolkit.fluxcd.io/force: true\n    kustomize.toolkit.fluxcd.io/ssa: 1\n",
  ),
  "annotations as a list": object("  annotations: [a]\n"),
  "metadata as a text": "apiVersion: v1\nkind: ConfigMap\nmetadata: a\n",
  "a version that is a number": object("", "1", "Kustomization"),
  "a version without a value": object("", "", "Kustomization"),
  "a kind that is a number": object("", "v1", "5"),
  "a name and a namespace that are numbers":
    "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: 5\n  namespace: 7\n",
  "a spec without a value": object("spec:\n"),
  "a spec that is a text": object("spec: x\n"),
  "volumes without a value": object("spec:\n  volumeClaimTemplates:\n  -\n  selector: 5\n"),
  "a chart that is a text": object("spec:\n  chart: x\n", "helm.toolkit.fluxcd.io/v2", "HelmRelease"),
  "images that are none": object("spec:\n  containers:\n  - image: 5\n  - image:\n  -\n"),
  "a list as a document": "- apiVersion: v1\n  kind: ConfigMap\n",
  "a text as a document": "kind: x\n---\nhello\n",
  "a Secret's data that are none": "apiVersion: v1\nkind: Secret\nmetadata:\ndata: [a]\nstringData: x\n",
  "items that are none": "apiVersion: v1\nkind: List\nitems: { a: b }\n",
  "items without a value": "apiVersion: v1\nkind: List\nitems:\n-\n- 5\n",
  "an alias without its anchor": object("data: *x\n"),
  "more aliases than a parser likes": object(
    `a: &a [1]\nb: &b [${Array(60).fill("*a").join()}]\nc: [${Array(60).fill("*b").join()}]\n`,
  ),
  "a merge of no map": object("  <<: 5\n"),
  "names of every object's properties": object("__proto__: { a: 1 }\nconstructor: x\n"),
  "tags of YAML's own": object("data:\n  x: 2024-01-01\n  y: !!binary aGk=\n  z: !!set { a }\n"),
  "no document": "---\n---\n",
  "a kustomization with numbers for lists":
    "kind: Kustomization\nresources: 5\npatches: 5\nconfigMapGenerator: 5\nopenapi: x\n",
  "a kustomization with odd entries":
    "kind: Kustomization\nresources: [a, 5]\npatches: [null, 5, { path: 5 }, { patch: 5, target: 5 }]\nconfigMapGenerator: [null, 5, { files: 5, envs: {} }]\nreplacements: [5]\n",
};

/** What reads such a file; all of it answers. */
const READERS: Readonly<Record<string, (text: string) => void>> = {
  "the subject of a commit": (text) => {
    const of = (file: string) => ({ files: { "apps/a.yaml": file, "k/kustomization.yaml": file } });
    for (const [before, after] of [
      [plain, text],
      [text, plain],
      ["", text],
    ] as const)
      changesBetween(of(before), of(after));
  },
  "the look at the cluster": (text) => {
    const [odd, usual] = [text, plain].map((file) => objectsIn({ "a.yaml": file }, ["a.yaml"]));
    if (odd === undefined || usual === undefined) return;
    const variables = { values: new Map([["A", "b"]]), unknown: [], sure: new Set<string>(), always: true };
    for (const found of odd.values()) {
      isForced(found);
      isLeftAlone(found.object);
      finished(found, { as: { commonMetadata: { labels: { a: "b" } } }, variables });
      for (const other of usual.values()) {
        immutableChanges(found.object, other.object);
        immutableChanges(other.object, found.object);
      }
    }
    forecast(odd, usual);
    forecast(usual, odd);
  },
  "the build": (text) => {
    resourcesIn(text);
    resourcesIn(text, true);
    listsIn(text);
    amended(text, [], { targetNamespace: "x" });
  },
  "the search for secrets": (text) => {
    plaintextSecrets(text);
  },
  "the sync of a bootstrap": (text) => {
    readSync(text);
    applyOverlay([], { "kustomization.yaml": text, "p.yaml": text });
  },
  "kept fields and entries": (text) => {
    keptFaults(text, [{ path: ["spec", "x", "*", { name: "a" }, 0, "image"] }]);
    hasEntry(text, { list: ["spec", "x"], entry: "a" });
    hasEntry(text, { map: ["metadata", "labels"], key: "a", value: "b" });
    hasEntry(text, { within: ["data", "x"], list: ["a"], entry: "a" });
  },
};

describe("objects that are none", () => {
  for (const [reader, read] of Object.entries(READERS))
    it(`are no matter to ${reader}`, () => {
      for (const [name, text] of Object.entries(ODD))
        assert.doesNotThrow(() => {
          read(text);
        }, name);
    });
});
