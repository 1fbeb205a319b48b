import { strict as assert } from "node:assert";
import { Cluster } from "../../provider/kubernetes/cluster";
import { foreignRoot, HOLDER } from "../../provider/flux/root";
import { startSync } from "../../provider/flux/sync";
import { syncInCluster, whyNotFollowing } from "../../provider/flux/sync-look";
import { readSync, rootName } from "../../manifests/flux/read-bootstrap";
import { testContext } from "../git/remote";
import { cluster, namespace, OURS, root, source, start, stop, sync } from "./lost-cluster";

const from = (kind: string, name: string, namespace?: string) =>
  root(OURS, { spec: { sourceRef: { kind, name, namespace } } });
const other = (kind: string, name: string, namespace: string, spec: Readonly<Record<string, unknown>>) => ({
  ...source(OURS),
  ...{ kind, metadata: { name, namespace }, spec },
});

describe("a root of others that reads the same folder of another source", () => {
  afterEach(stop);
  const sources: Readonly<
    Record<string, readonly [ReturnType<typeof root>, ReturnType<typeof other>, string]>
  > = {
    "an OCI artifact": [
      from("OCIRepository", "flux-system"),
      other("OCIRepository", "flux-system", "flux-system", { url: "oci://ghcr.io/org/fleet" }),
      "OCIRepository flux-system/flux-system (oci://ghcr.io/org/fleet) clusters/a",
    ],
    "a bucket": [
      from("Bucket", "fleet", "storage"),
      other("Bucket", "fleet", "storage", { bucketName: "fleet", endpoint: "s3.example.com" }),
      "Bucket storage/fleet (s3.example.com/fleet) clusters/a",
    ],
    "what a generator makes": [
      from("ExternalArtifact", "fleet"),
      other("ExternalArtifact", "fleet", "flux-system", {}),
      "ExternalArtifact flux-system/fleet clusters/a",
    ],
    "a GitRepository of another name": [
      from("GitRepository", "fleet"),
      other("GitRepository", "fleet", "flux-system", { url: "https://git.example.com/fleet" }),
      "GitRepository flux-system/fleet (https://git.example.com/fleet) clusters/a",
    ],
  };
  for (const [what, [live, its, reads]] of Object.entries(sources)) {
    it(`isn't pointed to ours unseen: ${what}`, async () => {
      await start(live, its);
      const connected = await Cluster.connect({ kubeconfig: cluster.kubeconfig });
      const told = (await foreignRoot(connected, sync, "project/prod")) ?? "";
      assert.ok(told.includes(` reads ${reads}, and no hand-off of project/prod has pointed it there`), told);
      const looked = await whyNotFollowing(connected, { sync, revisions: {}, apps: [] });
      assert.match(
        looked ?? "",
        /^Flux's sync points elsewhere .*: to \.\/clusters\/a of \w+ [\w-]+\/[\w-]+$/,
      );
    });
  }

  it("isn't led where it applies what it reads to another cluster", async () => {
    for (const [kubeConfig, by] of [
      [{ secretRef: { name: "edge" } }, "Secret edge"],
      [{ configMapRef: { name: "edge" } }, "ConfigMap edge"],
    ] as const) {
      const mine = { [HOLDER]: "project/prod 1" };
      const metadata = { name: "flux-system", namespace: "flux-system", annotations: mine };
      await start(root(OURS, { metadata, spec: { kubeConfig } }), source(OURS));
      const connected = await Cluster.connect({ kubeconfig: cluster.kubeconfig });
      const told = (await foreignRoot(connected, sync, "project/prod")) ?? "";
      assert.ok(
        told.includes(`to another cluster, by spec.kubeConfig of its root (${by})\n→ Bootstrap that`),
        told,
      );
      stop();
    }
    await start();
  });

  it("is ours where it reads ours, wherever that is named", async () => {
    for (const live of [root(OURS), from("GitRepository", "flux-system", "flux-system")]) {
      await start(live, source(OURS));
      const connected = await Cluster.connect({ kubeconfig: cluster.kubeconfig });
      assert.equal(await foreignRoot(connected, sync, "project/prod"), undefined);
      stop();
    }
    await start();
  });

  it("is told by the names of the sync's objects, in whichever order and beside whatever else", async () => {
    const [header = "", one = "", two = ""] = sync.split("---\n");
    const team = one.replaceAll("flux-system", "team").replace("flux.git", "team.git");
    const tenants = two.replaceAll("flux-system", "tenants").replace("clusters/a", "tenants");
    const texts = [
      [header, two, one],
      [header, team, tenants, one, two],
      [header, one, two, tenants, ""],
      [header, "", "# by hand\n", one, two],
    ].map((parts) => parts.join("---\n"));
    for (const text of texts) {
      await start(source(OURS), root(OURS));
      const connected = await Cluster.connect({ kubeconfig: cluster.kubeconfig });
      assert.equal(await foreignRoot(connected, text, "project/prod"), undefined, text);
      const expected = { sync: text, revisions: { "flux-system": OURS }, apps: [] };
      assert.equal(await whyNotFollowing(connected, expected), undefined, text);
      assert.equal(await syncInCluster(connected, text), text);
      assert.equal(await startSync(testContext(), connected, text, () => assert.fail()), false);
      assert.deepEqual(readSync(text), readSync(sync));
      assert.equal(rootName(text), "flux-system/flux-system");
      stop();
    }
    await start();
  });

  it("is let go of a tag or a commit that somebody holds its source to, and stands still until then", async () => {
    const pinned = { branch: "main", tag: "v1", commit: "0".repeat(40) };
    await start(namespace, root(OURS), source(OURS, { spec: { ref: pinned } }));
    const connected = await Cluster.connect({ kubeconfig: cluster.kubeconfig });
    const live = async (kind: string, apiVersion: string) =>
      (await connected.get({ apiVersion, kind, name: "flux-system", namespace: "flux-system" }))?.spec;
    const fetched = async (): Promise<void> => {
      assert.equal((await live("Kustomization", "kustomize.toolkit.fluxcd.io/v1"))?.suspend, true);
    };
    assert.equal(await startSync(testContext(), connected, sync, fetched), true);
    const now = await live("GitRepository", "source.toolkit.fluxcd.io/v1");
    assert.deepEqual(now?.ref, { branch: "main" });
    assert.equal((await live("Kustomization", "kustomize.toolkit.fluxcd.io/v1"))?.suspend, false);
    assert.ok(
      cluster.requests.filter((one) => one.startsWith("PATCH") && one.includes("gitrepositories")).length ===
        2,
    );
  });
});
