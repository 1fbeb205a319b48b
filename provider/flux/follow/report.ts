import { advice } from "./advice";
import type { Cluster } from "../../kubernetes/cluster";
import type { FluxObject, ObjectKey } from "./flux-object";
import { referenceOf } from "./nudges";
import { FLUX_SYSTEM } from "../../../manifests/flux/objects";
import { type EventObject, inOrder, oneLine, shortened } from "./pods";
import type { ObjectProgress } from "./conditions";
import { describeUnready, whyUnready } from "./unready";

/** So many objects are told in full. */
const MOST_BLOCKS = 10;

export interface ReportArgs {
  readonly cluster: Cluster;
  readonly live: ReadonlyMap<ObjectKey, FluxObject>;
  readonly title: string;
  /** Objects that ended the following. */
  readonly culprits: readonly ObjectProgress[];
  readonly all: readonly ObjectProgress[];
  /** Why objects weren't ready when they were last looked at. */
  readonly seen: ReadonlyMap<ObjectKey, readonly string[]>;
}

/**
 * What keeps the cluster from running what was pushed: the objects at the root of it, each with its condition, what
 * it applied that isn't ready, its last events and what to do; of those that wait for them, the number.
 */
export async function report(args: ReportArgs): Promise<string> {
  const { cluster, live, title, culprits, all } = args;
  const roots = rootsOf(culprits);
  const blocks = await Promise.all(roots.slice(0, MOST_BLOCKS).map(async (root) => await block(args, root)));
  const others = waitingFor(roots, all).length;
  const suspended = [...live].filter(([, object]) => object.spec?.suspend === true).map(([key]) => key);
  return [
    `${title}: ${String(all.filter(isReady).length)} of ${String(all.length)} objects are ready.`,
    ...blocks,
    ...(roots.length > MOST_BLOCKS ? [`and ${String(roots.length - MOST_BLOCKS)} more`] : []),
    ...(others === 0
      ? []
      : [`${others === 1 ? "1 other waits" : `${String(others)} others wait`} for these.`]),
    ...(suspended.length === 0 ? [] : [`Suspended: ${shortened(suspended, MOST_BLOCKS).join(", ")}`]),
    ...(await brokenFlux(cluster)),
    "→ Mend the cause, then run `pulumi up` again: it commits nothing twice and goes on following.",
  ].join("\n");
}

/** Those that wait for none of the others. */
function rootsOf(culprits: readonly ObjectProgress[]): readonly ObjectProgress[] {
  const keys = new Set(culprits.map(({ key }) => key));
  const roots = culprits.filter(({ waitsFor = [] }) => !waitsFor.some((key) => keys.has(key)));
  return roots.length === 0 ? culprits : roots;
}

/** The objects that wait for one of `roots`, directly or not. */
function waitingFor(roots: readonly ObjectProgress[], all: readonly ObjectProgress[]): readonly ObjectKey[] {
  const found = new Set(roots.map(({ key }) => key));
  for (let size = 0; size < found.size;) {
    size = found.size;
    for (const { key, waitsFor = [] } of all) if (waitsFor.some((other) => found.has(other))) found.add(key);
  }
  return [...found].slice(roots.length);
}

async function block({ cluster, live, seen }: ReportArgs, { key, message }: ObjectProgress): Promise<string> {
  const object = live.get(key);
  const applies = object?.kind === "Kustomization" || object?.kind === "HelmRelease";
  // The cluster may have become unreachable; what is known is told all the same.
  const [unready, events] = await Promise.all([
    applies ? whyUnready(cluster, object).catch(() => []) : [],
    warningsOf(cluster, key).catch(() => []),
  ]);
  const known = [message, ...unready].join("\n");
  const news = [...new Set(events)].filter((text) => !known.includes(text)).slice(-3);
  const hint = advice(object, message);
  return [
    `${key}: ${clipped(message)}`,
    ...(unready.length > 0 ? unready : (seen.get(key) ?? [])).map((line) => `  ${line}`),
    ...news.map((text) => `  event: ${oneLine(text)}`),
    ...(hint === undefined ? [] : [`  → ${hint}`]),
  ].join("\n");
}

async function warningsOf(cluster: Cluster, key: ObjectKey): Promise<string[]> {
  const { kind, name, namespace = "" } = referenceOf(key);
  const fieldSelector = `type=Warning,involvedObject.kind=${kind},involvedObject.name=${name}`;
  const events = await cluster.list("v1", "Event", namespace, { fieldSelector, limit: 100 });
  return inOrder(events as EventObject[])
    .map(({ message = "" }) => message.trim())
    .filter((text) => text !== "");
}

/** Nothing reconciles while its controllers don't run. */
async function brokenFlux(cluster: Cluster): Promise<readonly string[]> {
  try {
    const controllers = await cluster.list("apps/v1", "Deployment", FLUX_SYSTEM);
    return (await describeUnready(cluster, controllers)).map((line) => `Of Flux itself: ${line}`);
  } catch {
    return [];
  }
}

function isReady({ status }: ObjectProgress): boolean {
  return status === "ready";
}

/** Messages about a Kustomization of many objects name them all. */
function clipped(message: string): string {
  return message.length > 1000 ? `${message.slice(0, 1000)}…` : message;
}
