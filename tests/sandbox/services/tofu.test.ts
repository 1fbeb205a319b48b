import { strict as assert } from "node:assert";
import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { create } from "tar";
import { type Service, startService } from "../../../tools/sandbox/services/http";
import { effectsOf } from "../../../tools/sandbox/services/tofu/effects";
import { standInAnnotation } from "../../../tools/sandbox/services/tofu/outputs";
import { terraformController } from "../../../tools/sandbox/services/tofu/terraform";
import type { Terraform } from "../../../tools/sandbox/services/tofu/types";
import { VaultWriter } from "../../../tools/sandbox/services/tofu/vault-writer";
import { startVault } from "../../../tools/sandbox/services/vault";
import { FakeCluster } from "./fake-cluster";

const SOURCE = "/apis/source.toolkit.fluxcd.io/v1/namespaces/flux-system/gitrepositories/flux-system";
const terraformPath = (name: string, namespace = "flux-system") =>
  `/apis/infra.contrib.fluxcd.io/v1alpha2/namespaces/${namespace}/terraforms/${name}`;
const ROOT = "hvs.root";

describe("tofu-controller stand-in", () => {
  let cluster: FakeCluster;
  let storage: Service;
  let vault: Service;
  let archive: Buffer;
  let downloads = 0;
  let reconcile: (name: string, namespace?: string) => Promise<unknown>;

  const pack = async (...files: string[]): Promise<void> => {
    const folder = mkdtempSync(join(tmpdir(), "handoff-artifact-"));
    for (const file of files) {
      mkdirSync(dirname(join(folder, file)), { recursive: true });
      writeFileSync(join(folder, file), "");
    }
    const chunks: Buffer[] = [];
    for await (const chunk of create({ cwd: folder, gzip: true }, ["."])) chunks.push(chunk);
    archive = Buffer.concat(chunks);
    rmSync(folder, { recursive: true });
  };
  const putSource = (revision = "main@sha1:0123456789abcdef"): void => {
    const digest = `sha256:${createHash("sha256").update(archive).digest("hex")}`;
    cluster.put(SOURCE, { status: { artifact: { url: `${storage.url}/a.tar.gz`, revision, digest } } });
  };
  const put = (name: string, spec: Partial<Terraform["spec"]> = {}, namespace = "flux-system"): void => {
    const sourceRef = { kind: "GitRepository", name: "flux-system" };
    cluster.put(terraformPath(name, namespace), {
      kind: "Terraform",
      spec: { path: "./terraform/app", approvePlan: "auto", interval: "10m", sourceRef, ...spec },
    });
  };
  /** The Ready condition after a look. */
  const outcome = async (
    name: string,
    spec?: Partial<Terraform["spec"]>,
    namespace?: string,
  ): Promise<string> => {
    if (spec !== undefined) put(name, spec, namespace);
    await reconcile(name, namespace);
    return cluster.ready(terraformPath(name, namespace));
  };
  const inVault = async (path: string) => {
    const response = await fetch(`${vault.url}/v1/${path}`, { headers: { "x-vault-token": ROOT } });
    return (await response.json()) as { data?: { data?: Record<string, string> } };
  };

  beforeEach(async () => {
    cluster = await FakeCluster.start();
    downloads = 0;
    storage = await startService({
      handle: () => {
        downloads += 1;
        return { status: 200, body: archive };
      },
      failure: () => undefined,
    });
    vault = await startVault({ rootToken: ROOT, reviewToken: () => Promise.resolve(undefined) });
    await pack(
      "terraform/app/main.tf",
      "terraform/docs/README.md",
      "terraform/vault/main.tf",
      "terraform/sso/forgejo/main.tf",
    );
    putSource();
    cluster.putOperator("tofu-controller", ["--allow-cross-namespace-refs=false"]);
    const controller = terraformController(cluster.client(), new VaultWriter(vault.url, ROOT));
    reconcile = (name, namespace = "flux-system") => controller.reconcile(`${namespace}/${name}`);
  });
  afterEach(async () => {
    await Promise.all([storage.close(), vault.close(), cluster.stop()]);
  });

  it("works only while the operator's Deployment has a pod", async () => {
    cluster.remove("/apis/apps/v1/namespaces/operators/deployments/tofu-controller");
    assert.equal(await outcome("app", {}), "");
    cluster.putOperator("tofu-controller");
    assert.equal(
      await outcome("app"),
      "True TerraformAppliedSucceed: Applied successfully: main@sha1:0123456789abcdef",
    );
    assert.deepEqual(cluster.told(), [
      "Normal TerraformAppliedSucceed: Applied successfully: main@sha1:0123456789abcdef",
    ]);
  });

  it("looks into the source's artifact once", async () => {
    assert.match(await outcome("app", {}), /^True/);
    assert.match(
      await outcome("gone", { path: "./terraform/gone" }),
      /^False TFExecNewFailed: error initialising Terraform with workingDir \S+terraform\/gone: stat .*: no such file or directory$/,
    );
    assert.match(await outcome("ap", { path: "terraform/ap" }), /^False TFExecNewFailed/);
    assert.match(
      await outcome("docs", { path: "terraform/docs/" }),
      /^False TFExecPlanFailed: .*\n\nError: No configuration files/,
    );
    assert.equal(downloads, 1);
    assert.equal(cluster.told().filter((line) => line.startsWith("Warning")).length, 3);
  });

  it("waits for its source", async () => {
    cluster.remove(SOURCE);
    assert.equal(
      await outcome("app", {}),
      "False ArtifactFailed: Source 'GitRepository/flux-system' not found",
    );
    cluster.put(SOURCE, { status: {} });
    assert.equal(await outcome("app"), "False ArtifactFailed: Source is not ready, artifact not found");
    cluster.put(SOURCE, {
      status: { artifact: { url: `${storage.url}/a`, revision: "r", digest: "sha256:00" } },
    });
    assert.match(await outcome("app"), /^False ArtifactFailed: failed to verify artifact/);
    putSource();
    assert.match(await outcome("app"), /^True/);
  });

  it("crosses namespaces only when the running operator's argument says so", async () => {
    const sourceRef = { kind: "GitRepository", name: "flux-system", namespace: "flux-system" };
    const denied = "False AccessDenied: Source 'GitRepository/flux-system/flux-system' access denied";
    assert.equal(await outcome("app", { sourceRef }, "forgejo"), denied);
    const crossing = { dependsOn: [{ name: "b", namespace: "other" }] };
    assert.equal(
      await outcome("app", crossing),
      "False AccessDenied: cannot access other/b, cross-namespace references have been disabled",
    );
    cluster.putOperator("tofu-controller", ["--allow-cross-namespace-refs=true"]);
    assert.match(await outcome("app", undefined, "forgejo"), /^True/);
  });

  it("waits for what it depends on", async () => {
    const dependsOn = [{ name: "first" }];
    assert.equal(
      await outcome("app", { dependsOn }),
      `False DependencyNotReady: unable to get 'flux-system/first' dependency: Terraform.infra.contrib.fluxcd.io "first" not found`,
    );
    put("first", { writeOutputsToSecret: { name: "out", outputs: ["a"] } });
    assert.equal(
      await outcome("app"),
      "False DependencyNotReady: dependency 'flux-system/first' is not ready",
    );
    await reconcile("first");
    assert.match(await outcome("app"), /^True/);
    putSource("main@sha1:fedcba9876543210");
    assert.equal(
      await outcome("app"),
      "False DependencyNotReady: dependency 'flux-system/first' is not updated yet",
    );
    await reconcile("first");
    cluster.remove("/api/v1/namespaces/flux-system/secrets/out");
    assert.equal(
      await outcome("app"),
      "False DependencyNotReady: dependency output secret: 'out' of 'flux-system/first' is not ready yet",
    );
  });

  it("wants all that it refers to, in its own namespace", async () => {
    const failing = (reason: string, message: string) =>
      `False ${reason}: rpc error: code = Unknown desc = ${message}`;
    const varsFrom = [{ kind: "Secret" as const, name: "vault-token", varsKeys: ["token:vault_token"] }];
    assert.equal(
      await outcome("app", { varsFrom }),
      failing("VarsGenerationFailed", 'secrets "vault-token" not found'),
    );
    cluster.putSecret("other", "vault-token", { token: "t" });
    assert.match(await outcome("app"), /^False VarsGenerationFailed/);
    cluster.putSecret("flux-system", "vault-token", { other: "t" });
    assert.match(await outcome("app"), /has no key "token"/);
    cluster.putSecret("flux-system", "vault-token", { token: "t" });
    assert.match(await outcome("app"), /^True/);
    assert.match(
      await outcome("app", { varsFrom: [{ kind: "ConfigMap", name: "none", optional: true }] }),
      /^True/,
    );
    assert.equal(
      await outcome("app", { cliConfigSecretRef: { name: "cli" } }),
      failing("TFExecInitFailed", 'secrets "cli" not found'),
    );
  });

  it("leaves a plan that nobody approved waiting", async () => {
    assert.equal(
      await outcome("app", { approvePlan: "" }),
      'Unknown TerraformPlannedWithChanges: Plan generated: set approvePlan: "plan-main-0123456789" to approve this plan.',
    );
    assert.match(await outcome("app", { approvePlan: "plan-main-012345" }), /^True/);
    cluster.remove(terraformPath("app"));
    assert.equal(await outcome("app", { suspend: true }), "");
  });

  it("writes outputs that stay, and says whose they are", async () => {
    const outputs = { name: "out", outputs: ["address", "password:DB_PASSWORD"] };
    assert.match(
      await outcome("app", { writeOutputsToSecret: outputs }),
      /^True TerraformOutputsWritten: Outputs written: main@/,
    );
    const first = cluster.secret("flux-system", "out")!;
    assert.deepEqual(Object.keys(first), ["address", "DB_PASSWORD"]);
    await outcome("app", { writeOutputsToSecret: { ...outputs, outputs: [...outputs.outputs, "more"] } });
    const second = cluster.secret("flux-system", "out")!;
    assert.deepEqual({ ...second, more: undefined }, { ...first, more: undefined });
    assert.match(second.more ?? "", /^[\w-]{24}$/);
    const { annotations, ownerReferences } = cluster.get(
      "/api/v1/namespaces/flux-system/secrets/out",
    )!.metadata;
    assert.match(annotations?.[standInAnnotation] ?? "", /random values/);
    assert.deepEqual(
      ownerReferences?.map(({ kind, name }) => [kind, name]),
      [["Terraform", "app"]],
    );
  });

  it("does in Vault what the table says, once, and tells it without a value", async () => {
    assert.match(
      await outcome("forgejo", { path: "terraform/sso/forgejo" }),
      /^False TFExecApplyFailed: [^]*Code: 404/,
    );
    assert.match(await outcome("vault", { path: "./terraform/vault" }), /^True/);
    cluster.told();
    assert.match(await outcome("forgejo"), /^True/);
    const { data } = (await inVault("kv/data/sso/forgejo")).data ?? {};
    assert.equal(data?.client_id, "forgejo");
    assert.match(data.client_secret ?? "", /^[\w-]{32}$/);
    const told = cluster.told();
    assert.match(
      told[0]!,
      /^Normal StandIn: .*applies nothing.*kv\/data\/sso\/forgejo \(client_id, client_secret\)$/,
    );
    assert.ok(!told.join().includes(data.client_secret!));
    await reconcile("vault");
    await reconcile("forgejo");
    assert.deepEqual((await inVault("kv/data/sso/forgejo")).data?.data, data);
  });

  it("finds effects by the end of a path", () => {
    const secrets = (path: string) =>
      effectsOf(path).flatMap((effect) => ("secret" in effect ? [effect.secret] : []));
    assert.deepEqual(secrets("./flux-apps/grafana/terraform/sso/grafana/"), ["kv/data/sso/grafana"]);
    for (const path of ["terraform/app", "sso", "sso/a/b", "terraform/vault-config"]) {
      assert.deepEqual(effectsOf(path), [], path);
    }
  });
});
