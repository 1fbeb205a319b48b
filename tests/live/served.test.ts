import { strict as assert } from "node:assert";
import { stringify } from "yaml";
import type { LiveObject } from "../../provider/kubernetes/live-object";
import { examine } from "../../provider/live/examine";
import { FakeCluster } from "../flux/fake-cluster";
import { testContext } from "../git/remote";
import { slow } from "../slow";

const object = (apiVersion: string, kind: string, name = "x", namespace = "calcom"): LiveObject => ({
  apiVersion,
  kind,
  metadata: { name, namespace },
});
const calcom: LiveObject = { apiVersion: "v1", kind: "Namespace", metadata: { name: "calcom" } };

describe("objects of which the API server says nothing", () => {
  let cluster: FakeCluster;
  afterEach(() => {
    cluster.stop();
  });

  const ask = async (
    ctx: ReturnType<typeof testContext>,
    ...objects: readonly LiveObject[]
  ): Promise<void> => {
    const files = { "app.yaml": objects.map((one) => stringify(one)).join("---\n") };
    const changed = [{ path: "app.yaml", after: files["app.yaml"] }];
    await examine(ctx, { kubeconfig: cluster.kubeconfig, kustomizations: [] }, { changed, files }, true);
  };
  const told = async (...objects: readonly LiveObject[]): Promise<string[]> => {
    const ctx = testContext();
    await ask(ctx, ...objects);
    return ctx.messages.filter((line) => line.startsWith("not judged"));
  };

  it("aren't committed in a version that it has no more, all at once", async () => {
    cluster = await FakeCluster.start(calcom);
    const gone = [
      object("policy/v1beta1", "PodDisruptionBudget"),
      object("policy/v1beta1", "PodSecurityPolicy"),
      object("extensions/v1beta1", "Ingress"),
    ];
    await assert.rejects(told(...gone), (error: Error) => {
      const lines = error.message.split("\n");
      assert.equal(lines[0], "nothing was committed:");
      assert.deepEqual(
        lines.filter((line) => line.includes("app.yaml")),
        [
          "PodDisruptionBudget calcom/x (app.yaml): the cluster doesn't serve policy/v1beta1; it has it as policy/v1",
          "PodSecurityPolicy calcom/x (app.yaml): the cluster doesn't serve policy/v1beta1; it has no kind PodSecurityPolicy in any version of policy",
          "Ingress calcom/x (app.yaml): the cluster doesn't serve extensions/v1beta1; it has no kind Ingress in any version of extensions",
        ],
      );
      assert.match(lines[2] ?? "", /^→ Write it as policy\/v1, /);
      return true;
    });
  });

  it("may have a definition to come, and what is there is said", async () => {
    cluster = await FakeCluster.start(calcom);
    assert.deepEqual(
      await told(
        object("cert-manager.io/v2", "Certificate"),
        object("example.com/v1", "Thing"),
        object("policy/v1", "PodDisruptionBudget"),
        { ...object("policy/v1beta1", "PodDisruptionBudget", "left"), ...leftAlone("left") },
      ),
      [
        "not judged by the API server: Certificate calcom/x (the cluster has its kind as cert-manager.io/v1, not yet as cert-manager.io/v2)",
        "not judged by the API server: Thing calcom/x (its kind or namespace isn't there yet)",
      ],
    );
  });
  const leftAlone = (name: string) => ({
    metadata: {
      ...{ name, namespace: "calcom" },
      annotations: { "kustomize.toolkit.fluxcd.io/reconcile": "disabled" },
    },
  });

  it("in a namespace that is being deleted are told so", async () => {
    const metadata = { name: "old", deletionTimestamp: "2026-01-01T00:00:00Z" };
    cluster = await FakeCluster.start(calcom, { ...calcom, metadata });
    const objects = ["old", "later"].map((namespace) => object("v1", "ConfigMap", "x", namespace));
    assert.deepEqual(await told(...objects), [
      "not judged by the API server: ConfigMap old/x (its namespace old is being deleted; Flux can make it once that has gone)",
      "not judged by the API server: ConfigMap later/x (its kind or namespace isn't there yet)",
    ]);
  });

  it("since a webhook can't be reached, or the user may not ask, are told with its words, alike ones together", async () => {
    cluster = await FakeCluster.start(calcom);
    cluster.refuse = ({ metadata: { name = "" } = {} }) =>
      name === "ok"
        ? undefined
        : name === "w"
          ? [400, 'admission webhook "w.example.com" does not support dry run']
          : [403, `configmaps "${name}" is forbidden: User "ci" cannot patch resource`];
    const objects = ["ok", "w", "a", "b"].map((name) => object("v1", "ConfigMap", name));
    assert.deepEqual(await told(...objects), [
      'not judged by the API server: ConfigMap calcom/w (admission webhook "w.example.com" does not support dry run)',
      'not judged by the API server: ConfigMap calcom/a, ConfigMap calcom/b (configmaps "…" is forbidden: User "ci" cannot patch resource)',
    ]);
  });

  slow("of a kind that can't be read are told, and the others looked at all the same", async () => {
    const labels = {
      "kustomize.toolkit.fluxcd.io/name": "theirs",
      "kustomize.toolkit.fluxcd.io/namespace": "a",
    };
    const settings = object("v1", "ConfigMap", "settings");
    cluster = await FakeCluster.start(calcom, { ...settings, metadata: { ...settings.metadata, labels } });
    cluster.deny = (path) =>
      path.endsWith("/certificates/x")
        ? [500, "conversion webhook for cert-manager.io/v1, Kind=Certificate failed"]
        : path === "/apis/external-secrets.io/v1"
          ? [503, "service unavailable"]
          : undefined;
    const objects = [
      object("cert-manager.io/v1", "Certificate"),
      object("external-secrets.io/v1", "ExternalSecret"),
    ];
    const ctx = testContext();
    await assert.rejects(
      ask(ctx, ...objects, settings),
      /ConfigMap calcom\/settings: Kustomization a\/theirs/,
    );
    await ask(ctx, ...objects);
    assert.deepEqual(
      ctx.messages.filter((line) => line.startsWith("nobody knows")),
      [
        "nobody knows whose these are in the cluster, which can't tell of them: Certificate calcom/x (conversion webhook for cert-manager.io/v1, Kind=Certificate failed)",
        "nobody knows whose these are in the cluster, which can't tell of them: ExternalSecret calcom/x (service unavailable)",
      ],
    );
  });
});
