import { strict as assert } from "node:assert";
import type { Sandbox } from "../sandbox";

const repository = "your-org/flux-config";
const OLD = "clusters/my-cluster/";
const NEW = "clusters/moved/";

export function moving(sandbox: Sandbox): void {
  describe("another folder of the repository for Flux", () => {
    const below = (folder: string, commit = "main"): readonly string[] =>
      Object.keys(sandbox.files(repository, commit)).filter((file) => file.startsWith(folder));
    const configure = (...retain: readonly string[]): void => {
      sandbox.configure(
        [["handoff:fluxRepository", "path"], NEW.slice(0, -1)],
        [["handoff:fluxRepository", "retain"], retain],
      );
    };
    /** What Flux runs: what was pruned and made again has another id. */
    const running = async (): Promise<readonly string[]> => {
      const objects = await Promise.all([
        sandbox.get("kustomizations.kustomize.toolkit.fluxcd.io", "flux-system"),
        sandbox.get("gitrepositories", "flux-system"),
        sandbox.get("deployments", "flux-system"),
        sandbox.get("deployments", "calcom"),
        sandbox.get("configmaps", "apps", "settings"),
      ]);
      return objects.flat().map(({ kind, metadata }) => `${kind} ${metadata.name} ${metadata.uid}`);
    };

    it("isn't taken by a stack that never led this Flux, as with another cluster's kubeconfig", async () => {
      const annotate = (holder: string): string =>
        `kubectl annotate kustomization flux-system -n flux-system handoff.dev/holder=${holder} --overwrite --field-manager=handoff`;
      const hold = async (holder: string): Promise<void> => {
        const { status, output } = await sandbox.exec("kubectl", annotate(holder).split(" ").slice(1));
        assert.equal(status, 0, output);
      };
      await hold("somebody/prod");
      await sandbox.up(); // what it reads is the same
      await hold("somebody/prod");
      const before = [await running(), sandbox.heads()];
      configure(OLD);
      for (const command of ["preview", "up"] as const) {
        const options = command === "up" ? ["--yes", "--skip-preview"] : [];
        const { status, output } = await sandbox.pulumi([command, ...options]);
        assert.notEqual(status, 0);
        const text = output.replaceAll(/\s+/g, " ");
        assert.match(
          text,
          /nothing was changed: Flux in the cluster at \S+ reads \S+flux-config main clusters\/my-cluster, and no hand-off of handoff\/sandbox has pointed it there; it would be pointed to \S+flux-config main clusters\/moved →/,
        );
        assert.ok(text.includes(annotate("handoff/sandbox")), text);
      }
      assert.deepEqual([await running(), sandbox.heads()], before);
      await hold("handoff/sandbox"); // as it says
      // What Flux applies next takes the annotation away if it takes it for kubectl's.
      const reconciled = await sandbox.exec("flux", [
        "reconcile",
        "kustomization",
        "flux-system",
        "--with-source",
      ]);
      assert.equal(reconciled.status, 0, reconciled.output);
      const { metadata } = await sandbox.object("kustomization.kustomize", "flux-system", "flux-system");
      assert.equal(metadata.annotations?.["handoff.dev/holder"], "handoff/sandbox");
    });

    it("isn't taken while the old one would go with it", async () => {
      const heads = sandbox.heads();
      configure();
      const { status, output } = await sandbox.tryUp();
      assert.notEqual(status, 0);
      assert.ok(output.includes("name it in `retain`, and remove it by hand once nothing reads it"), output);
      assert.deepEqual(sandbox.heads(), heads);
    });

    it("is moved to without taking down what runs", async () => {
      const before = await running();
      const start = sandbox.git(repository, "rev-list", "--max-parents=0", "main").trim();
      for (const file of below(OLD, start)) {
        const copy = (): string => sandbox.file(repository, file, start);
        sandbox.edit(repository, file.replace(OLD, NEW), copy, `Copy ${file}`);
      }
      const old = below(OLD);

      configure(OLD);
      await sandbox.up();
      assert.deepEqual(below(OLD), old);
      assert.deepEqual(await running(), before);
      const root = await sandbox.object("kustomization.kustomize", "flux-system", "flux-system");
      assert.equal(root.spec.path, `./${NEW.slice(0, -1)}`);

      for (const file of old) sandbox.edit(repository, file, () => undefined, `Remove ${file}`);
      configure();
      await sandbox.up();
      assert.deepEqual(await running(), before);
      const preview = await sandbox.pulumi(["preview", "--expect-no-changes"]);
      assert.equal(preview.status, 0, preview.output);
    });
  });
}
