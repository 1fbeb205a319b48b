import { setTimeout as sleep } from "node:timers/promises";
import { parseAllDocuments } from "yaml";
import { HandlerContext, hasUnknown, Props, ResourceHandler, stackOf, UserError } from "../plugin/handler";
import { readBlob } from "../../cache/blobs";
import { Cluster, ClusterConnection, LiveObject } from "../kubernetes/cluster";
import { applyOperations, type PatchOperation } from "../../manifests/flux/controllers";
import { FLUX_SYSTEM } from "../../manifests/flux/objects";
import { foreignRoot } from "./root";
import { describeUnready } from "./follow/unready";
import { clusterGone } from "./uninstall";
import { uninstall } from "./uninstall";

interface Inputs extends ClusterConnection {
  readonly version: string;
  /** SHA-256 of `gotk-components.yaml`, its text in the cache. */
  readonly components: string;
  /** By Deployment. */
  readonly operations?: Readonly<Record<string, readonly PatchOperation[]>>;
  /** Text of `gotk-sync.yaml`; states of former versions have none. */
  readonly sync?: string;
  readonly timeoutSeconds: number;
}

/** Without these two Flux can't repair itself from git. */
const VITAL = ["source-controller", "kustomize-controller"];

/**
 * The provider's side of `FluxInstall`. Applies Flux's components only while Flux isn't there or is dead. Once it runs,
 * kustomize-controller manages them from git, patches included: an upgrade is then a commit, and a second manager
 * would fight it over every customisation.
 */
export const fluxInstallHandler: ResourceHandler = {
  computed: ["applied"],

  async diff(ctx, _id, olds, news) {
    const changed = (["version", "components", "kubeconfig", "context", "timeoutSeconds"] as const).filter(
      (name) => olds.inputs[name] !== news[name],
    );
    const detailed = Object.fromEntries(changed.map((name) => [name, "update" as const]));
    if (changed.length === 0 && !hasUnknown(news) && !(await aliveOrUnknown(ctx, news))) {
      ctx.warn("Flux doesn't run in the cluster: `up` applies its components again");
      return { changes: true, detailed: { components: "update" } };
    }
    return { changes: changed.length > 0, detailed };
  },

  async create(ctx, news) {
    return { id: FLUX_SYSTEM, outputs: { ...news, applied: await install(ctx, inputsOf(news)) } };
  },

  async update(ctx, _id, _olds, news) {
    return { outputs: { ...news, applied: await install(ctx, inputsOf(news)) } };
  },

  async read(_ctx, id, olds) {
    const cluster = await Cluster.connect(inputsOf(olds.inputs));
    const namespace = await cluster.get({ apiVersion: "v1", kind: "Namespace", name: FLUX_SYSTEM });
    return namespace === undefined ? undefined : { id, ...olds };
  },

  async delete(ctx, _id, olds) {
    const inputs = inputsOf(olds.inputs);
    if (await clusterGone(ctx, inputs)) return;
    await uninstall(ctx, await Cluster.connect(inputs), inputs.timeoutSeconds);
  },
};

function inputsOf(props: Props): Inputs {
  return props as unknown as Inputs;
}

/** Applies the components unless Flux runs; true when it did. */
async function install(ctx: HandlerContext, inputs: Inputs): Promise<boolean> {
  const cluster = await Cluster.connect(inputs);
  ctx.status("looking for Flux in the cluster");
  const fault = inputs.sync && (await foreignRoot(cluster, inputs.sync, stackOf(ctx)));
  if (fault) throw new UserError(fault);
  if (await alive(cluster)) return false;
  const objects = parseAllDocuments(readBlob(inputs.components)).map((document) => {
    const object = document.toJS() as LiveObject;
    const operations = object.kind === "Deployment" ? inputs.operations?.[nameOf(object)] : undefined;
    return applyOperations(object, operations ?? []);
  });
  // CRDs and the namespace first: the API server refuses objects of kinds that aren't established yet.
  const [first, then] = [objects.filter(isDefinition), objects.filter((object) => !isDefinition(object))];
  ctx.status(`applying Flux ${inputs.version}: ${String(first.length)} definitions`);
  await Promise.all(
    first.map(async (object) => {
      await cluster.apply(object);
    }),
  );
  const deadline = Date.now() + inputs.timeoutSeconds * 1000;
  await until(ctx, deadline, "Flux's custom resource definitions are established", async () => {
    const live = await cluster.list("apiextensions.k8s.io/v1", "CustomResourceDefinition");
    const established = new Set(live.filter((crd) => hasCondition(crd, "Established")).map(nameOf));
    return first.filter(({ kind }) => kind !== "Namespace").every((crd) => established.has(nameOf(crd)));
  });
  ctx.status(`applying Flux ${inputs.version}: ${String(then.length)} objects`);
  await Promise.all(
    then.map(async (object) => {
      await cluster.apply(object);
    }),
  );
  ctx.status("waiting for Flux's controllers");
  await until(
    ctx,
    deadline,
    "Flux's source- and kustomize-controller are available",
    () => alive(cluster),
    async () => {
      const lines = await describeUnready(cluster, await cluster.list("apps/v1", "Deployment", FLUX_SYSTEM));
      return lines.length === 0
        ? "  their Deployments aren't in flux-system"
        : lines.map((line) => `  ${line}`).join("\n");
    },
  );
  return true;
}

async function alive(cluster: Cluster): Promise<boolean> {
  const deployments = await cluster.list("apps/v1", "Deployment", FLUX_SYSTEM);
  // A Deployment that was scaled to nothing counts as Available, too.
  const available = deployments
    .filter(
      (deployment) => hasCondition(deployment, "Available") && Number(deployment.spec?.replicas ?? 1) > 0,
    )
    .map(nameOf);
  return VITAL.every((name) => available.includes(name));
}

/** For a preview: a cluster that can't be asked is no reason to stop it. */
async function aliveOrUnknown(ctx: HandlerContext, news: Props): Promise<boolean> {
  try {
    return await alive(await Cluster.connect(inputsOf(news)));
  } catch (error) {
    ctx.warn(`can't tell whether Flux runs: ${error instanceof Error ? error.message : String(error)}`);
    return true;
  }
}

async function until(
  ctx: HandlerContext,
  deadline: number,
  what: string,
  done: () => Promise<boolean>,
  explain?: () => Promise<string>,
): Promise<void> {
  while (!(await done())) {
    if (Date.now() > deadline) {
      const reason = await explain?.();
      throw new UserError(`timed out waiting until ${what}${reason === undefined ? "" : `:\n${reason}`}`);
    }
    await sleep(500, undefined, { signal: ctx.signal });
  }
}

function isDefinition({ kind }: LiveObject): boolean {
  return kind === "CustomResourceDefinition" || kind === "Namespace";
}

function nameOf(object: LiveObject): string {
  return object.metadata?.name ?? "";
}

function hasCondition(object: LiveObject, type: string): boolean {
  const conditions = (object.status?.conditions ?? []) as readonly { type: string; status: string }[];
  return conditions.some((condition) => condition.type === type && condition.status === "True");
}
