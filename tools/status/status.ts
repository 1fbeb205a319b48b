import { cutArtifacts, generatorSources, isCut } from "../../provider/flux/follow/artifact-generator";
import {
  dependenciesOf,
  type FluxObject,
  keyOf,
  type ObjectKey,
  sourceOfAny,
} from "../../provider/flux/follow/flux-object";
import { lastWarnings } from "../../provider/flux/follow/next-step";
import { withoutCredentials } from "../../provider/http/credentials";
import { standing, type Standing } from "../cluster/condition";
import type { FluxState, Unseen } from "../cluster/flux-state";
import type { StackOutputs } from "../stack/pulumi";
import { arrange, type StatusEntry, type StatusNode } from "./arrange";

/** Where a commit of ours runs. */
export interface CommitStatus {
  readonly source: ObjectKey;
  readonly url?: string;
  readonly pushed: string;
  /** What Flux has of it: the commit, one of somebody after it, or an older one. */
  readonly fetched?: string;
  /** Kustomizations that read it: those that have applied the commit, and all. */
  readonly applied: number;
  readonly of: number;
}

export interface Status {
  /** Of this document. */
  readonly version: 1;
  readonly stack: string;
  readonly cluster: string;
  readonly ready: boolean;
  /** Kinds of Flux whose objects can't be looked at. Left out when all can. */
  readonly unseen?: readonly Unseen[];
  /** Controllers of Flux that don't run, with why: the objects say what they said last. Left out when all run. */
  readonly idle?: readonly string[];
  readonly commits: readonly CommitStatus[];
  readonly sources: readonly StatusEntry[];
  readonly applied: readonly StatusNode[];
}

export interface StatusArgs {
  readonly stack: string;
  readonly cluster: string;
  readonly flux: FluxState;
  readonly outputs: StackOutputs;
  /** Objects that may be suspended. */
  readonly allowSuspended?: readonly ObjectKey[];
}

const APPLIERS = ["Kustomization", "HelmRelease", "FluxInstance", "ResourceSet"];

/** What there is to say of a cluster's Flux, from what was read of it. */
export function statusOf({ stack, cluster, flux, outputs, allowSuspended = [] }: StatusArgs): Status {
  const { objects } = flux;
  const apps = new Map(
    Object.entries(outputs.apps ?? {}).flatMap(([app, keys]) => keys.map((key) => [key, app] as const)),
  );
  const pushed = Object.entries(outputs.revisions ?? {}).map(
    ([name, revision]) => [keyOf("GitRepository", name), revision] as const,
  );
  const keys = [...new Set([...objects.keys(), ...pushed.map(([key]) => key), ...apps.keys()])].sort();
  const entries = keys.map((key): StatusEntry => {
    const object = objects.get(key);
    const hidden = flux.unseen.some(({ kind }) => object === undefined && kind === key.split(" ")[0]);
    const found: Standing = hidden
      ? { state: "unseen", message: "can't be looked at" }
      : standing(object, objects);
    const allowed = found.state === "suspended" && allowSuspended.includes(key);
    return {
      key,
      ...found,
      app: apps.get(key),
      revision: revisionOf(object),
      source: sourceOfAny(object),
      after: dependenciesOf(object),
      event: eventOf(object, found, flux),
      bad: found.state !== "ready" && !allowed,
    };
  });
  const applies = ({ key }: StatusEntry): boolean => APPLIERS.includes(key.split(" ")[0] ?? "");
  return {
    version: 1,
    ...{ stack, cluster },
    ready:
      entries.length > 0 &&
      !entries.some(({ bad }) => bad) &&
      flux.unseen.length === 0 &&
      flux.idle.length === 0,
    ...(flux.unseen.length > 0 && { unseen: flux.unseen }),
    ...(flux.idle.length > 0 && { idle: flux.idle }),
    commits: pushed.map(([source, revision]) => commitStatus(source, revision, objects)),
    sources: entries.filter((entry) => !applies(entry)),
    applied: arrange(entries.filter(applies), objects),
  };
}

function revisionOf(object: FluxObject | undefined): string | undefined {
  const { artifact, lastAppliedRevision, history } = object?.status ?? {};
  return artifact?.revision ?? lastAppliedRevision ?? history?.[0]?.chartVersion;
}

/** Of one that is ready, what was warned of before is history. */
function eventOf(object: FluxObject | undefined, { state, since }: Standing, { warnings }: FluxState) {
  if (object === undefined) return undefined;
  const news = warnings.filter(
    ({ lastTimestamp, involvedObject }) =>
      involvedObject?.namespace === object.metadata?.namespace &&
      (state !== "ready" || Date.parse(lastTimestamp ?? "") > Date.parse(since ?? "")),
  );
  return lastWarnings(object, news, 1)[0];
}

function commitStatus(
  source: ObjectKey,
  pushed: string,
  objects: ReadonlyMap<ObjectKey, FluxObject>,
): CommitStatus {
  const kustomizations = [...objects.values()].filter(({ kind }) => kind === "Kustomization");
  const artifacts = cutFrom(source, objects);
  const live = objects.get(source);
  const fetched = live?.status?.artifact?.revision;
  // An artifact has a revision of its own: it is of the commit when it was cut from what the source has now.
  const wanted = (object: FluxObject): string | undefined => {
    const from = sourceOfAny(object) ?? "";
    if (from === source) return pushed;
    const current = fetched === pushed && artifacts.get(from) === true;
    return current ? objects.get(from)?.status?.artifact?.revision : undefined;
  };
  const readers = kustomizations.filter((object) => {
    const from = sourceOfAny(object) ?? "";
    return from === source || artifacts.has(from);
  });
  const applied = readers.filter((object) => {
    const revision = object.status?.lastAppliedRevision;
    return revision !== undefined && revision === wanted(object);
  });
  return {
    source,
    url: withoutCredentials(live?.spec?.url ?? "") || undefined,
    pushed,
    fetched,
    applied: applied.length,
    of: readers.length,
  };
}

/** The ExternalArtifacts that are cut from a source, also from such artifacts; and whether of what the source has now. */
function cutFrom(
  source: ObjectKey,
  objects: ReadonlyMap<ObjectKey, FluxObject>,
): ReadonlyMap<ObjectKey, boolean> {
  const generators = [...objects.keys()].filter((key) => key.startsWith("ArtifactGenerator "));
  const cut = [...cutArtifacts(objects, generators)];
  const found = new Map<ObjectKey, boolean>();
  const follow = (from: ObjectKey, current: boolean): void => {
    for (const [artifact, { generator }] of cut) {
      const object = objects.get(generator);
      if (object === undefined || found.has(artifact)) continue;
      if (!generatorSources(object).some(([, key]) => key === from)) continue;
      const now = current && isCut(object, objects);
      found.set(artifact, now);
      follow(artifact, now);
    }
  };
  follow(source, true);
  return found;
}
