import {
  type CutArtifact,
  cutArtifacts,
  disabledMessage,
  generatorSources,
  isCut,
  withGeneration,
} from "./artifact-generator";
import {
  conditionProgress,
  handled,
  type ObjectProgress,
  OUTDATED,
  SUSPENDED_AS_ALLOWED,
} from "./conditions";
import {
  appliedFluxObjects,
  appliersIn,
  conditionOf,
  dependenciesOf,
  type FluxObject,
  keyOf,
  type ObjectKey,
  sourceOf,
} from "./flux-object";
import { FLUX_SYSTEM } from "../../../manifests/flux/objects";

export interface Expectation {
  /** Sources by key, with the revision that was pushed to them: `main@sha1:…`. */
  readonly sources: Readonly<Record<ObjectKey, string>>;
  /** Sources that were pushed to since the last `up`, with the revision that they had then. */
  readonly former?: Readonly<Record<ObjectKey, string>>;
  /** Those that have to look again since `token`: what they fill in has changed. */
  readonly again?: readonly ObjectKey[];
  /** ArtifactGenerators that cut those sources into artifacts. */
  readonly generators: readonly ObjectKey[];
  readonly kustomizations: readonly ObjectKey[];
  readonly helmReleases: readonly ObjectKey[];
  /** When following began, as the nudge says it: what was handled since then has seen the pushed commit. */
  readonly token: string;
  /** Objects that may be suspended: they count as ready with what they have. */
  readonly allowSuspended?: readonly ObjectKey[];
}

const ROOT = keyOf("Kustomization", FLUX_SYSTEM);

/** What is known so far while the progress is worked out. */
interface Look {
  readonly live: ReadonlyMap<ObjectKey, FluxObject>;
  readonly token: string;
  readonly allowSuspended: readonly ObjectKey[];
  readonly former: Readonly<Record<ObjectKey, string>>;
  readonly again: readonly ObjectKey[];
  /** The ExternalArtifacts that generators make. */
  readonly cut: ReadonlyMap<ObjectKey, CutArtifact>;
  readonly done: Map<ObjectKey, ObjectProgress>;
  /** What each Flux object was applied by, by inventory. */
  readonly appliers: () => ReadonlyMap<ObjectKey, ObjectKey>;
}

/**
 * How far each expected object is, from the live objects by key. A Kustomization is ready when it applied the revision
 * that its source has now: somebody's newer commit on top of ours is as good, and an older one isn't. One on an
 * artifact that a generator cuts is ready when, besides, the generator has cut what its sources have now. A source
 * that nothing was pushed to is among them while it fails and has nothing to apply.
 */
export function progressOf(
  live: ReadonlyMap<ObjectKey, FluxObject>,
  expected: Expectation,
): readonly ObjectProgress[] {
  const { token, sources, generators, kustomizations, helmReleases, allowSuspended = [] } = expected;
  const { former = {}, again = [] } = expected;
  const look: Look = {
    ...{ live, token, allowSuspended, former, again, cut: cutArtifacts(live, generators), done: new Map() },
    appliers: once(() => appliersIn(live)),
  };
  const { done } = look;
  for (const [key, revision] of Object.entries(sources)) done.set(key, sourceProgress(key, revision, look));
  // Twice: the second time the readiness of those is known whose artifacts it cuts further.
  for (let pass = 0; pass < 2; pass++) {
    for (const key of generators) done.set(key, generatorProgress(key, look));
  }
  for (const key of kustomizations.map((kustomization) => sourceOf(live.get(kustomization)))) {
    if (key !== undefined && !done.has(key) && fails(live.get(key))) {
      done.set(key, ownProgress(key, look));
    }
  }
  for (const key of helmReleases) done.set(key, releaseProgress(key, look));
  // Twice: the second time every dependency's own readiness is known.
  for (let pass = 0; pass < 2; pass++) {
    for (const key of kustomizations) done.set(key, kustomizationProgress(key, look));
  }
  return [...done.values()];
}

/** A source that has nothing to apply and can't get it. */
function fails(source: FluxObject | undefined): boolean {
  return source?.status?.artifact === undefined && conditionOf(source, "Ready")?.status === "False";
}

/** How far it is by itself; one that may be suspended is ready with what it has. */
function ownProgress(key: ObjectKey, { live, token, allowSuspended, again }: Look): ObjectProgress {
  const object = live.get(key);
  if (object?.spec?.suspend === true && allowSuspended.includes(key))
    return { key, status: "ready", message: SUSPENDED_AS_ALLOWED };
  const progress = conditionProgress(key, object, token);
  if (progress.status !== "ready" || !again.includes(key) || handled(object, token)) return progress;
  return { key, status: "progressing", message: "is to look again at what it fills in", nudge: true };
}

