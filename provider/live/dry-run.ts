import type { Cluster } from "../kubernetes/cluster";
import type { LiveObject } from "../kubernetes/live-object";
import { ClusterError } from "../kubernetes/cluster-error";
import { MIGRATE, STORED } from "../flux/follow/advice";
import { forceFault, isForced, NOT_ANEW, whatForceDoes } from "./forced";
import { immutableChanges } from "./immutable";
import { inTurns } from "./lookup";
import { type FileObject, nameOf } from "./objects";
import { isLeftAlone } from "./said";
import { rulerOf } from "./rulers";
import { wayThrough } from "./ways-through";

/** So many objects are judged by the API server; a commit of more is told so. */
const MOST = 500;

/**
 * What the API server would refuse, each with the object, its file, the server's words and what to do; and what it said
 * in place of a verdict.
 * @param changed what the commit brings, changes and takes away: what rules other objects makes other verdicts
 * @param storedAnew names of definitions whose objects are stored anew before the commit
 */
export async function refusals(
  cluster: Cluster,
  objects: readonly FileObject[],
  live: ReadonlyMap<string, LiveObject>,
  changed: readonly LiveObject[] = [],
  storedAnew: ReadonlySet<string> = new Set(),
): Promise<{
  readonly faults: readonly string[];
  readonly unjudged: number;
  /** Names of those that Flux would delete and make again, since they are told to be forced, with what that does. */
  readonly forced: readonly string[];
  readonly open: ReadonlyMap<FileObject, string>;
  /** What the API server takes and warns of, such as pods that it would refuse to the workload. */
  readonly warnings: readonly string[];
}> {
  const judged = objects.filter(
    ({ object, unjudged }) => unjudged === undefined && !isLeftAlone(object, live.get(nameOf(object))),
  );
  const faults = new Map<FileObject, string>();
  const open = new Map<FileObject, string>();
  const warnings = new Set<string>();
  await inTurns(
    judged.slice(0, MOST).map((entry) => async () => {
      const error = await refusal(cluster, entry.object, (text) =>
        warnings.add(`${nameOf(entry.object)}: ${text}`),
      );
      if (error === undefined) return;
      if (STORED.test(error.words) && storedAnew.has(nameOf(entry.object))) return;
      const ruler = isVerdict(error) ? rulerOf(error.words, entry.object, changed) : undefined;
      if (ruler !== undefined)
        open.set(entry, `${nameOf(ruler)} of the same commit may change that: ${error.words}`);
      else (isVerdict(error) ? faults : open).set(entry, error.words);
    }),
  );
  const forced: string[] = [];
  return {
    open,
    forced,
    warnings: [...warnings],
    faults: judged.flatMap((entry) => {
      const words = faults.get(entry);
      if (words === undefined) return [];
      const before = live.get(nameOf(entry.object));
      const changes = before === undefined ? [] : immutableChanges(before, entry.object);
      if (before !== undefined && changes.length > 0 && !NOT_ANEW.test(words) && isForced(entry, before)) {
        const fault = forceFault(entry, before, changes);
        if (fault === undefined)
          forced.push(`${nameOf(entry.object)} (${whatForceDoes(entry, before, changes)})`);
        return fault ?? [];
      }
      const otherwise = STORED.test(words) ? MIGRATE : `Correct ${entry.path}.`;
      const advice = changes.length > 0 ? wayThrough(entry.object, changes) : otherwise;
      return [`${nameOf(entry.object)} (${entry.path}): ${words}\n→ ${advice}`];
    }),
    unjudged: Math.max(0, judged.length - MOST),
  };
}

async function refusal(
  cluster: Cluster,
  object: LiveObject,
  onWarning: (text: string) => void,
): Promise<ClusterError | undefined> {
  try {
    await cluster.dryRun(object, onWarning);
    return undefined;
  } catch (error) {
    if (!(error instanceof ClusterError)) throw error;
    return error;
  }
}

/**
 * Whether a refusal is about the object. What is missing may come with the same commit (a definition, a namespace, a
 * webhook's controller), and what the kubeconfig's user may not do, Flux may.
 */
function isVerdict({ status, words }: ClusterError): boolean {
  if (status === undefined || ![400, 403, 409, 413, 422].includes(status)) return false;
  return !/does not support dry.?run|failed calling webhook|being terminated|[uU]ser ".*" cannot|not found/.test(
    words,
  );
}
