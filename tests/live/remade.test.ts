import { strict as assert } from "node:assert";
import { stringify } from "yaml";
import type { LiveObject } from "../../provider/kubernetes/live-object";
import { examine } from "../../provider/live/examine";
import { FakeCluster } from "../flux/fake-cluster";
import { testContext } from "../git/remote";

const GROUP = "kustomize.toolkit.fluxcd.io";
const kustomization = (
  name: string,
  spec: LiveObject["spec"] = {},
  ids: readonly string[] = [],
): LiveObject => ({
  apiVersion: `${GROUP}/v1`,
  kind: "Kustomization",
  metadata: { name, namespace: "flux-system" },
  spec: {
    prune: true,
    path: "./apps/web",
    sourceRef: { kind: "GitRepository", name: "flux-system" },
    ...spec,
  },
  ...(ids.length > 0 && { status: { inventory: { entries: ids.map((id) => ({ id, v: "v1" })) } } }),
});
const namespace: LiveObject = { apiVersion: "v1", kind: "Namespace", metadata: { name: "web" } };
const config = (name: string, metadata: LiveObject["metadata"] = {}): LiveObject => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name, namespace: "web", ...metadata },
});
const of = (name: string, annotations = {}): LiveObject["metadata"] => ({
  labels: { [`${GROUP}/name`]: name, [`${GROUP}/namespace`]: "flux-system" },
  annotations,
});
const IDS = ["_web__Namespace", "web_settings__ConfigMap", "web_old__ConfigMap"];

type Files = Readonly<Record<string, LiveObject>>;

