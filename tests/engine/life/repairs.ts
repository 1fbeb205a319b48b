import { strict as assert } from "node:assert";
import { setTimeout as sleep } from "node:timers/promises";
import { eventually } from "../commands";
import { isReady, type KubeObject } from "../observed";
import type { Sandbox } from "../sandbox";

const repository = "your-org/flux-config";
const source = "clusters/my-cluster/calcom/source.yaml";

export function repairs(sandbox: Sandbox): void {
  describe("a file of ours that somebody else changed", () => {
    const url = (): string => `${sandbox.env.SANDBOX_GIT_SSH_URL ?? ""}/your-org/calcom`;

    it("stops `up` with the difference, and nothing is changed", async () => {
      sandbox.edit(
        repository,
        source,
        (text) => text.replace("interval: 5m", "interval: 7m"),
        "Look less often",
      );
      const heads = sandbox.heads();
      sandbox.configure([["handoff:appRepository", "url"], url()]); // the same without .git
      const { status, output } = await sandbox.tryUp();
      assert.notEqual(status, 0);
      assert.ok(output.includes(`${source}: somebody else changed this file of ours`), output);
      assert.match(output, /^\s*-\s+interval: 7m$/m);
      assert.match(output, /^\s*\+\s+interval: 5m$/m);
      assert.ok(output.includes("run `pulumi refresh`"), output);
      assert.deepEqual(sandbox.heads(), heads);
      const live = await sandbox.object("gitrepository", "flux-system", "calcom-app");
      assert.equal(live.spec.url, `${url()}.git`);
    });

    it("comes back with `pulumi refresh` and `pulumi up`, in one commit", async () => {
      const [app, flux] = sandbox.programCommits();
      const refresh = await sandbox.pulumi(["refresh", "--yes", "--skip-preview"]);
      assert.equal(refresh.status, 0, refresh.output);
      await sandbox.up();
      const text = sandbox.file(repository, source);
      assert.match(text, /^ {2}interval: 5m$/m);
      assert.ok(text.includes(`url: ${url()}\n`), text);
      assert.deepEqual(sandbox.programCommits(), [app, flux + 1]);
      const live = await sandbox.object("gitrepository", "flux-system", "calcom-app");
      assert.equal(live.spec.interval, "5m");
      assert.equal(live.spec.url, url());
      sandbox.configure();
      await sandbox.up();
    });
  });

  describe("a dead Flux", () => {
    const controllers = ["source-controller", "kustomize-controller"];
    const scaleTo = async (replicas: number): Promise<void> => {
      const names = controllers.map((name) => `deployment/${name}`);
      const args = ["scale", "-n", "flux-system", ...names, `--replicas=${replicas}`];
      const { status, output } = await sandbox.exec("kubectl", args);
      assert.equal(status, 0, output);
    };

    const repaired = async (): Promise<void> => {
      const heads = sandbox.heads();
      const preview = await sandbox.pulumi(["preview"]);
      assert.equal(preview.status, 0, preview.output);
      assert.match(
        preview.output,
        /warning: .*Flux doesn't run in the cluster: `up` applies its components again/,
      );
      await sandbox.up();
      assert.deepEqual(sandbox.heads(), heads);
      for (const name of controllers) {
        const { spec } = await sandbox.object("deployment", "flux-system", name);
        assert.equal(spec.replicas, 1, name);
      }
      const check = await sandbox.exec("flux", ["check"]);
      assert.equal(check.status, 0, check.output);
    };

    it("scaled to nothing is seen by a preview and brought back by `up`, without a commit", async () => {
      await scaleTo(0);
      await repaired();
    });

    it("whose Deployments are gone too", async () => {
      const names = controllers.map((name) => `deployment/${name}`);
      // A controller that still runs for a moment puts its own Deployment back.
      await eventually("the Deployments stay away", async () => {
        const args = ["delete", "-n", "flux-system", ...names, "--ignore-not-found"];
        const { status, output } = await sandbox.exec("kubectl", args);
        assert.equal(status, 0, output);
        await sleep(4000);
        const left = (await sandbox.get("deployments", "flux-system")).map(({ metadata }) => metadata.name);
        assert.deepEqual(
          left.filter((name) => controllers.includes(name)),
          [],
        );
      });
      await repaired();
    });
  });

  describe("following, switched off", () => {
    it("leaves what runs as it is, and is switched on again", async () => {
      const running = async (): Promise<readonly string[]> => {
        const kustomizations = await sandbox.get("kustomizations.kustomize.toolkit.fluxcd.io", "flux-system");
        return kustomizations.map(({ metadata }) => `${metadata.name} ${metadata.uid}`);
      };
      const [before, heads] = [await running(), sandbox.heads()];
      sandbox.configure([["handoff:ready", "wait"], false]);
      await sandbox.up();
      const preview = await sandbox.pulumi(["preview", "--expect-no-changes"]);
      assert.equal(preview.status, 0, preview.output);
      assert.deepEqual(await running(), before);
      sandbox.configure();
      await sandbox.up();
      assert.deepEqual([await running(), sandbox.heads()], [before, heads]);
      assert.ok(isReady(await sandbox.object("kustomization.kustomize", "flux-system", "flux-system")));
    });
  });

  describe("an upgrade of Flux", () => {
    it("is one commit, which Flux applies to itself", async () => {
      const [app, flux] = sandbox.programCommits();
      const extra = ["image-reflector-controller", "image-automation-controller"];
      sandbox.configure([["handoff:flux", "componentsExtra"], extra]);
      await sandbox.up();
      assert.deepEqual(sandbox.programCommits(), [app, flux + 1]);
      const { stdout } = await sandbox.pulumi(["stack", "export"]);
      const { deployment } = JSON.parse(stdout) as {
        deployment: { resources: { type: string; outputs?: Record<string, unknown> }[] };
      };
      const install = deployment.resources.find(({ type }) => type === "handoff:flux:FluxInstall");
      assert.equal(install?.outputs?.applied, false);
      for (const name of extra) {
        const live = await sandbox.object("deployment", "flux-system", name);
        assert.deepEqual(managers(live), ["kustomize-controller"]);
      }
      // and back: what is no longer wanted goes
      sandbox.configure();
      await sandbox.up();
      assert.deepEqual(sandbox.programCommits(), [app, flux + 2]);
      await eventually("the further controllers are gone", async () => {
        const names = (await sandbox.get("deployments", "flux-system")).map(({ metadata }) => metadata.name);
        assert.deepEqual(names.sort(), [
          "helm-controller",
          "kustomize-controller",
          "notification-controller",
          "source-controller",
        ]);
      });
      assert.ok(isReady(await sandbox.object("kustomization.kustomize", "flux-system", "flux-system")));
    });
  });
}

/** Who wrote the object's fields, besides the one who keeps its status. */
function managers({ metadata: { managedFields = [] } }: KubeObject): readonly string[] {
  return managedFields.filter(({ operation }) => operation === "Apply").map(({ manager }) => manager);
}
