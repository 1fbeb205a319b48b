import { strict as assert } from "node:assert";
import { stringify } from "yaml";
import type { LiveObject, Metadata } from "../../provider/kubernetes/live-object";
import { examine } from "../../provider/live/examine";
import { FakeCluster } from "../flux/fake-cluster";
import { testContext } from "../git/remote";

const GROUP = "kustomize.toolkit.fluxcd.io";
const kustomization = (name: string, ids: readonly string[]): LiveObject => ({
  apiVersion: `${GROUP}/v1`,
  kind: "Kustomization",
  metadata: { name, namespace: "flux-system" },
  spec: { prune: true },
  status: { inventory: { entries: ids.map((id) => ({ id, v: "v1" })) } },
});
const by = (name: string, group = GROUP): Metadata => ({
  labels: { [`${group}/name`]: name, [`${group}/namespace`]: "flux-system" },
});
const web: LiveObject = { apiVersion: "v1", kind: "Namespace", metadata: { name: "web", ...by("web") } };
const object = (apiVersion: string, kind: string, name: string, metadata: Metadata): LiveObject => ({
  apiVersion,
  kind,
  metadata: { name, namespace: "web", ...metadata },
});
const deployment = (metadata: Metadata): LiveObject => object("apps/v1", "Deployment", "theirs", metadata);
const release = (metadata: Metadata): LiveObject =>
  object("helm.toolkit.fluxcd.io/v2", "HelmRelease", "chart", { ...metadata, namespace: "flux-system" });
const person = { managedFields: [{ manager: "kubectl-client-side-apply" }] };
const definition: LiveObject = {
  apiVersion: "apiextensions.k8s.io/v1",
  kind: "CustomResourceDefinition",
  metadata: { name: "certificates.cert-manager.io", ...by("web") },
  spec: {
    group: "cert-manager.io",
    names: { kind: "Certificate" },
    versions: [{ name: "v1", storage: true }],
  },
};
const certificate = (metadata: Metadata): LiveObject =>
  object("cert-manager.io/v1", "Certificate", "theirs", metadata);

describe("what goes with a namespace or a definition", () => {
  let cluster: FakeCluster;
  afterEach(() => {
    cluster.stop();
  });

  const judge = async (going: LiveObject, live: readonly LiveObject[], takeOver: readonly string[] = []) => {
    cluster = await FakeCluster.start(...live);
    const changed = [{ path: "app.yaml", before: stringify(going) }];
    const target = { kubeconfig: cluster.kubeconfig, kustomizations: ["flux-system/web"], takeOver };
    await examine(testContext(), target, { changed, files: {} }, false);
  };

  const theirs: readonly [string, LiveObject, readonly LiveObject[], string][] = [
    [
      "in the list of another Kustomization",
      web,
      [web, kustomization("infra", ["web_db__Secret", "other_db__Secret"])],
      "  Secret web/db: Kustomization flux-system/infra",
    ],
    [
      "applied by a person",
      web,
      [web, deployment(person)],
      "  Deployment web/theirs: whoever applied it with kubectl-client-side-apply",
    ],
    [
      "made by a HelmRelease of others",
      web,
      [web, deployment(by("chart", "helm.toolkit.fluxcd.io")), release(by("infra"))],
      "  Deployment web/theirs: HelmRelease flux-system/chart",
    ],
    [
      "of the kind, in whichever namespace",
      definition,
      [definition, certificate(person)],
      "  Certificate web/theirs: whoever applied it with kubectl-client-side-apply",
    ],
  ];
  for (const [what, going, live, line] of theirs) {
    it(`is refused with what is ${what}`, async () => {
      const { kind = "", metadata: { name = "" } = {} } = going;
      const named = line.trim().split(":")[0] ?? "";
      await assert.rejects(judge(going, live), (error: Error) => {
        assert.deepEqual(error.message.split("\n"), [
          "nothing was committed:",
          `${kind} ${name} goes, and these would go with it, which belong to others:`,
          line,
          `→ Have Flux leave it: kubectl annotate ${kind.toLowerCase()} ${name} kustomize.toolkit.fluxcd.io/prune=disabled --field-manager=handoff && pulumi up`,
          `  or, once their owners have what they need of it, let it go by the setting takeOver: ["${named}"]`,
        ]);
        return true;
      });
      cluster.stop();
      await judge(going, live, [named]);
    });
  }

  it("is refused when a Kustomization takes it along", async () => {
    const live = [web, kustomization("web", ["_web__Namespace"]), deployment(person)];
    await assert.rejects(
      judge(kustomization("web", []), live),
      /Namespace web goes, and these would go with it/,
    );
  });

  it("is refused with the objects of a kind of Flux's whose controller goes, ours, too", async () => {
    const buckets: LiveObject = {
      ...definition,
      metadata: { name: "buckets.source.toolkit.fluxcd.io" },
      spec: { ...definition.spec, group: "source.toolkit.fluxcd.io", names: { kind: "Bucket" } },
    };
    const bucket = (name: string, finalizers?: string[]): LiveObject =>
      object("source.toolkit.fluxcd.io/v1", "Bucket", name, { ...by("web"), finalizers });
    await judge(buckets, [buckets, bucket("free")]);
    cluster.stop();
    const live = [buckets, bucket("free"), bucket("held", ["finalizers.fluxcd.io"])];
    await assert.rejects(judge(buckets, live), (error: Error) => {
      assert.deepEqual(error.message.split("\n").slice(1), [
        "CustomResourceDefinition buckets.source.toolkit.fluxcd.io goes together with its controller, which alone answers the finalizers of these; they would hang, and the definition with them:",
        "  Bucket web/held",
        "→ Take two steps: a commit without these first, then one without the controller.",
      ]);
      return true;
    });
  });

  const kept = { ...web, metadata: { ...web.metadata, annotations: { [`${GROUP}/prune`]: "disabled" } } };
  const owner = { ownerReferences: [{ kind: "Database", name: "db" }] };
  const label = { labels: { "app.kubernetes.io/managed-by": "Helm" } };
  const ours: readonly [string, LiveObject, readonly LiveObject[]][] = [
    ["ours", web, [web, deployment(by("web")), kustomization("web", ["web_theirs_apps_Deployment"])]],
    [
      "made by a HelmRelease of ours",
      web,
      [web, deployment(by("chart", "helm.toolkit.fluxcd.io")), release(by("web"))],
    ],
    ["left by a HelmRelease that is gone", web, [web, deployment(by("chart", "helm.toolkit.fluxcd.io"))]],
    ["made of another object", web, [web, deployment({ ...person, ...owner })]],
    [
      "a claim that a StatefulSet has made",
      web,
      [web, object("v1", "PersistentVolumeClaim", "data-db-0", label)],
    ],
    [
      "in another namespace",
      web,
      [web, object("apps/v1", "Deployment", "x", { ...person, namespace: "web2" })],
    ],
    ["in a namespace that stays", kept, [kept, deployment(person)]],
    ["in a namespace that isn't there", web, [kustomization("infra", ["web_db__Secret"])]],
    ["of a kind and ours", definition, [definition, certificate(by("web"))]],
  ];
  for (const [what, going, live] of ours) {
    it(`is let go with what is ${what}`, async () => {
      await judge(going, live);
    });
  }
});
