/** Terraform objects: Ready as the controller would report it, if all that they need is there. */
import { changedCondition, milliseconds, type Condition } from "../controllers/conditions";
import type { Cluster } from "../controllers/cluster";
import { operatorArgs } from "../controllers/deployment";
import { keyOf, pathOf } from "../controllers/follow";
import type { Controller } from "../controllers/run";
import { Artifacts } from "./artifact";
import { effectsOf } from "./effects";
import { writeOutputs } from "./outputs";
import {
  checkDependencies,
  checkPath,
  checkReferences,
  sourceApi,
  sourceArtifact,
  sourceResources,
} from "./requirements";
import { api, type Artifact, type Terraform, TerraformFault } from "./types";
import type { VaultWriter } from "./vault-writer";

const component = "tf-controller";
/** Milliseconds: what is missing is mostly on its way. */
const retryDelay = 2000;
const operatorDelay = 1000;

/** @param vault undefined when no Vault runs: then a configuration has no effects */
export function terraformController(cluster: Cluster, vault: VaultWriter | undefined): Controller {
  const artifacts = new Artifacts();
  const users = new Map<string, Set<string>>();
  return {
    name: "terraforms",
    path: `${api}/terraforms`,
    reconcile: async (key) => {
      const terraform = await cluster.get<Terraform>(pathOf(api, "terraforms", key));
      if (!terraform) return undefined;
      const { kind, name, namespace = terraform.metadata.namespace ?? "" } = terraform.spec.sourceRef;
      const source = `${sourceResources[kind] ?? kind} ${namespace}/${name}`;
      users.set(source, (users.get(source) ?? new Set()).add(key));
      return await reconcile(cluster, vault, artifacts, key, terraform);
    },
    // A new revision of its source is looked at, at once.
    also: ["gitrepositories", "ocirepositories"].map((resource) => ({
      path: `${sourceApi}/${resource}`,
      keys: (source) => [...(users.get(`${resource} ${keyOf(source)}`) ?? [])],
    })),
  };
}

async function reconcile(
  cluster: Cluster,
  vault: VaultWriter | undefined,
  artifacts: Artifacts,
  key: string,
  terraform: Terraform,
): Promise<number | undefined> {
  const path = pathOf(api, "terraforms", key);
  if (terraform.metadata.deletionTimestamp || terraform.spec.suspend === true) return undefined;
  const args = await operatorArgs(cluster, "tofu-controller");
  if (args === undefined) return operatorDelay;
  const crossNamespace = args.includes("--allow-cross-namespace-refs=true");
  let artifact: Artifact | undefined;
  try {
    artifact = await sourceArtifact(cluster, terraform, crossNamespace);
    await checkDependencies(cluster, terraform, crossNamespace, artifact.revision);
    await checkPath(terraform, artifact, artifacts);
    await checkReferences(cluster, terraform, crossNamespace);
    await report(
      cluster,
      path,
      terraform,
      await apply(cluster, vault, terraform, artifact.revision),
      artifact,
    );
    return milliseconds(terraform.spec.interval ?? "1m");
  } catch (error) {
    if (!(error instanceof TerraformFault)) throw error;
    const outcome = { status: "False", reason: error.reason, message: error.message } as const;
    await report(cluster, path, terraform, outcome, artifact);
    return retryDelay;
  }
}

type Outcome = Pick<Condition, "status" | "reason" | "message"> & { readonly note?: string };

/** A plan waits for its approval, as it really does: such an object never becomes Ready by itself. */
async function apply(
  cluster: Cluster,
  vault: VaultWriter | undefined,
  terraform: Terraform,
  revision: string,
): Promise<Outcome> {
  const { approvePlan = "", path = "" } = terraform.spec;
  const plan = planId(revision);
  if (approvePlan !== "auto" && !(approvePlan !== "" && plan.startsWith(approvePlan))) {
    const message = `Plan generated: set approvePlan: "${plan}" to approve this plan.`;
    return { status: "Unknown", reason: "TerraformPlannedWithChanges", message };
  }
  const written = (await vault?.write(effectsOf(path))) ?? [];
  const note =
    written.length === 0
      ? undefined
      : `The sandbox's tofu-controller applies nothing; in place of ${path} it wrote to Vault: ${written.join(", ")}`;
  const outputs = await writeOutputs(cluster, terraform);
  return outputs === undefined
    ? {
        status: "True",
        reason: "TerraformAppliedSucceed",
        message: `Applied successfully: ${revision}`,
        note,
      }
    : { status: "True", reason: "TerraformOutputsWritten", message: `Outputs written: ${revision}`, note };
}

/** `main@sha1:b8e362c206…` → `plan-main-b8e362c206`. */
function planId(revision: string): string {
  // A branch may have an @ in its name.
  const [, branch = "", digest = ""] = /^(.*)@(.*)$/.exec(revision) ?? [];
  return `plan-${branch}-${(digest.split(":").at(-1) ?? "").slice(0, 10)}`;
}

async function report(
  cluster: Cluster,
  path: string,
  terraform: Terraform,
  { note, ...outcome }: Outcome,
  artifact: Artifact | undefined,
): Promise<void> {
  const { generation } = terraform.metadata;
  const next = { type: "Ready", observedGeneration: generation, ...outcome };
  const condition = changedCondition(terraform.status?.conditions, next);
  const revision = artifact?.revision;
  const applied =
    outcome.status === "True" ? { lastAppliedRevision: revision, observedGeneration: generation } : {};
  const moved = outcome.status === "True" && terraform.status?.lastAppliedRevision !== revision;
  if (condition ?? moved) {
    await cluster.patchStatus(path, {
      ...(condition && { conditions: [condition] }),
      ...(revision !== undefined && { lastAttemptedRevision: revision }),
      ...(outcome.status === "False" ? {} : { lastPlannedRevision: revision }),
      ...applied,
    });
  }
  if (note !== undefined) await cluster.event(terraform, component, "Normal", "StandIn", note);
  if (!condition) return;
  const type = outcome.status === "False" ? "Warning" : "Normal";
  await cluster.event(terraform, component, type, outcome.reason ?? "", outcome.message ?? "");
}
