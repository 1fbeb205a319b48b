import { setTimeout as sleep } from "node:timers/promises";
import { isDeepStrictEqual } from "node:util";
import {
  HandlerContext,
  hasUnknown,
  Props,
  ResourceHandler,
  type State,
  stackOf,
  UserError,
} from "../plugin/handler";
import { readBlob } from "../../cache/blobs";
import { Cluster, ClusterConnection } from "../kubernetes/cluster";
import { serverOf } from "../kubernetes/server-of";
import type { LiveObject } from "../kubernetes/live-object";
import { isBusy } from "../kubernetes/cluster-error";
import type { Files } from "../../manifests/files";
import type { PatchOperation } from "../../manifests/flux/controllers";
import { FLUX_SYSTEM } from "../../manifests/flux/objects";
import { componentsToApply } from "./components";
import { foreignManager } from "./foreign-manager";
import { type Installation, lookAtFlux, signInstallation, whyLeaving } from "./installation";
import { foreignRoot } from "./root";
import { leaveRunning, noteFoundRoot } from "./leave-running";
import { describeUnready } from "./follow/unready";
import { describeMissing, type Lost, lostWith, missingSecrets } from "./lost-secrets";
import { clusterGone, releaseLeaving, uninstall } from "./uninstall";

interface Inputs extends ClusterConnection {
  readonly version: string;
  /** SHA-256 of `gotk-components.yaml`, its text in the cache. */
  readonly components: string;
  /** By Deployment. */
  readonly operations?: Readonly<Record<string, readonly PatchOperation[]>>;
  /** The repository's own kustomization of the components. */
  readonly overlay?: Files;
  /** Text of `gotk-sync.yaml`; states of former versions have none. */
  readonly sync?: string;
  /** What the images are pulled by, when the stack has the credentials. */
  readonly pullSecret?: LiveObject;
  /** Names of Secrets in flux-system that the stack makes. */
  readonly secrets?: readonly string[];
  readonly timeoutSeconds: number;
}

/**
 * The provider's side of `FluxInstall`. Applies Flux's components only while Flux isn't there or is dead. Once it runs,
 * kustomize-controller manages them from git, patches included: an upgrade is then a commit, and a second manager
 * would fight it over every customisation.
 */
export const fluxInstallHandler: ResourceHandler = {
  computed: ["applied", "found", "namespace", "lost"],

  place: async (inputs) => [await serverOf(inputsOf(inputs))],

  async diff(ctx, _id, olds, news) {
    const changed = (["version", "components", "kubeconfig", "context", "timeoutSeconds"] as const).filter(
      (name) => olds.inputs[name] !== news[name],
    );
    const detailed: Record<string, "update"> = Object.fromEntries(
      changed.map((name) => [name, "update" as const]),
    );
    if (!isDeepStrictEqual(olds.inputs.pullSecret, news.pullSecret)) detailed.pullSecret = "update";
    const changes = Object.keys(detailed).length > 0;
    if (changes || hasUnknown(news)) return { changes, detailed };
    const live = await lookOrUnknown(ctx, news, olds);
    if (live === "unreachable") return { changes: false, detailed };
    if (live === "busy") return { changes: true, detailed: { components: "update" } };
    if (!live.runs) {
      ctx.warn("Flux doesn't run in the cluster: `up` applies its components again");
      return { changes: true, detailed: { components: "update" } };
    }
    const { namespace } = olds.outputs;
    if (live.namespace === namespace && live.missing.length > 0) {
      ctx.warn(
        `${describeMissing(live.missing)}: \`up\` makes ${live.missing.length === 1 ? "it" : "them"} again`,
      );
      return { changes: true, detailed: { secrets: "update" } };
    }
    if (live.namespace === namespace) return { changes: false, detailed };
    if (namespace !== undefined)
      ctx.warn("the namespace flux-system isn't the one of the last `up`: what was in it is made again");
    return { changes: true, detailed: { namespace: "update" } };
  },

  async preview(ctx, news, olds) {
    const live = hasUnknown(news) ? "unreachable" : await lookOrUnknown(ctx, news, olds);
    // Where Flux runs, its namespace stays; else nobody knows the next one's UID.
    if (typeof live === "string" || !live.runs) return news;
    return { ...news, namespace: live.namespace, lost: lostWith(lostIn(olds), live.missing) };
  },

  async create(ctx, news) {
    const { applied, before, live } = await install(ctx, inputsOf(news));
    const found = before.present && before.installer !== stackOf(ctx);
    return { id: FLUX_SYSTEM, outputs: { ...news, applied, found, namespace: live.namespace, lost: {} } };
  },

  async update(ctx, _id, olds, news) {
    const cluster = await Cluster.connect(inputsOf(news));
    const missing = await missingSecrets(cluster, olds.inputs, news);
    const { applied, before, live } = await install(ctx, inputsOf(news));
    // What was there before may be gone.
    const found = before.present && olds.outputs.found === true;
    const { namespace } = live;
    // With their namespace all are made again.
    const lost = lostWith(lostIn(olds), namespace === olds.outputs.namespace ? missing : []);
    return { outputs: { ...news, applied, found, namespace, lost } };
  },

  async read(_ctx, id, olds) {
    const { namespace, leaving } = await lookAtFlux(await Cluster.connect(inputsOf(olds.inputs)));
    if (namespace === undefined || leaving !== undefined) return undefined;
    return { id, inputs: olds.inputs, outputs: { ...olds.outputs, namespace } };
  },

  async delete(ctx, _id, olds) {
    const inputs = inputsOf(olds.inputs);
    if (olds.outputs.found === true) {
      if (!(await clusterGone(ctx, inputs))) await leaveRunning(ctx, await Cluster.connect(inputs));
      return;
    }
    if (await clusterGone(ctx, inputs)) return;
    await uninstall(ctx, await Cluster.connect(inputs), inputs.timeoutSeconds);
  },
};

