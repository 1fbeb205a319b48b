import type { ObjectKey } from "../../provider/flux/follow/flux-object";
import { type EventObject, oneLine } from "../../provider/flux/follow/pods";
import type { Cluster } from "../../provider/kubernetes/cluster";
import { UserError } from "../../provider/plugin/handler";
import { FLUX_SYSTEM } from "../../manifests/flux/objects";

export interface LogLine {
  /** As RFC 3339. */
  readonly at: string;
  readonly level: string;
  readonly key: ObjectKey;
  readonly text: string;
}

/** What was told of objects: their events, and what Flux's controllers logged, the oldest first. */
export interface Logs {
  readonly lines: readonly LogLine[];
  /** Why something is missing. */
  readonly notes: readonly string[];
}

export async function readLogs(
  cluster: Cluster,
  keys: readonly ObjectKey[],
  sinceSeconds: number,
): Promise<Logs> {
  const wanted = new Set(keys);
  const since = Date.now() - sinceSeconds * 1000;
  const labelSelector = "app.kubernetes.io/part-of=flux";
  const [events, pods] = await Promise.all([
    cluster.list("v1", "Event", undefined, { limit: 5000 }),
    cluster.list("v1", "Pod", FLUX_SYSTEM, { labelSelector }),
  ]);
  const notes: string[] = [];
  const logs = await Promise.all(
    pods.map(async ({ metadata: { name = "" } = {} }) => {
      try {
        return (await cluster.logs(FLUX_SYSTEM, name, sinceSeconds)) ?? [];
      } catch (error) {
        if (!(error instanceof UserError)) throw error;
        notes.push(`the log of pod ${name} can't be had: ${oneLine(error.message)}`);
        return [];
      }
    }),
  );
  const lines = [...events.flatMap(eventLine), ...logs.flat().flatMap(logLine)];
  return {
    lines: lines
      .filter(({ key, at }) => wanted.has(key) && Date.parse(at) >= since)
      .sort((a, b) => Date.parse(a.at) - Date.parse(b.at)),
    notes:
      notes.length === pods.length && pods.length > 0
        ? ["The controllers' logs can't be had; these are events alone."]
        : notes,
  };
}

function eventLine(event: EventObject): LogLine[] {
  const { involvedObject: { kind = "", name = "", namespace = "" } = {}, type = "", message = "" } = event;
  const at = event.lastTimestamp ?? event.eventTime;
  if (at === undefined || at === null) return [];
  return [{ at, level: type.toLowerCase(), key: `${kind} ${namespace}/${name}`, text: oneLine(message) }];
}

/** A line of Flux's controllers, in JSON: `{"level":"info","ts":…,"msg":…,"controllerKind":…,"name":…,"namespace":…}`. */
export function logLine(line: string): LogLine[] {
  let entry: Readonly<Record<string, unknown>>;
  try {
    entry = JSON.parse(line) as typeof entry;
  } catch {
    return [];
  }
  const text = (name: string): string => (typeof entry[name] === "string" ? entry[name] : "");
  const key = `${text("controllerKind")} ${text("namespace")}/${text("name")}`;
  const message = [text("msg"), text("error")].filter((part) => part !== "").join(": ");
  return [{ at: text("ts"), level: text("level"), key, text: oneLine(message) }];
}
