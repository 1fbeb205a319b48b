import { disabledMessage, withGeneration } from "../../provider/flux/follow/artifact-generator";
import { conditionProgress, handled, type ObjectProgress } from "../../provider/flux/follow/conditions";
import type { FluxObject, ObjectKey } from "../../provider/flux/follow/flux-object";
import { Nudges } from "../../provider/flux/follow/nudges";
import { FluxWatch } from "../../provider/flux/follow/watch";
import type { Cluster } from "../../provider/kubernetes/cluster";
import { type Unanswered, unanswered } from "../cluster/controllers";
import { originsOf } from "./targets";

export interface ReconcileOptions {
  readonly timeout: number;
  readonly signal: AbortSignal;
  /** Told of each object that has answered. */
  readonly onDone: (progress: ObjectProgress) => void;
}

/**
 * Asks the sources of the objects to look, then what cuts these into artifacts, then the objects, and follows them until each has answered and is ready or
 * has failed. One whose controller doesn't run isn't waited for.
 * @returns how each is; one that is still at work after `timeout` milliseconds as that
 */
export async function reconcile(
  cluster: Cluster,
  keys: readonly ObjectKey[],
  { timeout, signal, onDone }: ReconcileOptions,
): Promise<readonly ObjectProgress[]> {
  const watch = new FluxWatch(cluster, signal);
  const deadline = Date.now() + timeout;
  const told = new Set<ObjectKey>();
  try {
    const live = await watch.objects();
    const { sources, generators } = originsOf(keys, live);
    const all = [...sources, ...generators, ...keys];
    const kinds = new Set(all.flatMap((key) => live.get(key)?.kind ?? []));
    const unansweredBy = await unanswered(cluster, kinds);
    const settle = async (asked: readonly ObjectKey[]): Promise<readonly ObjectProgress[]> => {
      const token = new Date().toISOString();
      const nudges = new Nudges(cluster, token);
      // A suspended one doesn't answer.
      const stopped = (key: ObjectKey): boolean =>
        live.get(key)?.spec?.suspend === true || disabledMessage(live.get(key)) !== undefined;
      await nudges.ask(asked.filter((key) => live.has(key) && !stopped(key)));
      for (;;) {
        const found = asked.map((key) => progressOf(key, live.get(key), token, unansweredBy));
        const open = found.filter(({ status }) => status === "progressing");
        for (const one of found) {
          if (open.includes(one) || told.has(one.key)) continue;
          told.add(one.key);
          onDone(one);
        }
        if (open.length === 0 || Date.now() > deadline || signal.aborted) return found;
        await watch.changed(Math.min(1000, deadline - Date.now() + 1));
      }
    };
    const found: ObjectProgress[] = [];
    for (const stage of [sources, generators, keys]) found.push(...(await settle(stage)));
    return found;
  } finally {
    watch.stop();
  }
}

function progressOf(
  key: ObjectKey,
  object: FluxObject | undefined,
  token: string,
  unansweredBy: Unanswered,
): ObjectProgress {
  if (object === undefined) return { key, status: "stopped", message: "isn't in the cluster" };
  const disabled = disabledMessage(object);
  if (disabled !== undefined) return { key, status: "stopped", message: disabled };
  const progress = conditionProgress(key, withGeneration(object), token);
  const { artifact, lastAppliedRevision, history } = object.status ?? {};
  const revision = artifact?.revision ?? lastAppliedRevision ?? history?.[0]?.chartVersion;
  const waits = progress.status === "ready" && !handled(object, token);
  const nobody = waits || progress.status === "progressing" ? unansweredBy(object) : undefined;
  if (nobody !== undefined) return { ...progress, status: "stopped", message: nobody };
  return { ...progress, revision, ...(waits && { status: "progressing" as const, message: "was asked" }) };
}
