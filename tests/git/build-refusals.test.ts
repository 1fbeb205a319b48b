import assert from "node:assert/strict";
import { Hand } from "./remote";
import { APP, edits, listing, object, ROOT, sync, useRemotes } from "./build";
import { someOf } from "../slow";

describe("the build that Flux makes of a commit", () => {
  const { remoteWith, refused } = useRemotes();

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
      for (const [text, words] of someOf(Object.entries(fields))) {
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
});
