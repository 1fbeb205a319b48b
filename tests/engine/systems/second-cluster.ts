import { strict as assert } from "node:assert";
import * as path from "node:path";
import { isReady } from "../observed";
import { Sandbox } from "../sandbox";

const REPOSITORY = "your-org/cluster";
const FOLDER = "flux-clusters/second-cluster";

/** A second cluster, with a control plane of its own, in the repository of the first. */
export function secondCluster(first: Sandbox): void {
  describe("a second cluster in the same repository", () => {
    const second = new Sandbox("apps");
    let initial: Readonly<Record<string, string>>;
    let failed = false;
    afterEach(function () {
      failed ||= this.currentTest?.state === "failed";
    });
    after(async () => {
      await second.remove(failed);
    });
    const own = (files: Readonly<Record<string, string>>): string[] =>
      Object.keys(files).filter((file) => file.startsWith(`${FOLDER}/`));

    it("shares the bases, and writes its own folder alone", async () => {
      initial = first.files(REPOSITORY);
      await second.start();
      const key = (name: string): object => ({ file: path.join(first.state, "keys", name) });
      second.configure(
        [["handoff:fluxRepository", "url"], `${first.env.SANDBOX_GIT_SSH_URL ?? ""}/${REPOSITORY}.git`],
        [["handoff:fluxRepository", "path"], FOLDER],
        [
          ["handoff:fluxRepository", "auth", "ssh"],
          { privateKey: key("cluster"), knownHosts: key("known_hosts") },
        ],
        [["handoff:cluster", "name"], "second-cluster"],
        [["handoff:apps", "bases"], "shared"],
        [["handoff:apps", "domain"], "second.example.com"],
        // Matters of the bases, which the first stack has.
        [["handoff:charts"], undefined],
        [["handoff:dremio"], undefined],
      );
      await second.up();
      const after = first.files(REPOSITORY);
      const changed = Object.keys(after).filter((file) => initial[file] !== after[file]);
      assert.deepEqual(changed, own(after));
      assert.ok(changed.includes(`${FOLDER}/apps/apps.yaml`));
      assert.ok(Object.keys(initial).every((file) => file in after));
    });

    it("runs the same apps with texts of its own", async () => {
      const objects = await second.get("kustomizations.kustomize.toolkit.fluxcd.io", "flux-system");
      assert.ok(objects.length > 12 && objects.every(isReady));
      const [ingress] = await second.get("ingresses", "grafana");
      assert.match(JSON.stringify(ingress?.spec), /"host":"grafana\.second\.example\.com"/);
      const [others] = await first.get("ingresses", "grafana");
      assert.match(JSON.stringify(others?.spec), /"host":"grafana\.example\.com"/);
    });

    it("leaves the first stack nothing to do", async () => {
      await first.up({}, "--expect-no-changes");
    });

    it("takes its own folder away in a destroy, and nothing of the first", async () => {
      const { status, output } = await second.command(["run", "--", "destroy"]);
      assert.equal(status, 0, output);
      assert.deepEqual(first.files(REPOSITORY), initial);
    });
  });
}
