import { createHash } from "node:crypto";
import { conditionOf, type FluxObject, keyOf, type ObjectKey } from "./flux-object";

/** What suspends an ArtifactGenerator, which has no `spec.suspend`. */
const DISABLED = "source.extensions.fluxcd.io/reconcile";

/** Why a generator that a person stopped does nothing; undefined while it works. */
export function disabledMessage(generator: FluxObject | undefined): string | undefined {
  if (generator?.metadata?.annotations?.[DISABLED] !== "disabled") return undefined;
  return `is disabled, so Flux doesn't look at it. Remove its annotation ${DISABLED}`;
}

/** A generator keeps its generation in the condition alone: with it where the others have theirs. */
export function withGeneration(object: FluxObject): FluxObject {
  const observedGeneration =
    object.status?.observedGeneration ?? conditionOf(object, "Ready")?.observedGeneration;
  return { ...object, status: { ...object.status, observedGeneration } };
}

/** Sources of an ArtifactGenerator, with their aliases. */
export function generatorSources(
  generator: FluxObject | undefined,
): readonly [alias: string, source: ObjectKey][] {
  return (generator?.spec?.sources ?? []).map(({ alias, kind, name, namespace }) => [
    alias,
    keyOf(kind, name, namespace ?? generator?.metadata?.namespace),
  ]);
}

/** True when the generator has cut what its sources have now. */
export function isCut(generator: FluxObject, live: ReadonlyMap<ObjectKey, FluxObject>): boolean {
  return generator.status?.observedSourcesDigest === sourcesDigest(generator, live);
}

/** As source-watcher's HashObservedSources makes it (github.com/fluxcd/source-watcher/api/v2/v1beta1). */
function sourcesDigest(generator: FluxObject, live: ReadonlyMap<ObjectKey, FluxObject>): string {
  const parts = generatorSources(generator).map(([alias, source]) => {
    const { digest = "", revision = "", url = "" } = live.get(source)?.status?.artifact ?? {};
    return `${alias}=[digest=${digest},revision=${revision},url=${url}]`;
  });
  return `sha256:${createHash("sha256").update(parts.sort().join("|")).digest("hex")}`;
}

/** What a generator makes of an ExternalArtifact. */
export interface CutArtifact {
  readonly generator: ObjectKey;
  /** Digest of what it made last. */
  readonly digest?: string;
}

/** The ExternalArtifacts that these generators make. */
export function cutArtifacts(
  live: ReadonlyMap<ObjectKey, FluxObject>,
  generators: readonly ObjectKey[],
): ReadonlyMap<ObjectKey, CutArtifact> {
  return new Map(
    generators.flatMap((generator) => {
      const { metadata, spec, status } = live.get(generator) ?? {};
      const made = Array.isArray(status?.inventory) ? (status.inventory as readonly Made[]) : [];
      const digests = new Map(made.map(({ name, digest }) => [name, digest]));
      return (spec?.artifacts ?? []).map(({ name }): [ObjectKey, CutArtifact] => [
        keyOf("ExternalArtifact", name, metadata?.namespace),
        { generator, digest: digests.get(name) },
      ]);
    }),
  );
}

/** An entry of a generator's inventory. */
interface Made {
  readonly name: string;
  readonly digest: string;
}
