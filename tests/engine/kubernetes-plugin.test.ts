/** The Kubernetes stand-in under the real engine, against the API server that KUBECONFIG names. */
import { strict as assert } from "node:assert";
import { randomBytes } from "node:crypto";
import * as fs from "node:fs";
import * as path from "node:path";
import { KubernetesClient, type KubernetesObject } from "../../tools/sandbox/pulumi/kubernetes-client";
import { findPulumi, TestStack } from "./stack";

describe("the kubernetes stand-in under the engine", function () {
  this.timeout(180_000);
  const name = `test-${randomBytes(3).toString("hex")}`;
  let stack: TestStack | undefined;
  let client: KubernetesClient;

  async function live(kind: string, object: string): Promise<KubernetesObject | undefined> {
    const metadata = { name: object, namespace: name };
    const { path: place } = await client.locate({ apiVersion: "v1", kind, metadata });
    return client.get(place);
  }

  before(async function () {
    const binDir = findPulumi();
    const kubeconfig = process.env.KUBECONFIG;
    if (binDir === undefined || kubeconfig === undefined) {
      console.log("      skipped: no pulumi on PATH or no KUBECONFIG (npm run sandbox -- npm run test:e2e)");
      this.skip();
    }
    client = await KubernetesClient.connect({ kubeconfig });
    stack = await TestStack.create(path.join(__dirname, "kubernetes-plugin"), binDir, {});
    await stack.set(["name", name], ["kubeconfig", fs.readFileSync(kubeconfig, "utf8")]);
    await stack.set(["password", "canary-1"], ["size", "1"]);
  });

  after(async () => {
    try {
      await stack?.pulumi("destroy", "--yes", "--skip-preview");
    } finally {
      stack?.remove();
    }
  });

  it("applies server-side under the real provider's field manager", async () => {
    assert.match(await stack!.up(), /\+ 7 created/);
    const secret = await live("Secret", "auth");
    assert.deepEqual(secret?.data, { password: Buffer.from("canary-1").toString("base64") });
    const managers = secret.metadata.managedFields as { manager: string; operation: string }[];
    assert.deepEqual(
      managers.map(({ manager, operation }) => [manager, operation]),
      [["pulumi-kubernetes", "Apply"]],
    );
    assert.doesNotMatch(await stack!.pulumi("stack", "export"), /canary-1|Y2FuYXJ5LTE/);
    assert.match(await stack!.up("--expect-no-changes"), /7 unchanged/);
    assert.match(
      await stack!.pulumi("refresh", "--yes", "--skip-preview", "--expect-no-changes"),
      /7 unchanged/,
    );
  });

  it("updates in place, and replaces what is named by itself", async () => {
    const before = String((await stack!.outputs()).settingsName);
    await stack!.set(["password", "canary-2"], ["size", "2"]);
    assert.match(await stack!.up(), /~ 2 updated\s+\+-1 replaced/);
    const after = String((await stack!.outputs()).settingsName);
    assert.match(after, /^settings-[0-9a-f]{8}$/);
    assert.equal(await live("ConfigMap", before), undefined);
    assert.deepEqual((await live("ConfigMap", after))?.data, { size: "2" });
  });

  it("lets the API server judge already at preview", async () => {
    await stack!.set(["field", "colour"]);
    await assert.rejects(stack!.pulumi("preview"), /\.spec\.colour: field not declared in schema/);
    await stack!.pulumi("config", "rm", "field");
  });

  it("says that a cluster can't be reached", async () => {
    const kubeconfig = await stack!.pulumi("config", "get", "kubeconfig");
    await stack!.set(
      ["kubeconfig", kubeconfig.replace(/https:\/\/[\w.:-]+/g, "https://127.0.0.1:1")],
      ["size", "3"],
    );
    await assert.rejects(
      stack!.pulumi("preview"),
      /the Kubernetes cluster at https:\/\/127\.0\.0\.1:1 can't be reached/,
    );
    await stack!.set(["kubeconfig", kubeconfig]);
  });

  it("doesn't take over what exists, unless told", async () => {
    await stack!.pulumi(
      "state",
      "delete",
      "--yes",
      `urn:pulumi:dev::kubernetes-plugin::kubernetes:core/v1:Secret::secret`,
    );
    await assert.rejects(stack!.up(), /Secret test-\w+\/auth exists already/);
    await stack!.set(["upsert", "true"]);
    assert.match(await stack!.up(), /\+ 1 created/);
  });
});
