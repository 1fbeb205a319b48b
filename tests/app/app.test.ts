import { strict as assert } from "node:assert";
import { join } from "node:path";
import { Cluster } from "../../provider/kubernetes/cluster";
import type { LiveObject } from "../../provider/kubernetes/live-object";
import { exported } from "../../tools/app/export";
import { logLine, readLogs } from "../../tools/app/logs";
import { reconcile } from "../../tools/app/reconcile";
import { afterResuming, afterSuspending, setSuspended } from "../../tools/app/suspend";
import { keysOf, originsOf, targetsOf } from "../../tools/app/targets";
import { FakeCluster } from "../flux/fake-cluster";
import { assertGolden } from "../golden";
import { healthy as objectsOf, stateOf } from "../status/objects";
import { controller, healthy, live } from "../doctor/clusters";
import { ledOtherwise } from "../status/led-otherwise";
import { slow } from "../slow";

const CALCOM = "Kustomization flux-system/calcom";
const SECRETS = "Kustomization flux-system/secrets";
const SOURCE = "GitRepository flux-system/calcom-app";

const outputs = { apps: { calcom: [CALCOM, SECRETS], secrets: [SECRETS] } };

describe("npm run app", () => {
  describe("its apps", () => {
    it("are told by name, or all of them, each object once", () => {
      assert.deepEqual(targetsOf(outputs, ["secrets"], false), [{ app: "secrets", keys: [SECRETS] }]);
      assert.deepEqual(keysOf(targetsOf(outputs, [], true)), [CALCOM, SECRETS]);
      assert.deepEqual(keysOf(targetsOf(outputs, ["secrets", "calcom", "secrets"], false)), [
        SECRETS,
        CALCOM,
      ]);
    });

    it("are refused when they aren't known, with the one that was meant", () => {
      const refusal = (names: readonly string[], all = false, of: object = outputs) =>
        assert.throws.bind(null, () => targetsOf(of, names, all));
      refusal(["calcm"])(/calcm: no such app runs; there are calcom, secrets\.\nDid you mean calcom\?/);
      refusal(["zzzzzzzz"])(/no such app runs; .*\n→ A parked one/);
      refusal([])(/Say which apps, or --all of them/);
      refusal(["calcom"], true)(/Say which apps, or --all of them/);
      refusal(["calcom"], false, {})(/outputs don't name its apps\n→ Run `pulumi up` once/);
    });

    it("take from sources that are there", () => {
      const { objects } = stateOf(objectsOf());
      assert.deepEqual(originsOf([CALCOM, SECRETS, "HelmRelease x/gone"], objects), {
        sources: [SOURCE, "GitRepository flux-system/flux-system"],
        generators: [],
      });
    });
  });

  describe("in a cluster", () => {
    let fake: FakeCluster;
    let cluster: Cluster;
    const kustomization = (name: string): LiveObject | undefined =>
      [...fake.objects.values()].find(
        ({ kind, metadata }) => kind === "Kustomization" && metadata?.name === name,
      );

    beforeEach(async () => {
      fake = await FakeCluster.start(...healthy);
      cluster = await Cluster.connect(fake);
    });
    afterEach(() => {
      fake.stop();
    });

    it("suspends and resumes what is there, and names what isn't", async () => {
      const gone = "HelmRelease calcom/gone";
      assert.deepEqual(await setSuspended(cluster, [CALCOM, gone], true), [gone]);
      assert.equal(kustomization("calcom")?.spec?.suspend, true);
      assert.equal(kustomization("secrets")?.spec?.suspend, undefined);
      assert.deepEqual(await setSuspended(cluster, [CALCOM], false), []);
      assert.equal(kustomization("calcom")?.spec?.suspend, false);
    });

    /** As the controllers do: each request is answered, by failing where `failing` says so. */
    const answers = (failing: readonly string[] = []): void => {
      fake.react = (object) => {
        const at = object.metadata?.annotations?.["reconcile.fluxcd.io/requestedAt"];
        const status = object.status ?? {};
        if (at === undefined || status.lastHandledReconcileAt === at) return;
        const fails = failing.includes(object.metadata?.name ?? "");
        const condition = { type: "Ready", status: fails ? "False" : "True", reason: "R", message: "told" };
        fake.put({
          ...object,
          status: { ...status, lastHandledReconcileAt: at, conditions: [condition] },
        });
      };
    };
    const reconciled = async (keys: readonly string[], timeout = 60_000) => {
      const told: string[] = [];
      const signal = new AbortController().signal;
      const onDone = ({ key, status }: { key: string; status: string }) => told.push(`${key} ${status}`);
      return { found: await reconcile(cluster, keys, { timeout, signal, onDone }), told };
    };

    it("asks the source first, then the object, and tells each that has answered", async () => {
      answers();
      const { found, told } = await reconciled([CALCOM]);
      assert.deepEqual(
        found.map(({ key, status }) => `${key} ${status}`),
        [`${SOURCE} ready`, `${CALCOM} ready`],
      );
      assert.deepEqual(told, [`${SOURCE} ready`, `${CALCOM} ready`]);
      assert.deepEqual(
        fake.requests
          .filter((request) => request.startsWith("PATCH"))
          .map((request) => request.split("/").at(-1)),
        ["calcom-app", "calcom"],
      );
    });

    slow(
      "asks through an artifact the generator that cuts it and what that cuts from, and not the artifact",
      async () => {
        for (const object of ledOtherwise()) fake.put(live(object));
        fake.put(controller("source-watcher"));
        fake.react = (object) => {
          const at = object.metadata?.annotations?.["reconcile.fluxcd.io/requestedAt"];
          const { status = {} } = object;
          if (at === undefined || status.lastHandledReconcileAt === at) return;
          assert.notEqual(object.kind, "ExternalArtifact", "nobody answers for it");
          fake.put({ ...object, status: { ...status, lastHandledReconcileAt: at } });
        };
        const HELLO = "Kustomization flux-system/hello";
        const { told } = await reconciled([HELLO], 20_000);
        assert.deepEqual(told, [
          "GitRepository flux-system/flux-system ready",
          "ArtifactGenerator flux-system/apps ready",
          `${HELLO} ready`,
        ]);
        assert.deepEqual(
          originsOf([HELLO, "Kustomization flux-system/models"], stateOf(ledOtherwise()).objects),
          {
            sources: ["GitRepository flux-system/flux-system", "Bucket flux-system/models"],
            generators: ["ArtifactGenerator flux-system/apps"],
          },
        );
      },
    );

    it("doesn't ask a generator that somebody disabled, and says so", async () => {
      const annotations = { "source.extensions.fluxcd.io/reconcile": "disabled" };
      for (const object of ledOtherwise({ annotations })) fake.put(live(object));
      answers();
      const { found } = await reconciled(["Kustomization flux-system/hello"], 1);
      const generator = found.find(({ key }) => key.startsWith("ArtifactGenerator"));
      assert.equal(generator?.status, "stopped");
      assert.match(generator.message, /Remove its annotation/);
      assert.ok(!fake.requests.some((request) => /^PATCH .*artifactgenerators/.test(request)));
    });

    it("ends at what fails, and at what doesn't answer in time", async () => {
      answers(["calcom"]);
      assert.deepEqual((await reconciled([CALCOM])).told, [`${SOURCE} ready`, `${CALCOM} failing`]);
      fake.react = () => undefined;
      const { found } = await reconciled([SECRETS], 1);
      assert.deepEqual(
        found.map(({ status }) => status),
        ["progressing", "progressing"],
      );
    });

    describe("whose controller doesn't run", () => {
      const scaled = (
        name: string,
        replicas: number,
        more: { name?: string; args?: string[] } = {},
      ): void => {
        const one = controller(name);
        const { name: as = name, args = [] } = more;
        const template = { spec: { containers: [{ name, args }] } };
        const metadata = { ...one.metadata, name: as };
        fake.put({ ...one, metadata, spec: { ...one.spec, replicas, template } });
      };
      const said = async (key: string) =>
        (await reconciled([key])).found.map(({ status, message }) => `${status} ${message}`).at(-1);

      it("says at once that nobody answers, and by which command somebody does", async () => {
        answers();
        scaled("kustomize-controller", 0);
        const react = fake.react;
        fake.react = (object) => {
          if (object.kind !== "Kustomization") react(object);
        };
        assert.equal(
          await said(CALCOM),
          "stopped nobody looks at it: flux-system/kustomize-controller is scaled to 0. kubectl scale -n flux-system deployment/kustomize-controller --replicas=1",
        );
      });

      slow("goes by the shard that has the object, and doesn't wait for one that isn't there", async () => {
        const main = ["--watch-label-selector=!sharding.fluxcd.io/key"];
        scaled("kustomize-controller", 1, { args: main });
        const shard = { args: ["--watch-label-selector=sharding.fluxcd.io/key=shard1"] };
        scaled("kustomize-controller", 0, { ...shard, name: "kustomize-controller-shard1" });
        const label = (value: string): void => {
          const object = kustomization("calcom");
          assert(object !== undefined);
          const labels = { "sharding.fluxcd.io/key": value };
          fake.put({ ...object, metadata: { ...object.metadata, labels } });
        };
        answers();
        assert.match((await said(SECRETS)) ?? "", /^ready/, "the main ones have it");
        fake.react = (object) => {
          if (object.kind !== "GitRepository") return;
          const at = object.metadata?.annotations?.["reconcile.fluxcd.io/requestedAt"];
          if (at !== undefined && object.status?.lastHandledReconcileAt !== at)
            fake.put({ ...object, status: { ...object.status, lastHandledReconcileAt: at } });
        };
        label("shard1");
        assert.match((await said(CALCOM)) ?? "", /^stopped .*kustomize-controller-shard1 is scaled to 0/);
        label("shard9");
        assert.match((await said(CALCOM)) ?? "", /^stopped .*shard9 is for a shard that isn't there/);
      });
    });

    it("doesn't ask what is suspended or gone, and says so", async () => {
      await setSuspended(cluster, [CALCOM], true);
      answers();
      const { found } = await reconciled([CALCOM, "Kustomization flux-system/gone"]);
      assert.deepEqual(
        found.map(({ status }) => status),
        ["ready", "stopped", "stopped"],
      );
    });

    it("shows events of its objects alone, the oldest first", async () => {
      const event = (name: string, about: string, message: string, lastTimestamp: string) => ({
        ...{ apiVersion: "v1", kind: "Event", metadata: { name, namespace: "flux-system" } },
        ...{ type: "Normal", message, lastTimestamp },
        involvedObject: { kind: "Kustomization", name: about, namespace: "flux-system" },
      });
      const [now, before] = [new Date().toISOString(), new Date(Date.now() - 60_000).toISOString()];
      fake.put(event("a", "calcom", "applied", now));
      fake.put(event("b", "calcom", "began", before));
      fake.put(event("c", "calcom", "long ago", "2020-01-01T00:00:00Z"));
      fake.put(event("d", "secrets", "of another", now));
      const labels = { "app.kubernetes.io/part-of": "flux" };
      const pod = { name: "kustomize-controller-0", namespace: "flux-system", labels };
      fake.put({ apiVersion: "v1", kind: "Pod", metadata: pod });
      const { lines } = await readLogs(cluster, [CALCOM], 3600);
      assert.deepEqual(
        lines.map(({ text, level, key }) => `${level} ${key} ${text}`),
        [`normal ${CALCOM} began`, `normal ${CALCOM} applied`],
      );
    });
  });

  it("reads the lines of Flux's controllers, and passes over what is no such line", () => {
    const line = {
      ...{
        level: "error",
        ts: "2026-03-01T12:00:00.000Z",
        msg: "Reconciliation failed",
        error: "it is\nwrong",
      },
      ...{ controllerKind: "Kustomization", name: "calcom", namespace: "flux-system" },
    };
    assert.deepEqual(logLine(JSON.stringify(line)), [
      {
        ...{ at: line.ts, level: "error", key: CALCOM },
        text: "Reconciliation failed: it is wrong",
      },
    ]);
    assert.deepEqual(logLine("I0101 starting"), []);
  });

  it("says what `up` makes of what is suspended, by the settings", () => {
    assert.deepEqual(afterSuspending("prod", [CALCOM, SECRETS], [SECRETS]).slice(-1), [
      "  pulumi config set --stack prod --path 'handoff:ready.allowSuspended[1]' 'Kustomization flux-system/calcom'",
    ]);
    assert.match(
      afterSuspending("prod", [CALCOM], []).join("\n"),
      /`pulumi up` doesn't resume them, and fails/,
    );
    assert.match(afterSuspending("prod", [CALCOM], [CALCOM]).join("\n"), /leaves it so, and passes/);
    assert.match(
      afterResuming([CALCOM], [CALCOM]).join("\n"),
      /still names Kustomization flux-system\/calcom/,
    );
    assert.deepEqual(afterResuming([CALCOM], [SECRETS]), []);
  });

  it("exports definitions without what others wrote on them", () => {
    const annotations = { "reconcile.fluxcd.io/requestedAt": "now", "example.com/note": "ours" };
    const objects = objectsOf().map((object) => ({
      apiVersion: "kustomize.toolkit.fluxcd.io/v1",
      ...object,
      metadata: { ...object.metadata, annotations },
    }));
    const chosen = objects.filter(({ metadata }) => ["calcom", "calcom-app"].includes(metadata.name ?? ""));
    assertGolden(join(__dirname, "golden"), { "calcom.yaml": exported(chosen) });
  });
});
