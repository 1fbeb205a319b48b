import assert from "node:assert/strict";
import { fillingOf } from "../../provider/git/build/filling";
import { APP, listing, object, ROOT, sync, useRemotes } from "./build";
import { Hand } from "./remote";

const LIST = `${ROOT}/kustomization.yaml`;
const FLUX = `${ROOT}/flux-system`;
const SOURCE = "  sourceRef: { kind: GitRepository, name: flux-system }\n";
const applies = (name: string, path: string): string => `${sync(name, path)}${SOURCE}`;
const flux = (more = "", entries: readonly string[] = []): Readonly<Record<string, string>> => ({
  [LIST]: listing("flux-system", ...entries),
  [`${FLUX}/kustomization.yaml`]: listing("gotk-sync.yaml"),
  [`${FLUX}/gotk-sync.yaml`]: `${object("GitRepository", "flux-system", "flux-system", "source.toolkit.fluxcd.io/v1")}spec:\n  url: ssh://git@example.com/a/b.git\n---\n${applies("flux-system", `./${ROOT}`)}${more}`,
});

/** An app whose manifests lie in a folder that others may apply from above. */
const OURS = {
  ...APP,
  files: {
    ...APP.files,
    [`${ROOT}/calcom/calcom.yaml`]: applies("calcom", "./infrastructure/calcom"),
    "infrastructure/calcom/kustomization.yaml": listing("ns.yaml"),
    "infrastructure/calcom/ns.yaml": object("Namespace", "calcom"),
  },
};

