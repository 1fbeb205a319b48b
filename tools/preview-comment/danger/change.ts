import type { ChangedObject, Proposed } from "../findings";
import type { RenderedRelease } from "../helm/release";
import type { Step } from "../step";

/** All that a stack's preview would change. */
export interface Change {
  readonly objects: readonly ChangedObject[];
  /** Names of objects that Flux would prune, with the Kustomization that takes them along where there is one. */
  readonly pruned: ReadonlyMap<string, string | undefined>;
  /** Pulumi's own steps but those that change nothing. */
  readonly steps: readonly Step[];
}

/** Something that a rule found. */
export interface Found {
  /** `Kind namespace/name`, or Pulumi's type and name: what an exemption names. */
  readonly object: string;
  readonly what: string;
  /** The object's annotations, before and after; undefined where nobody could set one. */
  readonly annotations?: readonly Readonly<Record<string, string>>[];
}

/** A kind of danger. A rule is pure. */
export interface Rule {
  /** As an exemption names it. */
  readonly id: string;
  /** Why somebody should look twice. */
  readonly reason: string;
  readonly find: (change: Change) => readonly Found[];
}

type Pruned = [name: string, owner: string | undefined];

/** @param releases what changed HelmReleases would do: what a chart no longer makes, Helm takes away */
export function changeOf(
  proposed: readonly Proposed[],
  steps: readonly Step[],
  releases: readonly RenderedRelease[] = [],
): Change {
  const charts = releases.flatMap(({ objects = [] }) => objects);
  const objects = [...proposed.flatMap(({ forecast }) => forecast?.objects ?? []), ...charts];
  const kept = new Set(objects.flatMap(({ name, after }) => (after === undefined ? [] : [name])));
  const pruned = new Map(
    proposed.flatMap(({ forecast }) => (forecast?.prune ?? []).map((name): Pruned => [name, undefined])),
  );
  const along = proposed.flatMap(({ forecast }) => Object.entries(forecast?.withIt ?? {}));
  for (const [owner, names] of along)
    for (const name of names) if (!pruned.has(name)) pruned.set(name, owner);
  for (const { name: owner, objects: made = [] } of releases)
    for (const { name, after } of made) if (after === undefined && !pruned.has(name)) pruned.set(name, owner);
  // What moves from one repository or file to another stays.
  return {
    objects,
    pruned: new Map([...pruned].filter(([name]) => !kept.has(name))),
    steps: steps.filter(({ op }) => op !== "same"),
  };
}

type Data = Readonly<Record<string, unknown>>;

/** A part of an object, by its path; undefined where there is none. */
export function part(object: object | undefined, ...path: readonly string[]): unknown {
  let found: unknown = object;
  for (const key of path)
    found = found !== null && typeof found === "object" ? (found as Data)[key] : undefined;
  return found;
}

export const FLUX = /\.toolkit\.fluxcd\.io\//;

export function isFlux(object: object | undefined, kind: string): boolean {
  return part(object, "kind") === kind && FLUX.test(String(part(object, "apiVersion")));
}

export function list(object: object | undefined, ...path: readonly string[]): readonly Data[] {
  const found = part(object, ...path);
  return Array.isArray(found) ? (found as Data[]) : [];
}

export function found({ name, before, after }: ChangedObject, what: string): Found {
  const annotations = [before, after].flatMap((one) => {
    const all = part(one, "metadata", "annotations");
    return all === null || all === undefined ? [] : [all as Readonly<Record<string, string>>];
  });
  return { object: name, what, annotations };
}
