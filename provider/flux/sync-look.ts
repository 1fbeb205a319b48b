import type { Cluster } from "../kubernetes/cluster";
import type { LiveObject } from "../kubernetes/live-object";
import { FLUX_SYSTEM } from "../../manifests/flux/objects";
import { syncObjectsIn } from "../../manifests/flux/read-bootstrap";
import { toYaml, type Manifest } from "../../manifests/yaml";
import { type AppsExpectation, whyAppsDiffer } from "./apps-look";
import { conditionOf, type FluxObject, keyOf, type ObjectKey } from "./follow/flux-object";
import { KINDS } from "./follow/watch";
import { POINTERS, pointsAs } from "./sync";

/** What of the sync, and of what it applies, a look at the cluster compares. */
export interface SyncExpectation extends AppsExpectation {
  /** Text of `gotk-sync.yaml`. */
  readonly sync: string;
  readonly revisions: Readonly<Record<string, string>>;
  /** The request that the sources had answered when they were followed last; states of former versions have none. */
  readonly followed?: string;
}

/**
 * Why Flux doesn't follow us, or runs something older than what was pushed: the sync isn't there, points elsewhere, is
 * suspended or fails, the cluster is that of an older backup, or the same of an app. Undefined when it follows. One
 * request a kind, at once.
 */
export async function whyNotFollowing(
  cluster: Cluster,
  expected: SyncExpectation,
): Promise<string | undefined> {
  const { sources, root, live } = await liveSync(cluster, expected.apps);
  const [wantedSource = {}, wantedRoot = {}] = documents(expected.sync);
  const source = sources.get(FLUX_SYSTEM);
  if (root === undefined) return "Flux's sync isn't in the cluster";
  if (!pointsAs(root, wantedRoot))
    return `Flux's sync points elsewhere than gotk-sync.yaml says: to ${pathOf(root)} of ${sourceOf(root.spec?.sourceRef)}`;
  if (source === undefined) return "the source of Flux's sync isn't in the cluster";
  if (!pointsAs(source, wantedSource)) return "Flux's sync points elsewhere than gotk-sync.yaml says";
  const missing = Object.keys(expected.revisions).find((name) => !sources.has(name));
  if (missing !== undefined) return `${keyOf("GitRepository", missing)} isn't in the cluster`;
  const ours: readonly [ObjectKey, FluxObject][] = [
    ...Object.keys(expected.revisions).map((name): [ObjectKey, FluxObject] => [
      keyOf("GitRepository", name),
      sources.get(name) ?? {},
    ]),
    [keyOf("Kustomization", FLUX_SYSTEM), root],
  ];
  const stopped = ours.find(
    ([key, { spec }]) => spec?.suspend === true && expected.allowSuspended?.includes(key) !== true,
  );
  if (stopped !== undefined) return `${stopped[0]} is suspended`;
  const followed = new Set([...ours.map(([key]) => key), ...expected.apps]);
  const allowSuspended = expected.allowSuspended?.filter((key) => followed.has(key));
  const whyAppsAre = (): string | undefined => whyAppsDiffer({ ...expected, allowSuspended }, live);
  if (expected.wait === false) return whyAppsAre();
  const failing = ours.find(([, object]) => conditionOf(object, "Ready")?.status === "False");
  if (failing !== undefined)
    return `${failing[0]} fails: ${conditionOf(failing[1], "Ready")?.message ?? "it doesn't say why"}`;
  const old = ours.find(([key, object]) => isOlder(key, object, expected));
  if (old !== undefined)
    return `${old[0]} has ${old[1].status?.artifact?.revision ?? "nothing"}, from before the last \`up\``;
  const { lastAppliedRevision: applied } = (root as FluxObject).status ?? {};
  const fetched = (source as FluxObject).status?.artifact?.revision;
  if (applied !== fetched && root.spec?.suspend !== true)
    return `${keyOf("Kustomization", FLUX_SYSTEM)} has applied ${applied ?? "nothing"}, not yet ${fetched ?? "a revision"}`;
  return whyAppsAre();
}

function pathOf({ spec }: LiveObject): string {
  return typeof spec?.path === "string" ? spec.path : "./";
}

