import { strict as assert } from "node:assert";
import * as pulumi from "@pulumi/pulumi";
import type { LiveObject } from "../../provider/kubernetes/live-object";
import { Cluster } from "../../provider/kubernetes/cluster";
import { runChecks } from "../../tools/doctor/check";
import { CHECKS } from "../../tools/doctor/checks";
import { reportText, withoutSecrets } from "../../tools/doctor/text";
import { secretTexts } from "../../tools/stack/plain";
import { plainly } from "../../tools/text/mark";
import { FakeCluster } from "../flux/fake-cluster";
import { failing, fluxObject } from "../status/objects";
import { failingCalcom, healthy } from "./clusters";
import { examined, patient } from "./examined";

const forbidden =
  (...plurals: readonly string[]): FakeCluster["deny"] =>
  (path) => {
    const plural = plurals.find((one) => path.endsWith(`/${one}`));
    return plural === undefined
      ? undefined
      : [403, `${plural} is forbidden: User "me" cannot list resource "${plural}"`];
  };

/** Those with a verdict, as `row: words`. */
const told = ({ checks, rows }: Awaited<ReturnType<typeof examined>>, verdict: string): readonly string[] =>
  [...checks, ...rows].flatMap(({ id, findings }) =>
    findings
      .filter((one) => one.verdict === verdict)
      .map(({ text, fix }) => [`${id}: ${text}`, fix].join("\n")),
  );

const changed = (name: string, change: (object: LiveObject) => LiveObject): LiveObject[] =>
  healthy.map((object) => (object.metadata?.name === name ? change(object) : object));

describe("npm run doctor, of an odd cluster", function () {
  for (const plural of ["pods", "helmreleases", "deployments", "certificates", "secrets", "namespaces"]) {
    it(`takes ${plural} that the user may not see for no illness`, async () => {
      const report = await examined(healthy, forbidden(plural));
      assert.deepEqual(told(report, "fail"), []);
      if (["secrets", "namespaces"].includes(plural)) return;
      assert(!report.well);
      assert.match(reportText(report, plainly), new RegExp(`${plural} is forbidden`));
    });
  }

  it("tells what is wrong with what it may see, and what it didn't look at", async () => {
    const objects = [
      ...healthy.filter(({ metadata }) => metadata?.name !== "calcom"),
      ...failingCalcom("it is broken"),
    ];
    const report = await examined(objects, forbidden("pods", "certificates", "events"));
    assert.match(told(report, "fail").join("\n"), /^kustomization-is-false: it is broken/m);
    const text = reportText(report, plainly);
    assert.match(
      text,
      /‖ not looked at: .*Pod stuck in Init, or not running.*may not look: pods is forbidden/,
    );
    assert.doesNotMatch(text, /✗ Pod stuck/);
  });

  it("tells a controller that is scaled to 0", async () => {
    const report = await examined(
      changed("kustomize-controller", (object) => ({ ...object, spec: { ...object.spec, replicas: 0 } })),
    );
    assert.match(
      told(report, "fail")[0] ?? "",
      /^flux: kustomize-controller is scaled to 0.*\nkubectl scale/,
    );
  });

  it("tells definitions of another release than those that it speaks", async () => {
    const report = await examined(healthy, (path) =>
      path === "/apis/kustomize.toolkit.fluxcd.io/v1" ? [404, "not found"] : undefined,
    );
    assert.match(
      told(report, "fail").join("\n"),
      /^flux: Kustomization: the cluster has no definition of it in kustom/m,
    );
  });

  it("tells a Flux that is being deleted, and why it still is", async () => {
    const message =
      "Some content in the namespace has finalizers remaining: finalizers.fluxcd.io in 3 resource instances";
    const conditions = [{ type: "NamespaceFinalizersRemaining", status: "True", message }];
    const deletionTimestamp = "2026-03-01T11:00:00Z";
    const report = await examined(
      healthy.map((object) =>
        object.kind === "Namespace"
          ? { ...object, metadata: { ...object.metadata, deletionTimestamp }, status: { conditions } }
          : object,
      ),
    );
    const [first = ""] = told(report, "fail");
    assert.match(first, /^flux: the namespace flux-system is being deleted since 2026-03-01T11:00:00Z/);
    assert(first.includes(message));
  });

  it("repeats no credential of an address, and nothing that acts on a terminal", async () => {
    const words = "failed to fetch https://me:canary-1@git.example.com/x: \u001b[31mno\u0007 \u202eway";
    const report = await examined([
      ...healthy,
      {
        apiVersion: "source.toolkit.fluxcd.io/v1",
        ...fluxObject("GitRepository", "odd", { status: { conditions: failing(words) } }),
      },
      ...failingCalcom(words),
    ]);
    const text = reportText(report, plainly);
    assert.match(text, /failed to fetch https:\/\/me:\[secret\]@git\.example\.com\/x: no way/);
    for (const shown of [text, JSON.stringify(report)])
      assert.doesNotMatch(shown, /canary|[\u001b\u0007\u202e]|\\u001b/);
  });

  it("repeats no credential of the settings that a host tells", async () => {
    const auth = {
      ssh: { privateKey: pulumi.secret("canary-1-key") },
      list: [{ token: pulumi.secret("canary-2") }],
    };
    const secrets = await secretTexts({
      url: "https://git.example.com",
      auth,
      plain: pulumi.output("shown"),
    });
    assert.deepEqual(secrets, ["canary-1-key", "canary-2"]);
    const report = await examined([...healthy, ...failingCalcom("refused canary-2 of shown: canary-1-key")]);
    assert.match(
      reportText(withoutSecrets(report, secrets), plainly),
      /refused \[secret\] of shown: \[secret\]/,
    );
  });

  it("tells a kubeconfig that has expired, though the cluster doesn't take it", async () => {
    const cluster = await FakeCluster.start(...healthy);
    cluster.deny = () => [401, "Unauthorized"];
    const claims = Buffer.from(JSON.stringify({ exp: Date.parse("2026-01-01T00:00:00Z") / 1000 })).toString(
      "base64url",
    );
    const config = JSON.parse(cluster.kubeconfig) as { users: { user: object }[] };
    config.users[0] = { ...config.users[0], user: { token: `e30.${claims}.c2ln` } };
    const one = patient(() => Cluster.connect({ kubeconfig: JSON.stringify(config) }, 1), {
      preflight: () => Promise.resolve({ stack: "handoff/prod", repositories: [] }),
    });
    const [found] = await runChecks(
      CHECKS.filter(({ id }) => id === "expiry"),
      one,
    );
    cluster.stop();
    assert.deepEqual(
      found?.findings.map(({ verdict, text }) => `${verdict}: ${text}`),
      ["fail: the kubeconfig's token has expired on 2026-01-01T00:00:00.000Z"],
    );
  });
});
