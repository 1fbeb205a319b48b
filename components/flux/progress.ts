import { createHash } from "node:crypto";
import { FLUX_SYSTEM } from "./objects";

/** What the follower reads of a Flux object: a source, an ArtifactGenerator, a Kustomization or a HelmRelease. */
export interface FluxObject {
  readonly kind?: string;
  readonly metadata?: {
    readonly name?: string;
    readonly namespace?: string;
    readonly generation?: number;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly spec?: {
    readonly suspend?: boolean;
    readonly sourceRef?: { readonly kind: string; readonly name: string; readonly namespace?: string };
    readonly dependsOn?: readonly { readonly name: string; readonly namespace?: string }[];
    /** Of an ArtifactGenerator. */
    readonly sources?: readonly {
      readonly alias: string;
      readonly kind: string;
      readonly name: string;
      readonly namespace?: string;
    }[];
    /** Of an ArtifactGenerator. */
    readonly artifacts?: readonly { readonly name: string }[];
  };
  readonly status?: {
    readonly observedGeneration?: number;
    readonly lastHandledReconcileAt?: string;
    readonly lastAppliedRevision?: string;
    readonly artifact?: { readonly revision?: string; readonly digest?: string; readonly url?: string };
    /** Of an ArtifactGenerator: digest over what it last cut its artifacts from. */
    readonly observedSourcesDigest?: string;
    readonly conditions?: readonly Condition[];
  };
}

export interface Condition {
  readonly type: string;
  readonly status: string;
  readonly reason?: string;
  readonly message?: string;
  readonly observedGeneration?: number;
  readonly lastTransitionTime?: string;
}

/** `Kind namespace/name`. */
export type ObjectKey = string;

export interface Expectation {
  /** Sources by key, with the revision that was pushed to them: `main@sha1:…`. */
  readonly sources: Readonly<Record<ObjectKey, string>>;
  /** ArtifactGenerators that cut those sources into artifacts. */
  readonly generators: readonly ObjectKey[];
  readonly kustomizations: readonly ObjectKey[];
  readonly helmReleases: readonly ObjectKey[];
  /** Value of the nudge; a source that handled it has seen at least the pushed commit. */
  readonly token: string;
}

export type Status = "ready" | "progressing" | "failing" | "stopped";

export interface ObjectProgress {
  readonly key: ObjectKey;
  readonly status: Status;
  /** Why it isn't ready, for the reader. */
  readonly message: string;
  readonly revision?: string;
  /** Set when all that it waits for is ready: a nudge saves the wait for the controller's next look. */
  readonly nudge?: boolean;
}

export function keyOf(kind: string, name: string, namespace = FLUX_SYSTEM): ObjectKey {
  return `${kind} ${namespace}/${name}`;
}

/**
 * How far each expected object is, from the live objects by key. A Kustomization is ready when it applied the revision
 * that its source has now: somebody's newer commit on top of ours is as good, and an older one isn't. One on an
 * artifact that a generator cuts is ready when, besides, the generator has cut what its sources have now.
 */
export function progressOf(
  live: ReadonlyMap<ObjectKey, FluxObject>,
  expected: Expectation,
): readonly ObjectProgress[] {
  const done = new Map<ObjectKey, ObjectProgress>();
  for (const [key, revision] of Object.entries(expected.sources)) {
    done.set(key, sourceProgress(key, live.get(key), revision, expected.token));
  }
  const ready = (key: ObjectKey): boolean => done.get(key)?.status === "ready";
  for (const key of expected.generators) done.set(key, generatorProgress(key, live, expected, ready));
  const cutBy = cutArtifacts(live, expected.generators);
  const origin = (source: ObjectKey): ObjectKey | undefined =>
    source in expected.sources ? source : cutBy.get(source);
  // Twice: the second time every dependency's own readiness is known.
  for (let pass = 0; pass < 2; pass++) {
    for (const key of expected.kustomizations) done.set(key, kustomizationProgress(key, live, origin, ready));
  }
  for (const key of expected.helmReleases) done.set(key, conditionProgress(key, live.get(key)));
  return [...done.values()];
}

function sourceProgress(
  key: ObjectKey,
  source: FluxObject | undefined,
  pushed: string,
  token: string,
): ObjectProgress {
  const basis = conditionProgress(key, source);
  const revision = source?.status?.artifact?.revision;
  const seen = revision === pushed || source?.status?.lastHandledReconcileAt === token;
  if (basis.status === "ready" && !seen) {
    return {
      key,
      status: "progressing",
      message: `has ${revision ?? "nothing"}, not yet ${pushed}`,
      revision,
    };
  }
  // A failure from before the nudge says nothing about now.
  if (basis.status === "failing" && !seen) return { ...basis, status: "progressing", revision };
  return { ...basis, revision };
}

/** What suspends an ArtifactGenerator, which has no `spec.suspend`. */
const DISABLED = "source.extensions.fluxcd.io/reconcile";

/** The generator has cut what its sources have now. It keeps its generation in the condition alone. */
function generatorProgress(
  key: ObjectKey,
  live: ReadonlyMap<ObjectKey, FluxObject>,
  expected: Expectation,
  ready: (key: ObjectKey) => boolean,
): ObjectProgress {
  const generator = live.get(key);
  if (generator?.metadata?.annotations?.[DISABLED] === "disabled") {
    const message = `is disabled, so Flux doesn't look at it. Remove its annotation ${DISABLED}`;
    return { key, status: "stopped", message };
  }
  const waiting = sourcesOf(generator).find(([, source]) => source in expected.sources && !ready(source));
  if (waiting !== undefined) {
    return { key, status: "progressing", message: `waits for ${waiting[1]}` };
  }
  const observedGeneration = readyCondition(generator)?.observedGeneration;
  const basis = conditionProgress(
    key,
    generator && { ...generator, status: { ...generator.status, observedGeneration } },
  );
  if (basis.status !== "ready" || generator?.status?.observedSourcesDigest === sourcesDigest(generator, live))
    return basis;
  return { key, status: "progressing", message: "cuts the new revision into artifacts" };
}

/** Sources of an ArtifactGenerator, with their aliases. */
function sourcesOf(generator: FluxObject | undefined): readonly [alias: string, source: ObjectKey][] {
  return (generator?.spec?.sources ?? []).map(({ alias, kind, name, namespace }) => [
    alias,
    keyOf(kind, name, namespace ?? generator?.metadata?.namespace),
  ]);
}

/** As source-watcher's HashObservedSources makes it (github.com/fluxcd/source-watcher/api/v2/v1beta1). */
function sourcesDigest(generator: FluxObject | undefined, live: ReadonlyMap<ObjectKey, FluxObject>): string {
  const parts = sourcesOf(generator).map(([alias, source]) => {
    const { digest = "", revision = "", url = "" } = live.get(source)?.status?.artifact ?? {};
    return `${alias}=[digest=${digest},revision=${revision},url=${url}]`;
  });
  return `sha256:${createHash("sha256").update(parts.sort().join("|")).digest("hex")}`;
}

/** The ExternalArtifacts that these generators make, and which one makes each. */
function cutArtifacts(
  live: ReadonlyMap<ObjectKey, FluxObject>,
  generators: readonly ObjectKey[],
): ReadonlyMap<ObjectKey, ObjectKey> {
  return new Map(
    generators.flatMap((generator) => {
      const { metadata, spec } = live.get(generator) ?? {};
      const artifacts = spec?.artifacts ?? [];
      return artifacts.map(({ name }) => [keyOf("ExternalArtifact", name, metadata?.namespace), generator]);
    }),
  );
}

function kustomizationProgress(
  key: ObjectKey,
  live: ReadonlyMap<ObjectKey, FluxObject>,
  originOf: (source: ObjectKey) => ObjectKey | undefined,
  ready: (key: ObjectKey) => boolean,
): ObjectProgress {
  const object = live.get(key);
  const namespace = object?.metadata?.namespace ?? FLUX_SYSTEM;
  const reference = object?.spec?.sourceRef;
  const source = reference && keyOf(reference.kind, reference.name, reference.namespace ?? namespace);
  const wanted = source === undefined ? undefined : live.get(source)?.status?.artifact?.revision;
  const revision = object?.status?.lastAppliedRevision;
  const basis = conditionProgress(key, object);
  const origin = source === undefined ? undefined : originOf(source);
  if (origin !== undefined && !ready(origin)) {
    return basis.status === "stopped"
      ? basis
      : { key, status: "progressing", message: `waits for ${origin}`, revision };
  }
  if (basis.status === "ready" && revision !== wanted) {
    return {
      key,
      status: "progressing",
      message: `has ${revision ?? "nothing"}, not yet ${wanted ?? "a revision"}`,
      revision,
    };
  }
  const reason = readyCondition(object)?.reason;
  if (reason === "DependencyNotReady") {
    const dependencies = (object?.spec?.dependsOn ?? []).map((to) =>
      keyOf("Kustomization", to.name, to.namespace ?? namespace),
    );
    const missing = dependencies.filter((dependency) => !ready(dependency));
    return {
      key,
      status: "progressing",
      message: missing.length === 0 ? "its dependencies are ready" : `waits for ${missing.join(", ")}`,
      revision,
      nudge: missing.length === 0,
    };
  }
  return { ...basis, revision };
}

/** By the conditions alone, as every Flux object has them (https://fluxcd.io/flux/components/…#conditions). */
function conditionProgress(key: ObjectKey, object: FluxObject | undefined): ObjectProgress {
  if (object === undefined) return { key, status: "progressing", message: "isn't in the cluster yet" };
  if (object.spec?.suspend === true) {
    return {
      key,
      status: "stopped",
      message: `is suspended, so Flux doesn't look at it. Resume it: flux resume ${resumeName(object.kind)} ${object.metadata?.name ?? ""} -n ${object.metadata?.namespace ?? ""}`,
    };
  }
  const condition = readyCondition(object);
  const text = [condition?.reason, condition?.message]
    .filter((part) => part !== undefined && part !== "")
    .join(": ");
  const generation = object.metadata?.generation;
  const { observedGeneration } = object.status ?? {};
  // A controller's failure stands in the condition alone: the status takes a generation over when it succeeded.
  if ((condition?.observedGeneration ?? observedGeneration) !== generation) {
    return { key, status: "progressing", message: "waits for its controller" };
  }
  const stalled = object.status?.conditions?.find(
    ({ type, status }) => type === "Stalled" && status === "True",
  );
  if (stalled !== undefined) {
    return { key, status: "stopped", message: `${stalled.reason ?? "Stalled"}: ${stalled.message ?? ""}` };
  }
  if (condition?.status === "True" && observedGeneration === generation) {
    return { key, status: "ready", message: condition.message ?? "" };
  }
  if (condition?.status === "False" && condition.reason !== "DependencyNotReady") {
    return { key, status: "failing", message: text };
  }
  return { key, status: "progressing", message: text === "" ? "waits for its controller" : text };
}

function readyCondition(object: FluxObject | undefined): Condition | undefined {
  return object?.status?.conditions?.find(({ type }) => type === "Ready");
}

function resumeName(kind: string | undefined): string {
  return kind === "GitRepository" ? "source git" : (kind ?? "").toLowerCase();
}
