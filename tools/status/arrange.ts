import {
  dependenciesOf,
  type FluxObject,
  keyOf,
  type ObjectKey,
} from "../../provider/flux/follow/flux-object";
import type { Standing } from "../cluster/condition";

/** A Flux object as the status shows it. */
export interface StatusEntry extends Standing {
  readonly key: ObjectKey;
  /** The app of this stack that it belongs to. */
  readonly app?: string;
  /** What it has fetched or applied: a commit, or a chart's version. */
  readonly revision?: string;
  readonly source?: ObjectKey;
  /** What it waits for by its `dependsOn`. */
  readonly after: readonly ObjectKey[];
  /** The last thing that was warned of: since it became ready, if it is. */
  readonly event?: string;
  /** Whether it keeps the whole from being ready. */
  readonly bad: boolean;
}

export interface StatusNode extends StatusEntry {
  /** What waits for it, and what it applied. */
  readonly below: readonly StatusNode[];
}

/** All of a tree, from the top. */
export function flat(nodes: readonly StatusNode[]): readonly StatusNode[] {
  return nodes.flatMap((node) => [node, ...flat(node.below)]);
}

type Live = ReadonlyMap<ObjectKey, FluxObject>;

/**
 * Kustomizations and HelmReleases as a tree: each below what it waits for, of several below the one that comes last;
 * one that waits for none below the Kustomization that applied it. Those that go in a circle stand at its edge.
 */
export function arrange(entries: readonly StatusEntry[], live: Live): readonly StatusNode[] {
  const byKey = new Map(entries.map((entry) => [entry.key, entry]));
  const depths: Depths = new Map();
  const parents = new Map(
    entries.map(({ key }) => {
      const parent = parentOf(key, live, depths);
      return [key, parent !== undefined && byKey.has(parent) ? parent : undefined] as const;
    }),
  );
  const below = new Map<ObjectKey | undefined, StatusEntry[]>();
  for (const entry of entries) {
    const parent = inCircle(entry.key, parents) ? undefined : parents.get(entry.key);
    below.set(parent, [...(below.get(parent) ?? []), entry]);
  }
  const node = (entry: StatusEntry): StatusNode => ({
    ...entry,
    below: (below.get(entry.key) ?? []).map(node),
  });
  return (below.get(undefined) ?? []).map(node);
}

/** How many wait for each other up to an object, of those that were counted. */
type Depths = Map<ObjectKey, number>;

function parentOf(key: ObjectKey, live: Live, depths: Depths): ObjectKey | undefined {
  const object = live.get(key);
  const dependencies = dependenciesOf(object).filter((other) => live.has(other));
  const last = dependencies
    .map((other) => ({ other, depth: depthOf(other, live, depths) }))
    .sort((a, b) => b.depth - a.depth)[0]?.other;
  return last ?? applierOf(object);
}

/** Each object is counted once: the ways through waves of many are too many to be gone. */
function depthOf(key: ObjectKey, live: Live, depths: Depths): number {
  const known = depths.get(key);
  if (known !== undefined) return known;
  // Of a circle it counts as nothing.
  depths.set(key, 0);
  const below = dependenciesOf(live.get(key)).map((other) => depthOf(other, live, depths));
  const depth = 1 + Math.max(0, ...below);
  depths.set(key, depth);
  return depth;
}

function applierOf(object: FluxObject | undefined): ObjectKey | undefined {
  const { labels = {}, name, namespace } = object?.metadata ?? {};
  const own = keyOf(object?.kind ?? "", name ?? "", namespace);
  return APPLIERS.flatMap(([kind, prefix]) => {
    const applier = labels[`${prefix}/name`];
    return applier === undefined ? [] : [keyOf(kind, applier, labels[`${prefix}/namespace`])];
  }).find((key) => key !== own);
}

/** What leaves labels on what it applied, by kind and the labels' prefix. */
const APPLIERS = [
  ["Kustomization", "kustomize.toolkit.fluxcd.io"],
  ["ResourceSet", "resourceset.fluxcd.controlplane.io"],
  ["FluxInstance", "fluxcd.controlplane.io"],
] as const;

function inCircle(key: ObjectKey, parents: ReadonlyMap<ObjectKey, ObjectKey | undefined>): boolean {
  const seen = new Set<ObjectKey>();
  for (let at = parents.get(key); at !== undefined && !seen.has(at); at = parents.get(at)) {
    if (at === key) return true;
    seen.add(at);
  }
  return false;
}
