/** A cluster that can't be brought to what was pushed: what a user reads, each broken for real. */
import { strict as assert } from "node:assert";
import { KEYS } from "../../provider/secrets/keys";
import { type Sandbox, useSandbox } from "./sandbox";

const MEND = "→ Mend the cause, then run `pulumi up` again: it commits nothing twice and goes on following.";

describe("a cluster that doesn't become ready", function () {
  this.timeout(600_000);
  const sandbox = useSandbox();
  let release = 3;

  /** A new image of Cal.com: one commit in the app's repository. */
  const newImage = (timeout = "15m"): void => {
    release++;
    sandbox.configure(
      [["handoff:calcom", "images", "calcom"], `calcom/cal.com:v6.1.${String(release)}`],
      [["handoff:ready", "timeout"], timeout],
    );
  };
  /** `up` pushes and then fails; what it says, without the engine's indentation. */
  const failed = async (): Promise<readonly string[]> => {
    const { status, output } = await sandbox.tryUp();
    assert.notEqual(status, 0, output);
    assert.ok(
      sandbox.file("your-org/calcom", "k8s/prod/30-calcom-deployment.yaml").includes(`v6.1.${release}`),
    );
    return output.split("\n").map((line) => line.trim());
  };
  const includes = (lines: readonly string[], ...expected: readonly (string | RegExp)[]): void => {
    for (const text of expected) {
      const found = lines.some((line) => (typeof text === "string" ? line.includes(text) : text.test(line)));
      assert.ok(found, `${String(text)} isn't in:\n${lines.join("\n")}`);
    }
  };
  const kubectl = async (...args: string[]): Promise<void> => {
    const { status, output } = await sandbox.exec("kubectl", args);
    assert.equal(status, 0, output);
  };

  before(async () => {
    await sandbox.start();
    await sandbox.up();
  });

  it("a suspended Kustomization is told at once, with the command that resumes it", async () => {
    await suspend(sandbox, true);
    newImage();
    includes(
      await failed(),
      /The files are pushed, but Flux can't bring the cluster to them: \d+ of 14 objects are ready\.$/,
      "Kustomization flux-system/calcom-app: is suspended, so Flux doesn't look at it. Resume it: flux resume kustomization calcom-app -n flux-system",
      "Suspended: Kustomization flux-system/calcom-app",
      MEND,
    );
    await suspend(sandbox, false);
    await sandbox.up();
  });

  it("pods that no node takes, by the end of the time", async () => {
    await kubectl("cordon", "sandbox");
    newImage("45s");
    includes(
      await failed(),
      "The files are pushed, but after 45 s the cluster isn't there yet: 13 of 14 objects are ready.",
      /Kustomization flux-system\/calcom-app: (Running health checks|HealthCheckFailed)/,
      "Deployment calcom/calcom: 1 pods not replaced yet",
      /^pod calcom-\S+: can't be scheduled: 0\/1 nodes are available: 1 node\(s\) were unschedulable/,
    );
    await kubectl("uncordon", "sandbox");
  });

  it("a key that the git host doesn't take any more: which Secret, and whose setting", async () => {
    const identity = await KEYS.sshKey.generate();
    const data = JSON.stringify({ stringData: { identity } });
    await kubectl("patch", "secret", "flux-ssh-auth", "-n", "flux-system", "--type=merge", "-p", data);
    newImage();
    const lines = await failed();
    includes(
      lines,
      /^GitRepository flux-system\/calcom-app: GitOperationFailed: .*unable to authenticate/,
      /^→ Flux may not read ssh:\/\/\S+\/your-org\/calcom\.git with the Secret flux-system\/flux-ssh-auth, which is made of `auth` of this repository/,
      "1 other waits for these.",
    );
    assert.ok(!lines.some((line) => line.startsWith("Kustomization flux-system/calcom-app:")));
  });
});

async function suspend(sandbox: Sandbox, value: boolean): Promise<void> {
  const { status, output } = await sandbox.exec("flux", [
    value ? "suspend" : "resume",
    "kustomization",
    "calcom-app",
    "-n",
    "flux-system",
  ]);
  assert.equal(status, 0, output);
}