describe("what another Kustomization is to apply", () => {
  let cluster: FakeCluster;
  afterEach(() => {
    cluster.stop();
  });

  const judge = async (
    before: Files,
    after: Files,
    live: readonly LiveObject[],
    leaving: string[] = [],
    reading?: string[],
  ) => {
    cluster = await FakeCluster.start(namespace, ...live);
    const text = (files: Files, path: string) => files[path] && stringify(files[path]);
    const changed = [...new Set([...Object.keys(before), ...Object.keys(after)])]
      .map((path) => ({ path, before: text(before, path), after: text(after, path) }))
      .filter((one) => one.before !== one.after);
    const files = Object.fromEntries(Object.entries(after).map(([path, one]) => [path, stringify(one)]));
    const ctx = testContext();
    const kustomizations = ["flux-system", "web", "site", "extra"].map((name) => `flux-system/${name}`);
    await examine(
      ctx,
      { kubeconfig: cluster.kubeconfig, kustomizations, leaving, ...(reading && { reading }) },
      { changed, files },
      false,
    );
  };
  const refused = async (asked: Promise<void>, ...lines: readonly string[]) => {
    await assert.rejects(asked, (error: Error) => {
      assert.deepEqual(error.message.split("\n"), ["nothing was committed:", ...lines]);
      return true;
    });
  };
  const ORPHANED = [
    "→ Let it go without its objects, which Kustomization flux-system/site then takes over; what is in no file any more stays for you to delete:",
    `    kubectl patch kustomization web -n flux-system --type=merge --field-manager=handoff -p '{"spec":{"deletionPolicy":"Orphan"}}' && pulumi up`,
  ];

  it("isn't deleted by one that goes, since it got another name", async () => {
    await refused(
      judge({ "apps/web.yaml": kustomization("web") }, { "apps/web.yaml": kustomization("site") }, [
        kustomization("web", {}, IDS),
      ]),
      "Kustomization flux-system/web goes and would take along what Kustomization flux-system/site is to apply; Flux would delete that and make it again, and what it holds would be lost:",
      ...["  Namespace web", "  ConfigMap web/settings", "  ConfigMap web/old"],
      ...ORPHANED,
    );
  });

  it("isn't deleted by one that goes, whose objects are in other files now", async () => {
    const lines = [
      "Kustomization flux-system/web goes and would take along what another Kustomization is to apply; Flux would delete that and make it again, and what it holds would be lost:",
      "  ConfigMap web/settings",
      ...ORPHANED.map((line) => line.replace("Kustomization flux-system/site", "another Kustomization")),
    ];
    const live = [kustomization("web", {}, IDS), config("settings", of("web"))];
    const files = { "extra/settings.yaml": config("settings") };
    const gone = { "apps/web.yaml": kustomization("web") };
    await refused(judge({ ...gone, "web/settings.yaml": config("settings") }, files, live), ...lines);
    cluster.stop();
    // In a repository of apps, the Kustomizations are in no file.
    await refused(
      judge({ "web/settings.yaml": config("settings") }, files, live, ["flux-system/web"]),
      ...lines,
    );
  });

  it("isn't deleted by one that stays, whose folder it leaves", async () => {
    await refused(
      judge(
        { "apps/web/settings.yaml": config("settings"), "apps/web/two.yaml": config("two") },
        { "apps/site/settings.yaml": config("settings"), "apps/web/2.yaml": config("two") },
        [kustomization("web"), config("settings", of("web")), config("two", of("web"))],
      ),
      "Kustomization flux-system/web has these objects, and their files leave its folder apps/web; Flux would delete them and make them again from where they go, and what they hold would be lost:",
      "  ConfigMap web/settings (apps/site/settings.yaml)",
      "→ Have Flux not delete them, and take that word off again when they are the other Kustomization's (the same with a - in place of =disabled):",
      "    kubectl annotate configmap settings -n web kustomize.toolkit.fluxcd.io/prune=disabled --field-manager=handoff",
    );
  });

  const wrapper = (...resources: string[]): LiveObject => ({
    ...{ apiVersion: "kustomize.config.k8s.io/v1beta1", kind: "Kustomization" },
    ...{ resources },
  });
  const BASE = { "bases/web/kustomization.yaml": wrapper("s.yaml"), "bases/web/s.yaml": config("settings") };

  it("isn't deleted by one that goes, when another's wrapper leads to the same base", async () => {
    await refused(
      judge(
        {
          ...BASE,
          "c/web/kustomization.yaml": wrapper("../../bases/web"),
          "apps/web.yaml": kustomization("web", { path: "./c/web" }),
        },
        {
          ...BASE,
          "c/site/kustomization.yaml": wrapper("../../bases/web"),
          "apps/site.yaml": kustomization("site", { path: "./c/site" }),
        },
        [kustomization("web", { path: "./c/web" }, IDS), config("settings", of("web"))],
      ),
      "Kustomization flux-system/web goes and would take along what Kustomization flux-system/site is to apply; Flux would delete that and make it again, and what it holds would be lost:",
      "  ConfigMap web/settings",
      ...ORPHANED,
    );
  });

  it("isn't deleted by one that stays, when it leaves a base that its wrapper leads to", async () => {
    const wrappers = {
      "c/web/kustomization.yaml": wrapper("../../bases/web"),
      "c/site/kustomization.yaml": wrapper("../../bases/site"),
      "bases/web/kustomization.yaml": wrapper("s.yaml"),
    };
    await assert.rejects(
      judge(
        { ...wrappers, ...BASE, "bases/site/kustomization.yaml": wrapper() },
        {
          ...wrappers,
          "bases/web/kustomization.yaml": wrapper(),
          "bases/site/kustomization.yaml": wrapper("s.yaml"),
          "bases/site/s.yaml": config("settings"),
        },
        [kustomization("web", { path: "./c/web" }), config("settings", of("web"))],
      ),
      /Kustomization flux-system\/web has these objects, and their files leave its folder c\/web; Flux .*\n {2}ConfigMap web\/settings \(bases\/site\/s\.yaml\)\n/,
    );
  });

  describe("and comes from another repository", () => {
    const git = (name: string): LiveObject["spec"] => ({
      path: "./k8s",
      sourceRef: { kind: "GitRepository", name },
    });
    const root = { "flux/gotk-sync.yaml": kustomization("flux-system", { path: "./flux" }) };
    const came = { "site/settings.yaml": config("settings") };
    const WORDS = [
      "Kustomization flux-system/web has these objects, from another repository than this one, to which they come and which it doesn't read; Flux would delete them and make them again from where they go, and what they hold would be lost:",
      "  ConfigMap web/settings (site/settings.yaml)",
      "→ Have Flux not delete them, and take that word off again when they are the other Kustomization's (the same with a - in place of =disabled):",
      "    kubectl annotate configmap settings -n web kustomize.toolkit.fluxcd.io/prune=disabled --field-manager=handoff",
    ];
    const live = [kustomization("web", git("web-app"), IDS), config("settings", of("web"))];

    it("isn't deleted by one that goes on reading that one", async () => {
      // To an app's repository, and to Flux's own, where the Kustomizations are among the files.
      await refused(judge({}, came, live, [], ["flux-system/site"]), ...WORDS);
      cluster.stop();
      const staying = { ...root, "apps/web.yaml": kustomization("web", git("web-app")) };
      await refused(judge(staying, { ...staying, ...came }, live), ...WORDS);
    });

    it("isn't held up where its Kustomization comes along, or has let go of it", async () => {
      await judge({}, came, live, [], ["flux-system/web"]);
      cluster.stop();
      const former = { ...root, "apps/web.yaml": kustomization("web", git("web-app")) };
      await judge(
        former,
        { ...former, ...came, "apps/web.yaml": kustomization("web", { path: "./site" }) },
        live,
      );
      cluster.stop();
      const kept = config("settings", of("web", { [`${GROUP}/prune`]: "disabled" }));
      await judge({}, came, [kustomization("web", git("web-app"), IDS), kept], [], ["flux-system/site"]);
      cluster.stop();
      const without = kustomization("web", git("web-app"), ["_web__Namespace"]);
      await judge({}, came, [without, config("settings", of("web"))], [], ["flux-system/site"]);
    });

    it("isn't held up by a root that moves to another folder, all of whose files come anew", async () => {
      const calcom = kustomization("site", { path: "./site" });
      const live = [
        kustomization("flux-system", { path: "./old" }, [
          "flux-system_site_kustomize.toolkit.fluxcd.io_Kustomization",
        ]),
        { ...calcom, metadata: { ...calcom.metadata, ...of("flux-system") } },
      ];
      await judge({}, { ...root, "flux/site.yaml": calcom }, live);
    });
  });

  const renamed = [
    { "apps/web.yaml": kustomization("web") },
    { "apps/web.yaml": kustomization("site") },
  ] as const;
  const moves = [
    { "apps/web/settings.yaml": config("settings") },
    { "apps/site/settings.yaml": config("settings") },
  ] as const;
  const listing: LiveObject = {
    ...{ apiVersion: "kustomize.config.k8s.io/v1beta1", kind: "Kustomization" },
    ...{ resources: ["../site/settings.yaml"] },
  };
  const harmless: readonly [string, readonly [Files, Files], readonly LiveObject[]][] = [
    ["it leaves its objects", renamed, [kustomization("web", { deletionPolicy: "Orphan" }, IDS)]],
    ["it doesn't prune", renamed, [kustomization("web", { prune: false }, IDS)]],
    ["it has applied nothing", renamed, [kustomization("web")]],
    ["it isn't there", renamed, []],
    [
      "the other one makes other objects",
      [renamed[0], { "apps/web.yaml": kustomization("site", { targetNamespace: "site" }) }],
      [kustomization("web", {}, IDS)],
    ],
    [
      "it goes with all that it has",
      [
        { "apps/web.yaml": kustomization("web"), "w/s.yaml": config("settings") },
        { "apps/x.yaml": kustomization("x", { path: "./x" }) },
      ],
      [kustomization("web", {}, IDS)],
    ],
    [
      "an object isn't pruned",
      moves,
      [kustomization("web"), config("settings", of("web", { [`${GROUP}/prune`]: "disabled" }))],
    ],
    ["the other one has it already", moves, [kustomization("web"), config("settings", of("site"))]],
    [
      "its Kustomization doesn't prune",
      moves,
      [kustomization("web", { prune: false }), config("settings", of("web"))],
    ],
    [
      "its Kustomization goes on taking it in",
      [moves[0], { "apps/web/kustomization.yaml": listing, ...moves[1] }],
      [kustomization("web"), config("settings", of("web"))],
    ],
    [
      "its Kustomization applies both folders",
      moves,
      [kustomization("web", { path: "./apps" }), config("settings", of("web"))],
    ],
  ];
  it("isn't held up where it is parked: its files stay, and its objects are to go", async () => {
    const parked = { "apps/web.yaml": kustomization("web"), "w/settings.yaml": config("settings") };
    const edited = { ...parked, "w/settings.yaml": config("settings", { labels: { a: "b" } }) };
    await judge(parked, edited, [kustomization("web", {}, IDS)], ["flux-system/web"]);
  });

  for (const [why, [before, after], live] of harmless) {
    it(`isn't held up where ${why}`, async () => {
      await judge(before, after, live);
    });
  }
});
