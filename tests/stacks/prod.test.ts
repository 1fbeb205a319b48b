import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { stringify } from "yaml";
import { prod } from "../../stacks/prod";
import type { Environment } from "../../stacks/settings/references";
import { assertGolden } from "../golden";
import { type MockAnswers, type Registered, run } from "../mocks";
import { configuration, readFixture } from "../settings/fixture";

const KEY = generateKeyPairSync("ec", {
  namedCurve: "P-384",
  privateKeyEncoding: { type: "sec1", format: "pem" },
  publicKeyEncoding: { type: "spki", format: "pem" },
}).privateKey;

const answers: MockAnswers = {
  outputs: {
    "cloudflare:index/zeroTrustTunnelCloudflared:ZeroTrustTunnelCloudflared": () => ({ id: "tunnel-id" }),
    "cloudflare:index/accountToken:AccountToken": () => ({ value: "cloudflare-canary" }),
    "random:index/randomPassword:RandomPassword": () => ({ result: "p/=+?" }),
    "random:index/randomBytes:RandomBytes": () => ({ base64: "c2VjcmV0" }),
    "azure-native:managedidentity:UserAssignedIdentity": () => ({
      clientId: "client-id",
      principalId: "principal",
    }),
    "handoff:git:GitCommit": () => ({ commit: "c0ffee", revision: "main@sha1:c0ffee", changed: [] }),
    "handoff:flux:FluxReady": () => ({ ready: true, reconciled: {} }),
    "handoff:secrets:SopsFile": () => ({ ciphertext: "ENC" }),
  },
  functions: {
    "handoff:index:preflight": () => ({ faults: [] }),
    "handoff:flux:bootstrapped": () => ({}),
    "cloudflare:index/getZeroTrustTunnelCloudflaredToken:getZeroTrustTunnelCloudflaredToken": () => ({
      token: Buffer.from(JSON.stringify({ a: "account", t: "tunnel-id", s: "tunnel-secret" })).toString(
        "base64",
      ),
    }),
  },
};

describe("stacks/prod", () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), "handoff-test-"));
    const manifest = (name: string): string =>
      `apiVersion: v1\nkind: ServiceAccount\nmetadata:\n  name: ${name}\n`;
    for (const name of [
      "policies",
      "rbac",
      "source-controller",
      "kustomize-controller",
      "helm-controller",
      "notification-controller",
    ]) {
      writeFileSync(join(folder, `${name}.yaml`), manifest(name));
    }
  });
  after(() => {
    rmSync(folder, { recursive: true });
  });

  /** The settings of the smallest stack, with some put over them. */
  function settings(over: Readonly<Record<string, unknown>> = {}): [Record<string, unknown>, Environment] {
    const { document } = readFixture("valid", "minimal.yaml");
    const config = { ...document.config, "handoff:flux": { manifests: folder }, ...over };
    const { raw, env } = configuration({ config });
    return [
      { ...raw, system: "prod" },
      { ...env, variables: { ...env.variables, DEPLOY_KEY: KEY } },
    ];
  }

  async function resources(over?: Readonly<Record<string, unknown>>): Promise<Registered[]> {
    const { result, resources: found } = await run(answers, () => prod.run(...settings(over), ["prod"]));
    const outputs = await result;
    await new Promise((resolve) => (outputs.readme as pulumi.Output<string>).apply(resolve));
    await (pulumi.runtime as unknown as { waitForRPCs(): Promise<void> }).waitForRPCs();
    return found;
  }

  /** Every resource with its inputs; the texts of files are in the goldens of the builders. */
  function dump(found: readonly Registered[]): string {
    const order = (resource: Registered): string => `${resource.type} ${resource.name}`;
    const entries = [...found]
      .sort((a, b) => (order(a) < order(b) ? -1 : 1))
      .map(({ type, name, parent, inputs, options }) => ({
        resource: `${type} ${name}`,
        ...(parent !== "" && { parent }),
        ...(options.dependencies.length > 0 && { dependsOn: [...options.dependencies].sort() }),
        inputs: Object.fromEntries(
          Object.entries(inputs)
            .filter(([key]) => key !== "kubeconfig")
            .map(([key, value]) => [
              key,
              key === "files" || key === "initialFiles" ? Object.keys(value as object).sort() : value,
            ]),
        ),
      }));
    return stringify(entries, { lineWidth: 0 })
      .replaceAll(/-----BEGIN EC[^]*?END EC PRIVATE KEY-----/g, "(private key)")
      .replaceAll(/ecdsa-sha2-nistp384 \S+/g, "(public key)");
  }

  const golden = (name: string, found: readonly Registered[]): void => {
    assertGolden(join(__dirname, "golden", name), { "resources.yaml": dump(found) });
  };

  it("registers just these resources with Key Vault", async () => {
    golden("prod-keyvault", await resources());
  });

  it("registers just these resources with SOPS", async () => {
    const recipient = `age1${"q".repeat(58)}`;
    golden(
      "prod-sops",
      await resources({
        "handoff:secrets": "sops",
        "handoff:sops": { recipient },
        "handoff:azure": undefined,
      }),
    );
  });

  it("edits others' ConfigMap, and makes no rule at Cloudflare, with a locally managed tunnel", async () => {
    const { document } = readFixture("valid", "minimal.yaml");
    const tunnel = {
      name: "my-cluster",
      managed: "local",
      configMap: "infrastructure/cloudflare/configmap.yaml",
    };
    const cloudflare = { ...(document.config?.["handoff:cloudflare"] as object), tunnel };
    const found = await resources({ "handoff:cloudflare": cloudflare });
    assert.ok(!found.some(({ type }) => type === "handoff:cloudflare:IngressRule"));
    const commit = found.find(({ name }) => name === "handoff-commit")!;
    assert.deepEqual(
      (commit.inputs.edits as Record<string, unknown>)["infrastructure/cloudflare/configmap.yaml"],
      [
        {
          within: ["data", "config.yaml"],
          list: ["ingress"],
          position: "ingress",
          entry: {
            hostname: "cal.example.com",
            service: "https://ingress-nginx-controller.ingress-nginx.svc.cluster.local:443",
            originRequest: { originServerName: "cal.example.com" },
          },
          identity: ["hostname", "path"],
        },
      ],
    );
    const secret = found.find(({ name }) => name === "key-vault-cloudflared-credentials")!;
    assert.deepEqual((secret.inputs.properties as { value: unknown }).value, {
      secret: '{"AccountTag":"account","TunnelSecret":"tunnel-secret","TunnelID":"tunnel-id"}',
    });
  });

  it("marks as secret whatever is one", async () => {
    const found = await resources();
    const text = JSON.stringify(found, (_key, value: unknown) =>
      value !== null && typeof value === "object" && "secret" in value ? "(secret)" : value,
    );
    for (const secret of ["p/=+?", "p%2F", "c2VjcmV0", "canary", "PRIVATE KEY", "tunnel-secret"]) {
      assert.ok(!text.includes(secret), secret);
    }
  });

  it("stops at what the preflight finds, before any resource", async () => {
    const functions = {
      ...answers.functions,
      "handoff:index:preflight": () => ({ faults: ["no such host", "no access"] }),
    };
    const { result, resources: found } = await run({ ...answers, functions }, () =>
      prod.run(...settings(), ["prod"]),
    );
    await assert.rejects(result, { message: "nothing was changed:\nno such host\nno access" });
    assert.deepEqual(found, []);
  });
});
