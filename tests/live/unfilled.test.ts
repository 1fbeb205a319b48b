import { strict as assert } from "node:assert";
import { stringify } from "yaml";
import type { AppliedAs } from "../../manifests/flux/applied-as";
import type { LiveObject } from "../../provider/kubernetes/live-object";
import { examine } from "../../provider/live/examine";
import { FakeCluster } from "../flux/fake-cluster";
import { testContext } from "../git/remote";

const namespace: LiveObject = { apiVersion: "v1", kind: "Namespace", metadata: { name: "calcom" } };
const config = (name: string, data: object, metadata: object = {}): LiveObject => ({
  ...{ apiVersion: "v1", kind: "ConfigMap", metadata: { name, namespace: "calcom", ...metadata } },
  ...{ data },
});
type PostBuild = AppliedAs["postBuild"];

/** fluxcd/pkg envsubst and kustomize (`varSubstitution`): what Flux fails at, or fills with nothing. */
describe("a text that the Kustomization of ours that applies it can't fill in", () => {
  let cluster: FakeCluster;
  beforeEach(async () => {
    cluster = await FakeCluster.start(namespace, config("vars", { HOST: "h" }, { namespace: "flux-system" }));
  });
  afterEach(() => {
    cluster.stop();
  });

  const look = async (after: string, postBuild: PostBuild, before?: string): Promise<void> => {
    const applied = [{ folders: ["app"], namespace: "flux-system", as: { postBuild } }];
    const target = { kubeconfig: cluster.kubeconfig, kustomizations: [], applied };
    const changed = [{ path: "app/c.yaml", before, after }];
    await examine(testContext(), target, { changed, files: { "app/c.yaml": after } }, false);
  };
  const faults: Readonly<Record<string, [PostBuild, string, RegExp]>> = {
    "that nothing says": [{ substitute: { A: "1" } }, "echo ${HOME}", /: nothing says what \$\{HOME\} is, /],
    "that is none": [{ substitute: { A: "1" } }, "${a.b}", /: \$\{a\.b\} is no variable, /],
    "with a default that only a shell knows": [
      { substitute: { A: "1" } },
      "${D-x}",
      /: \$\{D-x\} is no variable, /,
    ],
    "without an end": [
      { substituteFrom: [{ kind: "ConfigMap", name: "vars" }] },
      "${A",
      /: \$\{A is no variable, /,
    ],
    "beside a name that is none": [
      { substitute: { "a.b": "1" } },
      "x",
      /: "a\.b" is no name of a variable, /,
    ],
  };
  for (const [name, [postBuild, text, why]] of Object.entries(faults)) {
    it(`${name}: refused, unless it was so before`, async () => {
      const file = stringify(config("settings", { text }));
      await assert.rejects(look(file, postBuild), (error: Error) => {
        assert.match(error.message, /^nothing was committed:\nConfigMap calcom\/settings \(app\/c\.yaml\): /);
        assert.match(error.message, why);
        return true;
      });
      const labels = { own: "1" };
      await look(stringify(config("settings", { text }, { labels })), postBuild, file);
      // A text of its own is meant.
      const meant = config("settings", { text: text.replaceAll("${", () => "$${") });
      await look(stringify(meant), { substitute: { A: "1" } });
    });
  }
});
