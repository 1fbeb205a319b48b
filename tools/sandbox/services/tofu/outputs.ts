/** `writeOutputsToSecret`: there are no outputs without an apply, so each one gets a random value that stays. */
import { randomBytes } from "node:crypto";
import type { Cluster } from "../controllers/cluster";
import type { Terraform } from "./types";

/** Says to everybody who looks that these values are nobody's. */
export const standInAnnotation = "sandbox.handoff/stand-in";

const fieldManager = "tf-controller";

/** The names of the outputs that the Secret has now; undefined when none are asked for. */
export async function writeOutputs(
  cluster: Cluster,
  { spec, metadata, apiVersion, kind }: Terraform,
): Promise<readonly string[] | undefined> {
  const target = spec.writeOutputsToSecret;
  if (target === undefined) return undefined;
  const outputs = target.outputs ?? [];
  const keys = outputs.map((output) => output.split(":").at(-1) ?? output);
  const existing = (await cluster.secret(metadata.namespace ?? "", target.name))?.data ?? {};
  const data = keys.map((key) => [
    key,
    existing[key] ?? Buffer.from(randomBytes(18).toString("base64url")).toString("base64"),
  ]);
  const owner = {
    apiVersion: apiVersion ?? "infra.contrib.fluxcd.io/v1alpha2",
    kind: kind ?? "Terraform",
    name: metadata.name,
    uid: metadata.uid ?? "",
    controller: true,
    blockOwnerDeletion: true,
  };
  const secret = {
    metadata: {
      name: target.name,
      namespace: metadata.namespace,
      labels: target.labels,
      annotations: {
        ...target.annotations,
        [standInAnnotation]:
          "No configuration was applied: these are random values of the sandbox's tofu-controller.",
      },
      ownerReferences: [owner],
    },
    type: "Opaque",
    data: Object.fromEntries(data) as Readonly<Record<string, string>>,
  };
  await cluster.applySecret(secret, fieldManager);
  return outputs;
}