/** A failure of what its Kustomization is about to replace isn't that of what was pushed. */
function releaseProgress(key: ObjectKey, look: Look): ObjectProgress {
  const basis = ownProgress(key, look);
  if (!look.live.has(key)) return { ...basis, appliedBy: look.appliers().get(key) };
  const { name, namespace } = ownerOf(look.live.get(key)) ?? {};
  if (basis.status === "ready" || name === undefined) return basis;
  const owner = keyOf("Kustomization", name, namespace);
  return isOutdated(look.live.get(owner), look) ? waitingFor(key, [owner]) : basis;
}

/** The Kustomization that applied it, by the labels that it puts on everything. */
function ownerOf(
  object: FluxObject | undefined,
): { readonly name?: string; readonly namespace?: string } | undefined {
  const { labels = {} } = object?.metadata ?? {};
  const label = "kustomize.toolkit.fluxcd.io";
  return { name: labels[`${label}/name`], namespace: labels[`${label}/namespace`] };
}

/** True while a Kustomization hasn't begun with what its source has now. */
function isOutdated(kustomization: FluxObject | undefined, { live }: Look): boolean {
  const attempted = kustomization?.status?.lastAttemptedRevision;
  const source = sourceOf(kustomization);
  const wanted = source === undefined ? undefined : live.get(source)?.status?.artifact?.revision;
  return attempted !== undefined && wanted !== undefined && attempted !== wanted;
}

function sourceProgress(key: ObjectKey, pushed: string, look: Look): ObjectProgress {
  const source = look.live.get(key);
  const basis = ownProgress(key, look);
  const revision = source?.status?.artifact?.revision;
  const answered = handled(source, look.token);
  // An answer with what was there before the push is one of a mirror, or of a host's replica, that lags.
  const newer = answered && revision !== look.former[key];
  const seen = revision === pushed || newer || basis.message === SUSPENDED_AS_ALLOWED;
  if (basis.status !== "ready" || seen) return { ...basis, revision };
  const message = `${answered ? "still has" : "has"} ${revision ?? "nothing"}, not yet ${pushed}`;
  return { key, status: "progressing", message, revision, ...(answered && { nudge: true }) };
}

/** The generator has cut what its sources have now. It keeps its generation in the condition alone. */
function generatorProgress(key: ObjectKey, look: Look): ObjectProgress {
  const generator = look.live.get(key);
  const disabled = disabledMessage(generator);
  if (disabled !== undefined) return { key, status: "stopped", message: disabled };
  const open = generatorSources(generator).flatMap(([, source]) => openOrigin(source, look) ?? [])[0];
  if (open !== undefined) return waitingFor(key, [open]);
  const basis = conditionProgress(key, generator && withGeneration(generator), look.token);
  if (basis.status !== "ready" || generator === undefined || isCut(generator, look.live)) return basis;
  return { key, status: "progressing", message: "cuts the new revision into artifacts" };
}

function kustomizationProgress(key: ObjectKey, look: Look): ObjectProgress {
  const { live } = look;
  const object = live.get(key);
  const revision = object?.status?.lastAppliedRevision;
  const basis = absent({ ...ownProgress(key, look), revision }, look);
  if (basis.status === "stopped" || basis.message === SUSPENDED_AS_ALLOWED) return basis;

  const source = sourceOf(object);
  const origin = source === undefined ? undefined : openOrigin(source, look);
  if (origin !== undefined) return { ...waitingFor(key, [origin]), revision };

  const wanted = source === undefined ? undefined : live.get(source)?.status?.artifact?.revision;
  if (basis.status === "ready" && revision !== wanted) {
    const message = `has ${revision ?? "nothing"}, not yet ${wanted ?? "a revision"}`;
    return { key, status: "progressing", message, revision };
  }
  const reason = conditionOf(object, "Ready")?.reason;
  if (reason === "ArtifactFailed" && /^ArtifactFailed: kustomization path not found/.test(basis.message))
    return folderless(basis, object, source === undefined ? undefined : live.get(source));
  // Found out before the artifact was there. Its controller looks again by itself, with a thousand others.
  if (reason === "ArtifactFailed" && wanted !== undefined && /not (found|ready)/.test(basis.message)) {
    return { key, status: "progressing", message: "waits for its controller", revision };
  }
  if (reason === "DependencyNotReady") return { ...dependentProgress(key, object, look), revision };
  if (basis.status !== "ready" && isOutdated(object, look))
    return { key, status: "progressing", message: OUTDATED, revision };
  // Its own health check waits for these, or fails because of them.
  const running = basis.message.includes("Running health checks");
  const applied = running || reason === "HealthCheckFailed" ? appliedFluxObjects(object) : [];
  const waitsFor = applied.filter((other) => isOpen(other, look));
  const checked = running && applied.length > 0;
  return {
    ...basis,
    ...(waitsFor.length > 0 && { waitsFor }),
    ...(checked && { healthy: applied.every((other) => isReady(other, look)) }),
  };
}