describe("Kustomizations of others that would do something to ours by themselves", () => {
  const { remoteWith, refused } = useRemotes();

  describe("apply a folder above", () => {
    const wiki = { "infrastructure/wiki/ns.yaml": object("Namespace", "wiki") };
    const cases: Readonly<Record<string, Readonly<Record<string, string>>>> = {
      "infrastructure/": {
        ...flux("", ["infra.yaml"]),
        [`${ROOT}/infra.yaml`]: applies("infra", "./infrastructure"),
      },
      "./": { ...flux(), "clusters/staging/all.yaml": `---\n${applies("infra", ".")}` },
    };
    for (const [folder, theirs] of Object.entries(cases)) {
      it(`without a list, so that Flux would find ours there: ${folder}`, async () => {
        await refused(
          { ...theirs, ...wiki },
          OURS,
          "infrastructure/calcom/: Kustomization flux-system/infra of clusters/",
          `would apply it, too, beside our Kustomization flux-system/calcom: it applies ${folder}, where Flux finds it by itself`,
        );
        const listed = folder === "./" ? "kustomization.yaml" : "infrastructure/kustomization.yaml";
        const remote = remoteWith({ ...theirs, ...wiki, [listed]: listing() });
        await new Hand(remote.url).up(OURS);
      });
    }

    it("of another source, at a path that Flux fills in, or already: no matter", async () => {
      const others = {
        ...flux(),
        [`${ROOT}/podinfo.yaml`]: `${sync("podinfo", "./")}  sourceRef: { kind: GitRepository, name: podinfo }\n`,
        [`${ROOT}/filled.yaml`]: applies("filled", "./${cluster}"),
        "clusters/eu/calcom.yaml": applies("calcom", "./infrastructure/calcom"),
      };
      await new Hand(remoteWith({ ...others, ...wiki }).url).up(OURS);
      const known = {
        ...flux(),
        [`${ROOT}/infra.yaml`]: applies("infra", "./infrastructure"),
        "infrastructure/calcom/kustomization.yaml": listing("ns.yaml"),
        "infrastructure/calcom/ns.yaml": object("Namespace", "calcom"),
      };
      const hand = new Hand(remoteWith(known).url);
      await hand.up(OURS);
      const files = {
        ...OURS.files,
        "infrastructure/calcom/kustomization.yaml": listing("ns.yaml", "more.yaml"),
        "infrastructure/calcom/more.yaml": object("Namespace", "more"),
      };
      await hand.up({ ...OURS, files });
    });

    it("as the root itself does where it has no list", async () => {
      const { [LIST]: _, ...theirs } = flux();
      const root = { ...theirs, [`${ROOT}/wiki.yaml`]: object("Namespace", "wiki") };
      const files = {
        [`${ROOT}/calcom.yaml`]: applies("calcom", `./${ROOT}/manifests/calcom`),
        [`${ROOT}/manifests/calcom/ns.yaml`]: object("Namespace", "calcom"),
      };
      const ours = { ...APP, files, edits: {} };
      await refused(
        root,
        ours,
        `${ROOT}/manifests/calcom/: Kustomization flux-system/flux-system would apply it`,
      );
    });
  });

  it("apply a folder that a commit takes away: refused, and told by a destroy", async () => {
    const theirs = { ...flux(), "clusters/eu/calcom.yaml": applies("calcom", "./infrastructure/calcom/") };
    const remote = remoteWith(theirs);
    const hand = new Hand(remote.url);
    await hand.up(OURS);
    const words =
      "clusters/eu/calcom.yaml: its Kustomization flux-system/calcom applies infrastructure/calcom/, which this commit takes away";
    const without = { ...OURS, files: { "x.md": "x" }, edits: {} };
    for (const act of [() => hand.preview(without), () => hand.up(without)])
      await assert.rejects(act(), (error: Error) => error.message.includes(words));
    await hand.destroy();
    assert.ok(hand.ctx.messages.some((message) => message.includes(words)));
  });

  describe("fill in variables", () => {
    const POST_BUILD = "  postBuild: { substitute: { region: eu } }\n";
    const ours = (text: string, annotations = "") => ({
      ...APP,
      files: {
        ...APP.files,
        [`${ROOT}/calcom/calcom.yaml`]: `${object("ConfigMap", "calcom", "flux-system")}${annotations}data:\n  text: ${JSON.stringify(text)}\n`,
      },
    });

    it("and would fail as a whole, at what is no variable to Flux", async () => {
      const words = `which the Kustomization that applies ${ROOT}/ can't fill in`;
      const place = `${ROOT}/calcom/calcom.yaml`;
      await refused(
        flux(POST_BUILD),
        ours("${{ github.ref }}"),
        `${place} holds \${{ github.ref }}, ${words}`,
      );
      const faultsOf = (text: string, annotations?: string, before?: string): readonly string[] => {
        const after = ours(text, annotations).files[place];
        return fillingOf(ROOT, [{ path: place, before, after }]).faults;
      };
      for (const text of [
        "a ${",
        "${a",
        "${a b}",
        "${-}",
        "$$${}",
        "${a|b}",
        "${a/b}",
        "${#a b}",
        "${a:}",
        "${a#}",
      ])
        assert.equal(faultsOf(text).length, 1, text);
      const fine = [
        "${a}",
        "${a:-b}",
        "${a:=${b}}",
        "${a=}",
        "${a:1:2}",
        "${a/b/c}",
        "${a^^}",
        "${#a}",
        "${a%b}",
      ];
      for (const text of [...fine, "$${{ x }}", "$a {", "$$$${ x }"])
        assert.deepEqual(faultsOf(text), [], text);
      const left = "  annotations: { kustomize.toolkit.fluxcd.io/substitute: disabled }\n";
      assert.deepEqual(faultsOf("${{ x }}", left), []);
      assert.deepEqual(faultsOf("${{ x }}", "", ours("${ }").files[place]), []);
    });

    it("or have none to fill in", async () => {
      for (const more of ["", "  postBuild: { substitute: {} }\n"]) {
        const hand = new Hand(remoteWith(flux(more)).url);
        await hand.up(ours("${{ x }} ${a}"));
        assert.ok(!hand.ctx.messages.some((message) => message.includes("postBuild")));
      }
    });
  });
});
