import { generateKeyPairSync } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { stringify } from "yaml";
import type { Environment } from "../../stacks/settings/references";
import type { RunnableSystem } from "../../stacks/system";
import { type MockAnswers, type Registered, run } from "../mocks";
import { configuration, readFixture } from "../settings/fixture";
import { furtherSettings, SHIPPED_PROD } from "./shipped";

const KEY = generateKeyPairSync("ec", {
  namedCurve: "P-384",
  privateKeyEncoding: { type: "sec1", format: "pem" },
  publicKeyEncoding: { type: "spki", format: "pem" },
}).privateKey;

export const answers: MockAnswers = {
  outputs: {
    "cloudflare:index/zeroTrustTunnelCloudflared:ZeroTrustTunnelCloudflared": () => ({ id: "tunnel-id" }),
    "cloudflare:index/accountToken:AccountToken": () => ({ value: "cloudflare-canary" }),
    "random:index/randomPassword:RandomPassword": () => ({ result: "p/=+?" }),
    "random:index/randomBytes:RandomBytes": () => ({ base64: "c2VjcmV0", hex: "68657831" }),
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

/** Runs systems of Cal.com's settings under mocks. */
export class WholeStack {
  /** The release's manifests, as small as can be. */
  private folder = "";

  setUp(): void {
    this.folder = mkdtempSync(join(tmpdir(), "handoff-test-"));
    const manifest = (name: string): string =>
      `apiVersion: v1\nkind: ServiceAccount\nmetadata:\n  name: ${name}\n`;
    for (const name of [
      ...["policies", "rbac", "source-controller", "kustomize-controller", "helm-controller"],
      ...["notification-controller", "image-reflector-controller", "image-automation-controller"],
    ]) {
      writeFileSync(join(this.folder, `${name}.yaml`), manifest(name));
    }
  }

  tearDown(): void {
    rmSync(this.folder, { recursive: true });
  }

  /** The settings of the smallest stack, with some put over them. */
  settings(over: Readonly<Record<string, unknown>> = {}): [Record<string, unknown>, Environment] {
    const { document } = readFixture("valid", "minimal.yaml");
    const config = {
      ...furtherSettings("prod", SHIPPED_PROD.stackFile),
      ...document.config,
      "handoff:flux": { manifests: this.folder },
      ...over,
    };
    const { raw, env } = configuration({ config });
    return [
      { ...raw, system: "prod" },
      { ...env, variables: { ...env.variables, DEPLOY_KEY: KEY } },
    ];
  }

  /** Settings of Flux, with the release's manifests. */
  flux(more: object): Record<string, unknown> {
    return { "handoff:flux": { manifests: this.folder, ...more } };
  }

  async outcome(system: RunnableSystem, over?: Readonly<Record<string, unknown>>) {
    const { result, resources } = await run(answers, () => system.run(...this.settings(over), ["prod"]));
    const outputs = await result;
    await new Promise((resolve) => (outputs.readme as pulumi.Output<string>).apply(resolve));
    await (pulumi.runtime as unknown as { waitForRPCs(): Promise<void> }).waitForRPCs();
    return { outputs, resources };
  }

  async resources(system: RunnableSystem, over?: Readonly<Record<string, unknown>>): Promise<Registered[]> {
    return (await this.outcome(system, over)).resources;
  }
}

/** Every resource with its inputs; the texts of files are in the goldens of the builders. */
export function dump(found: readonly Registered[]): string {
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
