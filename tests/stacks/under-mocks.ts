import { generateKeyPairSync } from "node:crypto";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { stringify } from "yaml";
import { type MockAnswers, type Registered, run } from "../mocks";

/** A deploy key that Flux's Secret can be made of. */
export const KEY = generateKeyPairSync("ec", {
  namedCurve: "P-384",
  privateKeyEncoding: { type: "sec1", format: "pem" },
  publicKeyEncoding: { type: "spki", format: "pem" },
}).privateKey;

/** A folder with a release's manifests, as small as can be. */
export function fluxManifests(): string {
  const folder = mkdtempSync(join(tmpdir(), "handoff-test-"));
  for (const name of [
    ...["policies", "rbac", "source-controller", "kustomize-controller", "helm-controller"],
    ...["notification-controller", "image-reflector-controller", "image-automation-controller"],
  ]) {
    const text = `apiVersion: v1\nkind: ServiceAccount\nmetadata:\n  name: ${name}\n`;
    writeFileSync(join(folder, `${name}.yaml`), text);
  }
  return folder;
}

/** What a system registers under mocks, when all of it is known; `readme` is the page's text. */
export async function builtUnderMocks(
  answers: MockAnswers,
  build: () => Promise<Record<string, unknown>>,
): Promise<{ outputs: Record<string, unknown>; resources: Registered[] }> {
  const { result, resources } = await run(answers, build);
  const outputs = await result;
  const readme = await new Promise((resolve) => (outputs.readme as pulumi.Output<string>).apply(resolve));
  await (pulumi.runtime as unknown as { waitForRPCs(): Promise<void> }).waitForRPCs();
  return { outputs: { ...outputs, readme }, resources };
}

export interface DumpOptions {
  /** Inputs that are left out. */
  readonly without?: readonly string[];
  /** Inputs of which only the paths are shown: their texts are in other goldens. */
  readonly paths?: readonly string[];
}

/** Every resource with its inputs, for a golden. */
export function dump(
  found: readonly Registered[],
  { without = ["kubeconfig"], paths = ["files", "initialFiles"] }: DumpOptions = {},
): string {
  const order = (resource: Registered): string => `${resource.type} ${resource.name}`;
  const entries = [...found]
    .sort((a, b) => (order(a) < order(b) ? -1 : 1))
    .map(({ type, name, parent, inputs, options }) => ({
      resource: `${type} ${name}`,
      ...(parent !== "" && { parent }),
      ...(options.dependencies.length > 0 && { dependsOn: [...options.dependencies].sort() }),
      inputs: Object.fromEntries(
        Object.entries(inputs)
          .filter(([key]) => !without.includes(key))
          .map(([key, value]) => [key, paths.includes(key) ? Object.keys(value as object).sort() : value]),
      ),
    }));
  return stringify(entries, { lineWidth: 0 })
    .replaceAll(/-----BEGIN EC[^]*?END EC PRIVATE KEY-----/g, "(private key)")
    .replaceAll(/ecdsa-sha2-nistp384 \S+/g, "(public key)");
}
