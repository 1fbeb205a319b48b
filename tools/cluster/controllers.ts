import { SHARD_LABEL } from "../../manifests/flux/shards";
import type { FluxObject } from "../../provider/flux/follow/flux-object";
import { isForbidden } from "../../provider/kubernetes/cluster-error";
import type { Cluster } from "../../provider/kubernetes/cluster";
import type { LiveObject } from "../../provider/kubernetes/live-object";

/** Who looks at a kind; source-controller at all others. */
const CONTROLLERS: Readonly<Record<string, string>> = {
  Kustomization: "kustomize-controller",
  HelmRelease: "helm-controller",
  ArtifactGenerator: "source-watcher",
  FluxInstance: "flux-operator",
  ResourceSet: "flux-operator",
};

/** The controller of Flux that looks at a kind of Flux's. */
export function controllerOf(kind: string): string {
  return CONTROLLERS[kind] ?? "source-controller";
}

/** Kinds without whose controllers nothing is applied. */
const APPLYING = [
  "GitRepository",
  "OCIRepository",
  "Bucket",
  "HelmRepository",
  "Kustomization",
  "HelmRelease",
];

/** A controller of Flux, with the Deployments that have it: its shards, or one for all controllers. */
interface Controller {
  readonly name: string;
  readonly deployments: readonly LiveObject[];
}

/**
 * The controllers that these kinds need.
 * @throws ClusterError also where the user may not see Deployments
 */
async function controllersOf(
  cluster: Cluster,
  kinds: Iterable<string>,
): Promise<{ readonly found: readonly LiveObject[]; readonly needed: readonly Controller[] }> {
  const list = async (selector: { labelSelector?: string; fieldSelector?: string }) =>
    await cluster.list("apps/v1", "Deployment", undefined, selector);
  const found = await list({ labelSelector: "app.kubernetes.io/part-of=flux" });
  const names = [...new Set([...kinds].map(controllerOf))].sort();
  const needed = await Promise.all(
    names.map(async (name): Promise<Controller> => {
      const deployments = found.filter((one) => hasController(one, name));
      if (deployments.length > 0) return { name, deployments };
      // Who installed it otherwise may have left the label out.
      const named = await list({ fieldSelector: `metadata.name=${name}` });
      return { name, deployments: named.filter(({ metadata }) => metadata?.name === name) };
    }),
  );
  return { found, needed };
}

/**
 * Flux's controllers that don't run, a line each: what they look at still says what it said last. Shards count, and
 * one that is missing where there are objects for it. Nothing where the user may not see Deployments.
 * @param kinds of the objects that are there
 */
export async function idleControllers(
  cluster: Cluster,
  kinds: ReadonlySet<string>,
): Promise<readonly string[]> {
  try {
    const { found, needed } = await controllersOf(
      cluster,
      APPLYING.filter((kind) => kinds.has(kind)),
    );
    const all = new Set([...found, ...needed.flatMap(({ deployments }) => deployments)]);
    const missing = needed.filter(({ deployments }) => deployments.length === 0);
    return [...[...all].flatMap(whyIdle), ...missing.map(({ name }) => `${name} isn't in the cluster`)];
  } catch (error) {
    if (isForbidden(error)) return [];
    throw error;
  }
}

/** Tells of an object why no controller will answer for it, however long one waits; undefined where one may. */
export type Unanswered = (object: FluxObject) => string | undefined;

/** Asks once for all kinds. Where the user may not see Deployments, each object may be answered. */
export async function unanswered(cluster: Cluster, kinds: ReadonlySet<string>): Promise<Unanswered> {
  const needed = await controllersOf(cluster, kinds).then(
    (all) => all.needed,
    (error: unknown) => {
      if (isForbidden(error)) return [];
      throw error;
    },
  );
  return ({ kind = "", metadata }) => {
    const shard = metadata?.labels?.[SHARD_LABEL];
    const controller = needed.find(({ name }) => name === controllerOf(kind));
    if (controller === undefined) return undefined;
    const { name, deployments } = controller;
    if (deployments.length === 0) return `nobody looks at it: ${name} isn't in the cluster`;
    const theirs = deployments.filter((one) =>
      shard === undefined ? !isShard(one) : selectorsOf(one).length === 0 || takesShard(one, shard),
    );
    if (shard !== undefined && theirs.length === 0) return `nobody looks at it: ${noShard(shard)}`;
    const off = theirs.filter(isOff);
    if (off.length < theirs.length || off.length === 0) return undefined;
    return `nobody looks at it: ${off.map((one) => `${nameOf(one)} is scaled to 0`).join(", ")}. ${off.map(scaleUp).join("; ")}`;
  };
}

const SELECTOR = /--watch-label-selector=[^"]*/g;
const selectorsOf = ({ spec }: LiveObject): readonly string[] =>
  JSON.stringify(spec ?? {}).match(SELECTOR) ?? [];

/** Whether a controller takes the objects of a shard: `<label>=<shard>`, or `<label> in (<shard>, …)`. */
export function takesShard(controller: LiveObject, shard: string): boolean {
  return selectorsOf(controller).some((one) => one.split(/[=(),\s]+/).includes(shard));
}

/** Of an object whose label no controller takes. */
export function noShard(shard: string): string {
  return `its label ${SHARD_LABEL}=${shard} is for a shard that isn't there: name it in \`flux.shards\`, or take the label off`;
}

/** The first set of controllers leaves out what has the label: `!<label>`. */
function isShard(controller: LiveObject): boolean {
  return selectorsOf(controller).some((one) => !one.includes(`!${SHARD_LABEL}`));
}

/** Whether a controller is scaled to 0. */
export const isOff = ({ spec }: LiveObject): boolean => spec?.replicas === 0;
const nameOf = ({ metadata }: LiveObject): string => [metadata?.namespace, metadata?.name].join("/");

/** The command by which one that is scaled to 0 runs again. */
export function scaleUp({ metadata }: LiveObject): string {
  return `kubectl scale -n ${metadata?.namespace ?? ""} deployment/${metadata?.name ?? ""} --replicas=1`;
}

/** All of them may be containers of one Deployment. */
function hasController({ metadata, spec }: LiveObject, name: string): boolean {
  const { template } = (spec ?? {}) as {
    readonly template?: { readonly spec?: { readonly containers?: readonly { readonly name?: string }[] } };
  };
  const names = [metadata?.name, ...(template?.spec?.containers ?? []).map((container) => container.name)];
  return names.some((one) => one?.startsWith(name) === true);
}

function whyIdle(controller: LiveObject): string[] {
  const name = nameOf(controller);
  if (isOff(controller)) return [`${name} is scaled to 0`];
  const conditions = (controller.status?.conditions ?? []) as readonly { type: string; status: string }[];
  const runs = conditions.some((condition) => condition.type === "Available" && condition.status === "True");
  return runs ? [] : [`${name} isn't available`];
}
