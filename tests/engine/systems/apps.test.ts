/** The life of the apps: twelve in five waves over Vault, from the first start to destroy. One sandbox, steps in order. */
import { strict as assert } from "node:assert";
import { eventually, tail } from "../commands";
import { startJson } from "../life/first-start";
import { isReady } from "../observed";
import { useSandbox } from "../sandbox";
import { failingWaves } from "./failing-waves";
import { secondCluster } from "./second-cluster";

const REPOSITORY = "your-org/cluster";
const FOLDER = "flux-clusters/my-cluster";

/** The document's table; ClickHouse doesn't wait for itself. */
const needs: Readonly<Record<string, readonly string[]>> = {
  "tofu-controller": [],
  "external-secrets-crds": [],
  vault: [],
  airflow: [],
  dremio: [],
  "external-secrets-config": ["external-secrets-crds", "vault"],
  "cloudnative-pg": ["external-secrets-config", "tofu-controller"],
  authentik: ["cloudnative-pg", "external-secrets-config"],
  forgejo: ["cloudnative-pg", "external-secrets-config"],
  clickhouse: ["cloudnative-pg", "external-secrets-config"],
  clickstack: ["clickhouse", "cloudnative-pg", "external-secrets-config"],
  grafana: ["clickhouse", "cloudnative-pg", "external-secrets-config"],
};

interface Condition {
  readonly type: string;
  readonly lastTransitionTime: string;
}

describe("the life of the apps", () => {
  const sandbox = useSandbox("apps");

  describe("npm start -- apps", () => {
    it("ends with every Kustomization and HelmRelease Ready at the commit", async () => {
      sandbox.create();
      const { kustomizations: live } = await startJson(sandbox);
      await sandbox.readEnvironment();
      assert.deepEqual(
        live.filter(({ ready }) => !ready),
        [],
      );
      const revision = `main@sha1:${sandbox.head(REPOSITORY)}`;
      const ours = live.filter(({ kind, name }) => kind === "Kustomization" && name in needs);
      assert.deepEqual(ours.map(({ name }) => name).sort(), Object.keys(needs).sort());
      for (const one of ours) assert.equal(one.revision, revision, one.name);
    });

    it("makes each wave Ready after what it depends on", async () => {
      const objects = await sandbox.get("kustomizations.kustomize.toolkit.fluxcd.io", "flux-system");
      const readySince = new Map(
        objects.map(({ metadata, status }) => {
          const ready = (status?.conditions as unknown as readonly Condition[]).find(
            ({ type }) => type === "Ready",
          );
          return [metadata.name, ready?.lastTransitionTime ?? ""];
        }),
      );
      for (const { metadata, spec } of objects) {
        const expected = needs[metadata.name];
        if (expected === undefined) continue;
        const dependsOn = (spec.dependsOn ?? []) as readonly { name: string }[];
        assert.deepEqual(dependsOn.map(({ name }) => name).sort(), expected, metadata.name);
        for (const need of expected) {
          const [before = "", after = ""] = [readySince.get(need), readySince.get(metadata.name)];
          assert.ok(
            before !== "" && before <= after,
            `${need} (${before}) before ${metadata.name} (${after})`,
          );
        }
      }
    });

    it("lets tofu-controller fill Vault, and brings databases and clients from there", async () => {
      const terraforms = await sandbox.get("terraforms.infra.contrib.fluxcd.io", "", "--all-namespaces");
      assert.equal(terraforms.length, 10);
      assert.ok(terraforms.every(isReady));
      const [controller] = await sandbox.get("deployments", "flux-system", "tofu-controller");
      assert.match(JSON.stringify(controller?.spec), /--allow-cross-namespace-refs=true/);

      const secrets = await sandbox.get("externalsecrets.external-secrets.io", "", "--all-namespaces");
      assert.ok(secrets.length > 0 && secrets.every(isReady));
      const [user, password] = [
        await sandbox.secret("cloudnative-pg", "forgejo-database"),
        await sandbox.secret("forgejo", "forgejo-database"),
      ];
      assert.equal(user.username, "forgejo");
      assert.equal(user.password, password.password);
      const roles = await sandbox.get("databaseroles.postgresql.cnpg.io", "cloudnative-pg");
      assert.deepEqual(roles.map(({ metadata }) => metadata.name).sort(), [
        "authentik",
        "forgejo",
        "grafana",
      ]);
      assert.equal((await sandbox.secret("forgejo", "forgejo-oauth")).key, "forgejo");
      assert.equal(
        (await sandbox.secret("grafana", "grafana-env")).GF_AUTH_GENERIC_OAUTH_CLIENT_ID,
        "grafana",
      );
    });

    it("gives the bases the cluster's own texts", async () => {
      const [ingress] = await sandbox.get("ingresses", "grafana");
      assert.match(JSON.stringify(ingress?.spec), /"host":"grafana\.example\.com"/);
    });

    it("leaves what others have: their machines' OpenTofu, another cluster, an app", () => {
      const start = sandbox.git(REPOSITORY, "rev-list", "--max-parents=0", "main").trim();
      const [before, now] = [sandbox.files(REPOSITORY, start), sandbox.files(REPOSITORY)];
      const changed = Object.keys(before).filter((path) => before[path] !== now[path]);
      assert.deepEqual(changed, [`${FOLDER}/kustomization.yaml`]);
      assert.equal(
        sandbox.file(REPOSITORY, changed[0] ?? ""),
        `${sandbox.file(REPOSITORY, changed[0] ?? "", start)}  - ./flux-system\n  - ./cluster.yaml\n  - ./apps/apps.yaml\n`,
      );
    });

    it("changes nothing the second time, and makes no commit", async () => {
      const head = sandbox.head(REPOSITORY);
      const { commits } = await startJson(sandbox);
      assert.deepEqual(commits, []);
      assert.equal(sandbox.head(REPOSITORY), head);
    });
  });

  secondCluster(sandbox);
  failingWaves(sandbox, `${FOLDER}/flux-system/kustomization.yaml`);

  describe("pulumi destroy", () => {
    it("leaves what was there before", async () => {
      const { status, output } = await sandbox.command(["run", "--", "destroy"]);
      assert.equal(status, 0, tail(output));
      const start = sandbox.git(REPOSITORY, "rev-list", "--max-parents=0", "main").trim();
      assert.deepEqual(sandbox.files(REPOSITORY), sandbox.files(REPOSITORY, start));
      await eventually("what was in our namespaces has ended", async () => {
        const left = (await sandbox.namespaces()).filter((name) => name in needs || name === "flux-system");
        assert.deepEqual(left, []);
      });
      assert.ok((await sandbox.namespaces()).includes("registry"));
    });
  });
});
