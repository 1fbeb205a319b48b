import { strict as assert } from "node:assert";
import { join } from "node:path";
import { UserError } from "../../provider/plugin/handler";
import { Cluster } from "../../provider/kubernetes/cluster";
import type { LiveObject } from "../../provider/kubernetes/live-object";
import { type Check, type Checked, runChecks } from "../../tools/doctor/check";
import { ROWS } from "../../tools/doctor/checks";
import { expiring, expiryFindings } from "../../tools/doctor/expiry";
import { toolFindings } from "../../tools/doctor/machine";
import { type Patient, Unmet } from "../../tools/doctor/patient";
import { reportOf, reportText } from "../../tools/doctor/text";
import type { Stack } from "../../tools/stack/stack";
import { plainly } from "../../tools/text/mark";
import { FakeCluster } from "../flux/fake-cluster";
import { assertGolden } from "../golden";
import { healthy, operated } from "./clusters";
import { examined, LOOKS, patient, stack } from "./examined";
import { sick } from "./sick-clusters";

const complains = ({ findings }: Checked): boolean => findings.some(({ verdict }) => verdict !== "ok");

describe("npm run doctor", function () {
  it("finds nothing wrong with a healthy cluster", async () => {
    const report = await examined(healthy);
    assert.deepEqual([...report.checks, ...report.rows].filter(complains), []);
    assert(report.well);
  });

  it("tells of each sick cluster the right row first, on which object and what to do", async () => {
    const texts: Record<string, string> = {};
    for (const [name, { objects, first }] of Object.entries(sick)) {
      const report = await examined(objects);
      texts[`${name.replaceAll(/[^a-z]+/gi, "-")}.txt`] = reportText(report, plainly);
      const found = [...report.checks, ...report.rows].filter(complains);
      assert.equal(found[0]?.id, first, name);
      for (const { fix, text } of found.flatMap(({ findings }) => findings)) {
        assert(fix !== undefined && fix !== "", `${name}: ${text} has no fix`);
      }
    }
    assert(Object.keys(texts).length >= 12);
    assertGolden(join(__dirname, "golden"), texts);
  });

  it("takes for Flux what is of Flux, and asks no other release of one that an operator leads", async () => {
    const of = async (objects: readonly LiveObject[], version: string) => {
      const cluster = await FakeCluster.start(...objects);
      const other = { ...stack, settings: { ...stack.settings, flux: { version } } } as unknown as Stack;
      const one = patient(() => Cluster.connect(cluster), { stack: () => Promise.resolve(other) });
      const found = await runChecks(LOOKS, one);
      cluster.stop();
      return found.find(({ id }) => id === "flux")?.findings;
    };
    const runs = "v2.9.4: source-controller, kustomize-controller, helm-controller run";
    assert.deepEqual(await of(operated, "v2.8.0"), [{ verdict: "ok", text: runs }]);
    assert.equal((await of(healthy, "v2.8.0"))?.[0]?.verdict, "warn");
  });

  it("leaves out what may be suspended", async () => {
    const cluster = await FakeCluster.start(...(sick["a suspended Kustomization"]?.objects ?? []));
    const ready = { allowSuspended: ["Kustomization flux-system/calcom"] };
    const allowing = { ...stack, settings: { ...stack.settings, ready } } as unknown as Stack;
    const more = { stack: () => Promise.resolve(allowing) };
    const rows = await runChecks(
      ROWS,
      patient(() => Cluster.connect(cluster), more),
    );
    cluster.stop();
    assert.deepEqual(rows.filter(complains), []);
  });

  it("says once that the cluster can't be asked, and looks at the rest", async () => {
    const unreachable = patient(() => Promise.reject(new UserError("the kubeconfig can't be read: oh")));
    const report = reportOf(await runChecks(LOOKS, unreachable), await runChecks(ROWS, unreachable));
    const found = [...report.checks, ...report.rows].flatMap(({ findings }) => findings);
    assert.deepEqual(new Set(found.map(({ text }) => text)), new Set(["needs the cluster"]));
    assert(found.every(({ verdict }) => verdict === "skipped"));
    assert(!report.well);
    assert.match(reportText(report, plainly), /‖ not looked at: all rows: needs the cluster/);
  });

  it("gives the faults of a check as findings, with what to do apart", async () => {
    const throwing = (error: Error): Check => ({ id: "x", title: "X", run: () => Promise.reject(error) });
    const of = async (error: Error) =>
      (
        await runChecks(
          [throwing(error)],
          patient(() => Promise.reject(error)),
        )
      )[0];
    assert.deepEqual((await of(new UserError("it is wrong\n→ mend it")))?.findings, [
      { verdict: "fail", text: "it is wrong", fix: "mend it" },
    ]);
    assert.deepEqual((await of(new Unmet("needs more")))?.findings, [
      { verdict: "skipped", text: "needs more" },
    ]);
    await assert.rejects(of(new TypeError("a bug")), TypeError);
  });

  it("names tools that are missing or too old", async () => {
    const versions: Record<string, string> = {
      git: "git version 2.30.1",
      ssh: "OpenSSH_9.2p1",
      pulumi: "v3.250.0",
    };
    const findings = await toolFindings(true, (name) =>
      versions[name] === undefined ? Promise.reject(new Error("ENOENT")) : Promise.resolve(versions[name]),
    );
    assert.deepEqual(
      findings.map(({ verdict, text }) => `${verdict} ${text.replace(/node \S+/, "node")}`),
      [
        "ok node ssh 9.2, pulumi 3.250.0",
        "fail git is 2.30.1; at least 2.38 is needed",
        "warn kubectl isn't on the PATH",
        "fail sops isn't on the PATH",
      ],
    );
  });

  it("tells credentials that end within thirty days, and those that have", () => {
    const now = Date.parse("2026-03-01T00:00:00Z");
    const verdict = (until?: string) => expiring({ what: "the token", until, fix: "roll it" }, now)?.verdict;
    assert.equal(verdict(), undefined);
    assert.equal(verdict("2026-04-01T00:00:00Z"), undefined);
    assert.equal(verdict("2026-03-30T00:00:00Z"), "warn");
    assert.equal(verdict("2026-02-28T00:00:00Z"), "fail");
  });

  it("tells certificates, and the issuer's token, that only an up renews", async () => {
    const certificates = { "calcom-tls": "2026-03-15T00:00:00Z", "hello-tls": "2041-01-01T00:00:00Z" };
    const patient = {
      outputs: () => Promise.resolve({ certificates, originCaTokenEnds: "2026-03-20T00:00:00Z" }),
      preflight: () => Promise.resolve({}),
      connected: () => Promise.resolve({ config: { getCurrentUser: () => undefined } }),
    } as unknown as Patient;
    assert.deepEqual(await expiryFindings(patient, Date.parse("2026-03-01T00:00:00Z")), [
      {
        verdict: "warn",
        text: "the certificate calcom-tls expires in 14 days, on 2026-03-15T00:00:00Z",
        fix: "`pulumi up` has another one signed",
      },
      {
        verdict: "warn",
        text: "the token of the Origin CA issuer expires in 19 days, on 2026-03-20T00:00:00Z",
        fix: "`pulumi up` makes another one in the last third of its days, and revokes this one",
      },
    ]);
  });
});
