/** What a Terraform object refers to, in the order in which the controller looks. */
import { isReady } from "../controllers/conditions";
import type { Cluster } from "../controllers/cluster";
import { pathOf } from "../controllers/follow";
import type { Artifacts } from "./artifact";
import {
  api,
  type Artifact,
  type Source,
  type SourceReference,
  type Terraform,
  TerraformFault,
} from "./types";

export const sourceApi = "/apis/source.toolkit.fluxcd.io/v1";
export const sourceResources: Readonly<Record<string, string>> = {
  GitRepository: "gitrepositories",
  OCIRepository: "ocirepositories",
  Bucket: "buckets",
};

/**
 * @param crossNamespace whether references may lead to other namespaces: `--allow-cross-namespace-refs`
 * @throws TerraformFault for a source that isn't there, isn't ready, or may not be used
 */
export async function sourceArtifact(
  cluster: Cluster,
  { spec, metadata }: Terraform,
  crossNamespace: boolean,
): Promise<Artifact> {
  const { kind, name, namespace = metadata.namespace ?? "" } = spec.sourceRef;
  const shown = textOf(spec.sourceRef);
  if (!crossNamespace && namespace !== metadata.namespace) {
    throw new TerraformFault("AccessDenied", `Source '${shown}' access denied`);
  }
  const resource = sourceResources[kind];
  if (resource === undefined) {
    throw new TerraformFault("ArtifactFailed", `source \`${name}\` kind '${kind}' not supported`);
  }
  const path = pathOf(sourceApi, resource, `${namespace}/${name}`);
  const source = await cluster.get<Source>(path);
  if (source === undefined) throw new TerraformFault("ArtifactFailed", `Source '${shown}' not found`);
  if (source.status?.artifact === undefined) {
    throw new TerraformFault("ArtifactFailed", "Source is not ready, artifact not found");
  }
  return source.status.artifact;
}

const textOf = ({ kind, name, namespace }: SourceReference): string =>
  [kind, namespace, name].filter((part) => part !== undefined).join("/");

/** @throws TerraformFault for the first dependency that isn't Ready at the source's revision */
export async function checkDependencies(
  cluster: Cluster,
  { spec, metadata }: Terraform,
  crossNamespace: boolean,
  revision: string,
): Promise<void> {
  for (const { name, namespace = metadata.namespace ?? "" } of spec.dependsOn ?? []) {
    const shown = `${namespace}/${name}`;
    refuseCrossing(crossNamespace, metadata.namespace, namespace, name);
    const waiting = (message: string): TerraformFault => new TerraformFault("DependencyNotReady", message);
    const other = await cluster.get<Terraform>(pathOf(api, "terraforms", shown));
    if (other === undefined) {
      throw waiting(
        `unable to get '${shown}' dependency: Terraform.infra.contrib.fluxcd.io "${name}" not found`,
      );
    }
    const { status } = other;
    if (!isReady(status?.conditions) || status?.observedGeneration !== other.metadata.generation) {
      throw waiting(`dependency '${shown}' is not ready`);
    }
    const sameSource = JSON.stringify(other.spec.sourceRef) === JSON.stringify(spec.sourceRef);
    if (sameSource && ![status?.lastAppliedRevision, status?.lastPlannedRevision].includes(revision)) {
      throw waiting(`dependency '${shown}' is not updated yet`);
    }
    const outputs = other.spec.writeOutputsToSecret?.name;
    if (outputs !== undefined && (await cluster.secret(namespace, outputs)) === undefined) {
      throw waiting(`dependency output secret: '${outputs}' of '${shown}' is not ready yet`);
    }
  }
}

function refuseCrossing(
  crossNamespace: boolean,
  own: string | undefined,
  namespace: string,
  name: string,
): void {
  if (crossNamespace || namespace === own) return;
  const message = `cannot access ${namespace}/${name}, cross-namespace references have been disabled`;
  throw new TerraformFault("AccessDenied", message);
}

/** @throws TerraformFault for a folder that the artifact hasn't, or one without a configuration */
export async function checkPath(
  { spec, metadata }: Terraform,
  artifact: Artifact,
  artifacts: Artifacts,
): Promise<void> {
  const folder = (spec.path ?? "").replace(/^(\.?\/)+/, "").replace(/\/*$/, "");
  const prefix = folder === "" || folder === "." ? "" : `${folder}/`;
  const files = (await artifacts.files(artifact)).filter((file) => file.startsWith(prefix));
  if (files.length === 0) {
    const workingDir = `/tmp/${metadata.namespace ?? ""}-${metadata.name}/${folder}`;
    throw new TerraformFault(
      "TFExecNewFailed",
      `error initialising Terraform with workingDir ${workingDir}: stat ${workingDir}: no such file or directory`,
    );
  }
  if (!files.some((file) => /^[^/]+\.(tf|tofu)(\.json)?$/.test(file.slice(prefix.length)))) {
    throw new TerraformFault(
      "TFExecPlanFailed",
      `error running Plan: rpc error: code = Internal desc = exit status 1\n\nError: No configuration files\n\n${folder}`,
    );
  }
}

/** The Secrets and ConfigMaps: those of `varsFrom` are always in the object's own namespace. @throws TerraformFault */
export async function checkReferences(
  cluster: Cluster,
  { spec, metadata }: Terraform,
  crossNamespace: boolean,
): Promise<void> {
  const own = metadata.namespace ?? "";
  const failed = (reason: string, message: string): TerraformFault =>
    new TerraformFault(reason, `rpc error: code = Unknown desc = ${message}`);
  if (spec.cliConfigSecretRef !== undefined) {
    const { name, namespace = own } = spec.cliConfigSecretRef;
    refuseCrossing(crossNamespace, own, namespace, name);
    if ((await cluster.secret(namespace, name)) === undefined) {
      throw failed("TFExecInitFailed", `secrets "${name}" not found`);
    }
  }
  for (const { kind, name, varsKeys = [], optional = false } of spec.varsFrom ?? []) {
    const resource = kind === "Secret" ? "secrets" : "configmaps";
    const found = await cluster.get<{ readonly data?: Readonly<Record<string, string>> }>(
      `/api/v1/namespaces/${own}/${resource}/${name}`,
    );
    if (found === undefined) {
      if (optional) continue;
      throw failed("VarsGenerationFailed", `${resource} "${name}" not found`);
    }
    const missing = varsKeys
      .map((key) => key.split(":")[0] ?? key)
      .find((key) => found.data?.[key] === undefined);
    // The real one takes such a key for an empty value, which no provider can use; said here instead.
    if (missing !== undefined && !optional) {
      throw failed("VarsGenerationFailed", `${kind} "${name}" has no key "${missing}" (said by the sandbox)`);
    }
  }
}
