/**
 * The life of a homelab: one sandbox, the steps in their order, each seen through what a user sees. What its files say
 * field by field is tested under mocks.
 */
import { strict as assert } from "node:assert";
import { eventually } from "../commands";
import { startJson } from "../life/first-start";
import { useSandbox } from "../sandbox";
import { deployKey, deployKeys } from "./deploy-key";
import { helmReleases, kustomizations, LIST, patched, REPOSITORY } from "./homelab-facts";
import { messages } from "./messages";
import { newService } from "./new-service";
import { parking } from "./parking";
import { patchedSecrets } from "./patched-secrets";

describe("the life of a homelab", () => {
  const sandbox = useSandbox("homelab", true);
  const listed = (): string => sandbox.file(REPOSITORY, LIST);

  describe("npm start -- homelab", () => {
    it("starts with every Kustomization and HelmRelease Ready, by one commit", async () => {
      sandbox.create();
      const report = await startJson(sandbox);
      await sandbox.readEnvironment();
      const names = (kind: string): string[] =>
        report.kustomizations.filter((one) => one.kind === kind).map(({ name }) => name);
      assert.deepEqual(names("Kustomization").sort(), kustomizations);
      assert.deepEqual(names("HelmRelease").sort(), helmReleases);
      assert.deepEqual(
        report.kustomizations.filter(({ ready }) => !ready),
        [],
      );
      assert.deepEqual(sandbox.commits(REPOSITORY), [
        { author: "Handoff", subject: "Hand off Homelab to Flux" },
        { author: "Platform Team", subject: "Start the repository" },
      ]);
    });

    it("leaves what others have: no kustomization.yaml in the cluster's folder, their files as they were", async () => {
      const start = sandbox.git(REPOSITORY, "rev-list", "--max-parents=0", "main").trim();
      const [before, after] = [sandbox.files(REPOSITORY, start), sandbox.files(REPOSITORY)];
      assert.ok(!("k3s/flux/clusters/k3s/kustomization.yaml" in after));
      for (const [path, id] of Object.entries(before)) if (path !== LIST) assert.equal(after[path], id, path);
      assert.match(listed(), / {2}# Kept by hand\.\n {2}- whoami\.yaml\n/);
      // It lies in the folder, and that is enough.
      await sandbox.object("configmap", "flux-system", "cluster-settings");
    });

    it("changes nothing the second time, and makes no commit", async () => {
      const head = sandbox.head(REPOSITORY);
      const { output } = await sandbox.up({}, "--expect-no-changes");
      assert.doesNotMatch(output, /update/i);
      assert.equal(sandbox.head(REPOSITORY), head);
    });
  });

  patchedSecrets(sandbox);
  deployKey(sandbox);
  parking(sandbox);
  newService(sandbox);

  describe("a service that somebody adds by hand to the same list", () => {
    it("is left alone, and runs", async () => {
      const text = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: by-hand\n  namespace: flux-system\n";
      sandbox.edit(REPOSITORY, "k3s/flux/apps/by-hand.yaml", () => text, "Add by-hand");
      sandbox.edit(REPOSITORY, LIST, (list) => `${list}  - by-hand.yaml\n`, "List by-hand");
      const commits = sandbox.commits(REPOSITORY).length;
      await sandbox.pulumi(["refresh", "--yes", "--skip-preview"]);
      await sandbox.up();
      assert.equal(sandbox.commits(REPOSITORY).length, commits);
      assert.match(listed(), /by-hand\.yaml/);
      await eventually("it is there", async () => {
        await sandbox.object("configmap", "flux-system", "by-hand");
      });
    });
  });

  messages(sandbox, { repository: REPOSITORY, name: "whoami", file: "k3s/manifests/whoami/service.yaml" });

  describe("pulumi destroy", () => {
    it("takes away what is ours in a destroy, and leaves the services of others running", async () => {
      const { status, output } = await sandbox.pulumi(["destroy", "--yes", "--skip-preview"]);
      assert.equal(status, 0, output);
      const start = sandbox.git(REPOSITORY, "rev-list", "--max-parents=0", "main").trim();
      const { "k3s/flux/apps/by-hand.yaml": byHand, ...files } = sandbox.files(REPOSITORY);
      assert.ok(byHand !== undefined);
      assert.deepEqual(await deployKeys(sandbox), {});
      assert.deepEqual(Object.keys(files), Object.keys(sandbox.files(REPOSITORY, start)));
      assert.equal(listed().replace("  - by-hand.yaml\n", ""), sandbox.file(REPOSITORY, LIST, start));
      await eventually("our namespaces are gone", async () => {
        const ours = [
          ...Object.keys(patched).map((path) => path.split("/")[0] ?? ""),
          "flux-system",
          "longhorn-system",
          "monitoring",
          "reloader",
        ];
        const left = await sandbox.namespaces();
        assert.deepEqual(
          left.filter((name) => ours.includes(name)),
          [],
        );
        assert.ok(left.includes("whoami"));
        assert.ok(left.includes("metallb-system"));
      });
      await sandbox.object("service", "whoami", "whoami");
    });
  });
});