function inputsOf(props: Props): Inputs {
  return props as unknown as Inputs;
}

function lostIn(state: State | undefined): Lost | undefined {
  return state?.outputs.lost as Lost | undefined;
}

/** Applies the components unless Flux runs. */
async function install(
  ctx: HandlerContext,
  inputs: Inputs,
): Promise<{ readonly applied: boolean; readonly before: Installation; readonly live: Installation }> {
  const cluster = await Cluster.connect(inputs);
  ctx.status("looking for Flux in the cluster");
  const faults = await Promise.all([
    inputs.sync === undefined ? undefined : foreignRoot(cluster, inputs.sync, stackOf(ctx)),
    foreignManager(cluster),
  ]);
  const fault = faults.filter((text) => text !== undefined).join("\n");
  if (fault !== "") throw new UserError(fault);
  const before = await lookAtFlux(cluster);
  if (before.runs && inputs.pullSecret !== undefined) await cluster.apply(inputs.pullSecret);
  if (before.present && before.installer !== stackOf(ctx)) await noteFoundRoot(cluster);
  if (before.runs) return { applied: false, before, live: before };
  const deadline = Date.now() + inputs.timeoutSeconds * 1000;
  await left(ctx, cluster, deadline);
  await applyComponents(ctx, cluster, inputs, before, deadline);
  return { applied: true, before, live: await lookAtFlux(cluster) };
}

/** Waits until a Flux that is being uninstalled is gone: what is applied meanwhile would go with it. */
async function left(ctx: HandlerContext, cluster: Cluster, deadline: number): Promise<void> {
  const definitions = async (): Promise<readonly LiveObject[]> =>
    (await cluster.list("apiextensions.k8s.io/v1", "CustomResourceDefinition")).filter(
      ({ metadata }) =>
        metadata?.deletionTimestamp !== undefined && /\.toolkit\.fluxcd\.io$/.test(metadata.name ?? ""),
    );
  let shown = false;
  await until(
    ctx,
    deadline,
    "the Flux that was there is gone, which is being deleted",
    async () => {
      const [{ leaving }, going] = await Promise.all([lookAtFlux(cluster), definitions()]);
      const gone = leaving === undefined && going.length === 0;
      if (!gone && !shown) ctx.status("waiting until the Flux that is being deleted is gone");
      shown = true;
      const released = await releaseLeaving(cluster, going);
      if (released > 0)
        ctx.warn(
          `released ${String(released)} objects of the Flux that is being deleted, whose controllers are gone`,
        );
      return gone;
    },
    async () => {
      const going = (await definitions()).map((object) => `  CustomResourceDefinition ${nameOf(object)}`);
      return [await whyLeaving(cluster), ...going].join("\n");
    },
  );
}

async function applyComponents(
  ctx: HandlerContext,
  cluster: Cluster,
  inputs: Inputs,
  before: Installation,
  deadline: number,
): Promise<void> {
  const objects = await componentsToApply(ctx, { ...inputs, components: readBlob(inputs.components) });
  // CRDs and the namespace first: the API server refuses objects of kinds that aren't established yet.
  const [first, then] = [objects.filter(isDefinition), objects.filter((object) => !isDefinition(object))];
  ctx.status(`applying Flux ${inputs.version}: ${String(first.length)} definitions`);
  if (!before.present) {
    // Signed before anything else is there: what a killed run has left is ours, and not Flux as it was found.
    for (const object of first.filter(({ kind }) => kind === "Namespace")) await cluster.apply(object);
    await signInstallation(cluster, stackOf(ctx));
  }
  await Promise.all(
    first.map(async (object) => {
      await cluster.apply(object);
    }),
  );
  // Before the pods: one that can't pull its image tries again only after minutes.
  if (inputs.pullSecret !== undefined) await cluster.apply(inputs.pullSecret);
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
    async () => (await lookAtFlux(cluster)).runs,
    async () => {
      const lines = await describeUnready(cluster, await cluster.list("apps/v1", "Deployment", FLUX_SYSTEM));
      return lines.length === 0
        ? "  their Deployments aren't in flux-system"
        : lines.map((line) => `  ${line}`).join("\n");
    },
  );
}

/**
 * For a preview: a cluster that can't be asked is no reason to stop it. One that is there and can't tell yet may have
 * lost Flux: `up` asks it again, with more patience.
 */
async function lookOrUnknown(
  ctx: HandlerContext,
  news: Props,
  olds: State | undefined,
): Promise<(Installation & { readonly missing: readonly string[] }) | "busy" | "unreachable"> {
  try {
    const cluster = await Cluster.connect(inputsOf(news), 1);
    const [flux, missing] = await Promise.all([
      lookAtFlux(cluster),
      missingSecrets(cluster, olds?.inputs ?? {}, news),
    ]);
    return { ...flux, missing };
  } catch (error) {
    const why = `can't tell whether Flux runs: ${error instanceof Error ? error.message : String(error)}`;
    ctx.warn(isBusy(error) ? `${why}: \`up\` sees to it` : why);
    return isBusy(error) ? "busy" : "unreachable";
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
