import { strict as assert } from "node:assert";
import { nextStep } from "../../../provider/flux/follow/next-step";
import { eventually } from "../commands";
import type { KubeObject } from "../observed";
import type { Sandbox } from "../sandbox";

/** A Certificate of an issuer that isn't there: its request is approved, and nobody signs it. */
const FAILING = `
apiVersion: cert-manager.io/v1
kind: Certificate
metadata: { name: failing, namespace: calcom }
spec:
  secretName: failing-tls
  dnsNames: [cal.example.com]
  issuerRef: { group: cert-manager.k8s.cloudflare.com, kind: OriginIssuer, name: nobody }
`;

/** The status of a request as an issuer leaves it that gives up. */
function refused({ status }: KubeObject): string {
  const { conditions = [] } = status as { readonly conditions?: readonly { readonly type: string }[] };
  // cert-manager passes over what failed before it began to issue.
  const now = new Date().toISOString().replace(/\.\d+/, "");
  const words = { reason: "Failed", message: "refused", lastTransitionTime: now };
  const ready = { type: "Ready", status: "False", ...words };
  const others = conditions.filter(({ type }) => type !== "Ready");
  return JSON.stringify({ status: { conditions: [...others, ready], failureTime: now } });
}

export function certificates(sandbox: Sandbox): void {
  describe("its certificates, by cert-manager itself", function () {
    this.timeout(300_000);

    it("are asked for and approved with the rights of cert-manager's own account", async () => {
      const [request] = await sandbox.get("certificaterequests", "calcom");
      const { username } = request?.spec as { readonly username?: string };
      assert.equal(username, "system:serviceaccount:cert-manager:cert-manager");
    });

    it("are checked by its webhook", async () => {
      const wrong = FAILING.replace("spec:", "spec:\n  duration: 2h\n  renewBefore: 3h");
      const { status, output } = await sandbox.exec("sh", ["-c", `kubectl apply -f - <<'EOF'${wrong}EOF`]);
      assert.notEqual(status, 0);
      assert.match(
        output,
        /admission webhook "webhook\.cert-manager\.io" denied the request: spec\.renewBefore/,
      );
    });

    it("that failed are asked for again by the command that `up` names, and not before an hour without", async () => {
      await sandbox.shell(`kubectl apply -f - <<'EOF'${FAILING}EOF`);
      const request = (): Promise<KubeObject> => sandbox.object("certificaterequest", "calcom", "failing-1");
      await eventually("the request is approved, and its issuer waited for", async () => {
        assert.match(JSON.stringify((await request()).status), /"type":"Approved"[^]*"reason":"Pending"/);
      });
      const first = await request();
      const { uid } = first.metadata;
      await sandbox.shell(
        `kubectl patch certificaterequest failing-1 -n calcom --subresource=status --type=merge -p '${refused(first)}'`,
      );
      const certificate = (): Promise<KubeObject> => sandbox.object("certificate", "calcom", "failing");
      await eventually("the Certificate has failed", async () => {
        assert.match(JSON.stringify((await certificate()).status), /"lastFailureTime"/);
      });
      const step = nextStep(await certificate());
      const command = /\bkubectl patch certificate .*$/.exec(step)?.[0];
      assert.ok(command !== undefined, step);
      assert.equal((await request()).metadata.uid, uid);
      await sandbox.shell(command);
      await eventually("it is asked for again", async () => {
        assert.notEqual((await request()).metadata.uid, uid);
      });
      await sandbox.shell("kubectl delete certificate failing -n calcom");
    });
  });
}