function sourceOf(reference: unknown): string {
  const {
    kind = "",
    namespace = FLUX_SYSTEM,
    name = "",
  } = (reference ?? {}) as Partial<Record<"kind" | "namespace" | "name", string>>;
  return `${kind} ${namespace}/${name}`;
}

/** A source that has another commit than ours, and hasn't even answered our last request: it was put back. */
function isOlder(key: ObjectKey, { status, spec }: FluxObject, expected: SyncExpectation): boolean {
  const pushed = Object.entries(expected.revisions).find(([name]) => key === keyOf("GitRepository", name));
  if (pushed === undefined || expected.followed === undefined || spec?.suspend === true) return false;
  const { lastHandledReconcileAt: handled } = status ?? {};
  return (
    status?.artifact?.revision !== pushed[1] &&
    (handled === undefined || Date.parse(handled) < Date.parse(expected.followed))
  );
}

/**
 * The text of `gotk-sync.yaml` as the cluster has it, which is what `pulumi refresh` shows: where it points and that it
 * is suspended; the text as it is when that is as it says. Undefined when the root isn't there.
 */
export async function syncInCluster(cluster: Cluster, sync: string): Promise<string | undefined> {
  const { sources, root } = await liveSync(cluster);
  if (root === undefined) return undefined;
  const wanted = documents(sync);
  const live = [sources.get(FLUX_SYSTEM), root];
  const same = wanted.every(
    (object, index) => pointsAs(live[index], object) && live[index]?.spec?.suspend !== true,
  );
  if (same) return sync;
  return wanted
    .flatMap((object, index) => {
      const { spec } = live[index] ?? {};
      if (spec === undefined) return [];
      const pointers = POINTERS.filter((name) => name in spec || name in (object.spec ?? {}));
      const changes = Object.fromEntries(pointers.map((name) => [name, spec[name]]));
      const suspend = spec.suspend === true ? { suspend: true } : {};
      return [toYaml({ ...object, spec: { ...object.spec, ...changes, ...suspend } } as Manifest)];
    })
    .map((text) => `---\n${text}`)
    .join("");
}

interface LiveSync {
  /** GitRepositories in flux-system by name. */
  readonly sources: ReadonlyMap<string, LiveObject>;
  readonly root?: LiveObject;
  readonly live: ReadonlyMap<ObjectKey, FluxObject>;
}

/**
 * What is there and stays: the sources and the root, and the objects of the kinds of `apps`. A kind is listed in the
 * one namespace that is asked for, or in all.
 */
async function liveSync(cluster: Cluster, apps: readonly ObjectKey[] = []): Promise<LiveSync> {
  const wanted = [...apps, keyOf("GitRepository", FLUX_SYSTEM), keyOf("Kustomization", FLUX_SYSTEM)];
  const lists = await Promise.all(
    KINDS.map(async ({ apiVersion, kind }) => {
      const places = wanted.filter((key) => key.startsWith(`${kind} `)).map((key) => namespaceOf(key));
      const [namespace, ...others] = new Set(places);
      if (namespace === undefined) return [];
      return await cluster.list(apiVersion, kind, others.length === 0 ? namespace : undefined);
    }),
  );
  const live = new Map(
    lists
      .flat()
      .filter(({ metadata }) => metadata?.deletionTimestamp === undefined)
      .map((one) => [keyOf(one.kind ?? "", one.metadata?.name ?? "", one.metadata?.namespace), one]),
  );
  const sources = [...live.values()].filter(
    ({ kind, metadata }) => kind === "GitRepository" && metadata?.namespace === FLUX_SYSTEM,
  );
  return {
    sources: new Map(sources.map((source) => [source.metadata?.name ?? "", source])),
    root: live.get(keyOf("Kustomization", FLUX_SYSTEM)),
    live: live,
  };
}

function namespaceOf(key: ObjectKey): string {
  return key.split(" ")[1]?.split("/")[0] ?? "";
}

function documents(sync: string): readonly LiveObject[] {
  return syncObjectsIn(sync).map((object) => object ?? {});
}