/**
 * Of a Kustomization whose folder wasn't in its source. What the source has now stays without the folder, which it may
 * leave out by a `.sourceignore`: that is for good, once the controller has looked since.
 */
function folderless(
  basis: ObjectProgress,
  object: FluxObject | undefined,
  source: FluxObject | undefined,
): ObjectProgress {
  const since = Date.parse(conditionOf(object, "Ready")?.lastTransitionTime ?? "");
  const fetched = Date.parse(source?.status?.artifact?.lastUpdateTime ?? "");
  if (Number.isNaN(fetched)) return basis;
  // The API's times have no fractions of seconds: in the same one it may have been the artifact before.
  if (basis.status === "failing" && since > fetched) return { ...basis, status: "stopped" };
  return { ...basis, status: "progressing", nudge: true };
}

/** Of a Kustomization that its controller keeps waiting for others. */
function dependentProgress(key: ObjectKey, object: FluxObject | undefined, look: Look): ObjectProgress {
  const dependencies = dependenciesOf(object);
  const missing = dependencies.filter((other) => !look.live.has(other) && !look.done.has(other));
  if (missing.length > 0) {
    const message = `depends on ${missing.join(", ")}, which isn't in the cluster`;
    return { key, status: "failing", message };
  }
  const open = dependencies.filter((other) => !isReady(other, look));
  if (open.length > 0) return waitingFor(key, open);
  // A dependency that is ready may not be what `readyExpr` asks for: its controller says so.
  const asks = object?.spec?.dependsOn?.some(({ readyExpr }) => readyExpr !== undefined) === true;
  const message = asks ? (conditionOf(object, "Ready")?.message ?? "") : "its dependencies are ready";
  return { key, status: "progressing", message, nudge: true };
}

/** A Kustomization that isn't in the cluster comes with the root, which applies all others, or not at all. */
function absent(progress: ObjectProgress, look: Look): ObjectProgress {
  const { live, done } = look;
  const root = done.get(ROOT);
  if (live.has(progress.key) || root === undefined || progress.key === ROOT) return progress;
  if (root.status !== "ready") return { ...progress, waitsFor: [ROOT] };
  const message = `isn't in the cluster, though ${ROOT} has applied ${root.revision ?? "its revision"}`;
  return { ...progress, status: "failing", message, appliedBy: look.appliers().get(progress.key) ?? ROOT };
}

function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => (made ??= { value: make() }).value;
}

/**
 * What must become ready before this source can be relied on: itself, the generator that makes it, or the root, which
 * applies all sources.
 */
function openOrigin(source: ObjectKey, look: Look): ObjectKey | undefined {
  const made = look.cut.get(source);
  const origin = made?.generator ?? source;
  if (isOpen(origin, look)) return origin;
  if (!look.live.has(source) && made === undefined) return isOpen(ROOT, look) ? ROOT : undefined;
  // The changes of different kinds arrive in any order: the generator may be ahead of what it made.
  const digest = look.live.get(source)?.status?.artifact?.digest;
  return made?.digest !== undefined && made.digest !== digest ? source : undefined;
}

function isOpen(key: ObjectKey, { done }: Look): boolean {
  const progress = done.get(key);
  return progress !== undefined && progress.status !== "ready";
}

/** One that isn't expected counts by its condition. */
function isReady(key: ObjectKey, look: Look): boolean {
  if (look.done.has(key)) return !isOpen(key, look);
  return conditionOf(look.live.get(key), "Ready")?.status === "True";
}

function waitingFor(key: ObjectKey, waitsFor: readonly ObjectKey[]): ObjectProgress {
  return { key, status: "progressing", message: `waits for ${waitsFor.join(", ")}`, waitsFor };
}
