import {
  dependenciesOf,
  type FluxObject,
  keyOf,
  type ObjectKey,
  sourceOfAny,
} from "../../provider/flux/follow/flux-object";
import { lastWarnings } from "../../provider/flux/follow/next-step";
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

const APPLIERS = ["Kustomization", "HelmRelease"];

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
    ready: entries.length > 0 && !entries.some(({ bad }) => bad) && flux.unseen.length === 0,
    ...(flux.unseen.length > 0 && { unseen: flux.unseen }),
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
  const readers = [...objects.values()].filter(
    (object) => object.kind === "Kustomization" && sourceOfAny(object) === source,
  );
  const live = objects.get(source);
  return {
    source,
    url: live?.spec?.url,
    pushed,
    fetched: live?.status?.artifact?.revision,
    applied: readers.filter(({ status }) => status?.lastAppliedRevision === pushed).length,
    of: readers.length,
  };
}
