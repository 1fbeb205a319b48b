import { strict as assert } from "node:assert";
import { whyUnready } from "../../provider/flux/follow/unready";
import { Cluster } from "../../provider/kubernetes/cluster";
import type { LiveObject } from "../../provider/kubernetes/live-object";
import { FakeCluster } from "./fake-cluster";

const namespace = "calcom";
/** As Flux labels what the Kustomization `app` applied. */
const labels = {
  "kustomize.toolkit.fluxcd.io/name": "app",
  "kustomize.toolkit.fluxcd.io/namespace": namespace,
};
const object = (apiVersion: string, kind: string, name: string, more: object): LiveObject => ({
  apiVersion,
  kind,
  metadata: { name, labels, ...(kind.startsWith("Cluster") ? {} : { namespace }) },
  ...more,
});
const notReady = (message: string, more: object = {}): object => ({
  status: { conditions: [{ type: "Ready", status: "False", reason: "Failed", message }], ...more },
});
const warning = (name: string, about: readonly [kind: string, name: string], message: string, at: string) =>
  object("v1", "Event", name, {
    ...{ type: "Warning", message, lastTimestamp: at },
    involvedObject: { kind: about[0], name: about[1], namespace },
  });

describe("what isn't ready of what was applied", () => {
  let cluster: FakeCluster | undefined;
  afterEach(() => {
    cluster?.stop();
  });

  const why = async (
    objects: readonly LiveObject[],
    events: readonly LiveObject[] = [],
  ): Promise<string[]> => {
    cluster?.stop();
    cluster = await FakeCluster.start(...objects, ...events);
    const entries = objects.map(({ apiVersion = "", kind = "", metadata = {} }) => {
      const [group = "", v = ""] = apiVersion.split("/");
      return { id: `${metadata.namespace ?? ""}_${metadata.name ?? ""}_${group}_${kind}`, v };
    });
    const owner = {
      kind: "Kustomization",
      metadata: { name: "app", namespace },
      status: { inventory: { entries } },
    };
    return await whyUnready(await Cluster.connect({ kubeconfig: cluster.kubeconfig }), owner);
  };

  it("tells the cause that an operator keeps for its events, newest last, and how to ask again", async () => {
    const about = ["ExternalSecret", "db"] as const;
    const lines = await why(
      [object("external-secrets.io/v1", "ExternalSecret", "db", notReady("could not get secret data"))],
      [
        warning("a", about, "error: Secret does not exist", "2026-01-01T00:00:02Z"),
        warning("b", about, "an older one", "2026-01-01T00:00:01Z"),
        warning("c", about, "the oldest", "2026-01-01T00:00:00Z"),
        warning("d", ["ExternalSecret", "other"], "of another", "2026-01-01T00:00:03Z"),
      ],
    );
    assert.deepEqual(lines, [
      "ExternalSecret calcom/db: Failed: could not get secret data",
      "  event: an older one",
      "  event: error: Secret does not exist",
      "  → once the cause is mended, it is asked again by: kubectl annotate externalsecret db -n calcom force-sync=$(date +%s) --overwrite",
    ]);
  });

  it("tells an object that no controller looks at", async () => {
    const blank = [undefined, {}, { conditions: [] }, { refreshTime: null, binding: { name: "" } }];
    const kinds = [
      ["external-secrets.io/v1", "ExternalSecret"],
      ["cert-manager.io/v1", "Certificate"],
    ] as const;
    for (const status of blank) {
      for (const [apiVersion, kind] of kinds) {
        const lines = await why([object(apiVersion, kind, "db", { status })]);
        const group = apiVersion.split("/")[0] ?? "";
        assert.deepEqual(lines, [
          `${kind} calcom/db: its status is empty: no controller looks at it. Is the one of its kind installed, and does it run?`,
          `  → is a controller of ${group} among them? kubectl get deployments -A; then: kubectl describe ${kind.toLowerCase()} db -n calcom`,
        ]);
      }
    }
    assert.deepEqual(await why([object("v1", "ConfigMap", "settings", {})]), []);
  });

  it("takes no store that is ready for a proof that its secrets come", async () => {
    const valid = { type: "Ready", status: "True", reason: "Valid", message: "store validated" };
    const store = object("external-secrets.io/v1", "ClusterSecretStore", "vault", {
      status: { conditions: [valid] },
    });
    for (const [more, words] of [
      [{}, /^ExternalSecret calcom\/db: its status is empty/],
      [
        notReady("could not get secret data"),
        /^ExternalSecret calcom\/db: Failed: could not get secret data/,
      ],
    ] as const) {
      const lines = await why([store, object("external-secrets.io/v1", "ExternalSecret", "db", more)]);
      assert.match(lines[0] ?? "", words);
      assert.doesNotMatch(lines.join("\n"), /ClusterSecretStore/);
    }
  });

  it("tells cert-manager's hour, and the command that doesn't wait for it", async () => {
    const failed = notReady("issuing failed", { lastFailureTime: "2026-01-01T00:00:00Z" });
    const lines = await why([object("cert-manager.io/v1", "Certificate", "tls", failed)]);
    assert.match(
      lines.join("\n"),
      /tries again after an hour.*: cmctl renew tls -n calcom, or kubectl patch certificate tls -n calcom --subresource=status --type=merge -p '\{"status":\{"lastFailureTime":null\}\}'$/,
    );
    const fresh = await why([object("cert-manager.io/v1", "Certificate", "tls", notReady("issuing"))]);
    assert.equal(fresh.at(-1), "  → kubectl describe certificate tls -n calcom");
  });

  it("tells why a Certificate's last request isn't signed, which the Certificate itself doesn't say", async () => {
    const request = (name: string, owner: string, more: object, creationTimestamp: string): LiveObject => ({
      ...object("cert-manager.io/v1", "CertificateRequest", name, more),
      metadata: {
        ...{ name, namespace, creationTimestamp },
        ownerReferences: [{ kind: "Certificate", name: owner }],
      },
    });
    const certificate = object("cert-manager.io/v1", "Certificate", "tls", notReady("Issuing certificate"));
    const lines = await why(
      [certificate],
      [
        request("tls-1", "tls", notReady("an older one"), "2026-01-01T00:00:00Z"),
        request("tls-2", "tls", notReady("the token is refused"), "2026-01-02T00:00:00Z"),
        request("other-1", "other", notReady("of another"), "2026-01-03T00:00:00Z"),
      ],
    );
    assert.deepEqual(lines, [
      "Certificate calcom/tls: Failed: Issuing certificate",
      "  CertificateRequest tls-2: Failed: the token is refused",
      "  → kubectl describe certificate tls -n calcom",
    ]);
  });

  it("finds the events of cluster-wide objects", async () => {
    const store = object("external-secrets.io/v1", "ClusterSecretStore", "vault", notReady("invalid"));
    const event = warning(
      "a",
      ["ClusterSecretStore", "vault"],
      "no such ServiceAccount",
      "2026-01-01T00:00:00Z",
    );
    const lines = await why([store], [{ ...event, metadata: { name: "a", namespace: "default" } }]);
    assert.deepEqual(lines, [
      "ClusterSecretStore vault: Failed: invalid",
      "  event: no such ServiceAccount",
      "  → kubectl describe clustersecretstore vault",
    ]);
  });
});
