import { strict as assert } from "node:assert";
import type { Sandbox } from "../sandbox";

/** Another one of these is another thing by the vendor's own id, or a new value: that is what replacing them is for. */
const MADE_ANEW = ["random:", "cloudflare:index/", "pulumi:"];
/** What Flux runs, and what it made of it. */
const KINDS = [
  ...["kustomizations.kustomize.toolkit.fluxcd.io", "helmreleases", "gitrepositories"],
  ...["deployments", "secrets", "persistentvolumeclaims"],
];

export function replaced(sandbox: Sandbox): void {
  describe("resources that are replaced on demand, or tainted", () => {
    const urns = async (): Promise<readonly string[]> => {
      const { stdout } = await sandbox.pulumi(["stack", "export"]);
      const { deployment } = JSON.parse(stdout) as {
        deployment: { resources: readonly { urn: string; type: string; custom: boolean }[] };
      };
      return deployment.resources
        .filter(({ type, custom }) => custom && !MADE_ANEW.some((prefix) => type.startsWith(prefix)))
        .map(({ urn }) => urn);
    };

    /** The namespaces, and all in them that would be another object were it deleted and made again. */
    const running = async (): Promise<readonly string[]> => {
      const lists = await Promise.all([
        sandbox.get("namespaces", ""),
        ...["flux-system", "calcom"].flatMap((namespace) =>
          KINDS.map((kind) => sandbox.get(kind, namespace)),
        ),
      ]);
      return lists
        .flat()
        .filter(({ metadata: { name } }) => name !== "flux-ssh-auth") // a Secret of the vendor's plugin
        .map(({ kind, metadata: { name, uid } }) => `${kind} ${name} ${uid}`)
        .sort();
    };

    const clouds = async (): Promise<object> => {
      const { tunnels, records } = await sandbox.cloudflare();
      const live = tunnels.filter(({ deleted_at }) => deleted_at === null);
      return {
        tunnels: live.map(({ id, configuration }) => [id, configuration?.config.ingress]),
        records: records.map(({ id, name, content }) => [id, name, content]),
        vault: await sandbox.vault(),
      };
    };

    it("leave what runs as it is: in the cluster, in git and at the clouds", async () => {
      const all = await urns();
      assert.ok(
        all.some((urn) => urn.includes("GitCommit")) && all.some((urn) => urn.includes("FluxInstall")),
      );
      const [objects, vendors, [app, flux]] = [await running(), await clouds(), sandbox.programCommits()];
      const { output } = await sandbox.up({}, ...all.flatMap((urn) => ["--replace", urn]));
      assert.match(output, new RegExp(`\\+-${all.length} replaced`));
      assert.deepEqual([await running(), await clouds()], [objects, vendors]);
      // An identity that was made anew has another client id, which the store's file names.
      assert.deepEqual(sandbox.programCommits(), [app, flux + 1]);
      const preview = await sandbox.pulumi(["preview", "--expect-no-changes"]);
      assert.equal(preview.status, 0, preview.output);
    });

    it("stay, too, when two of them are tainted", async () => {
      const tainted = (await urns()).filter((urn) => /GitCommit|FluxInstall/.test(urn));
      const before = [await running(), sandbox.heads(), await clouds()];
      for (const urn of tainted) await sandbox.pulumi(["state", "taint", urn, "--yes"]);
      const { output } = await sandbox.up();
      assert.match(output, new RegExp(`\\+-${tainted.length} replaced`));
      assert.deepEqual([await running(), sandbox.heads(), await clouds()], before);
    });
  });
}
