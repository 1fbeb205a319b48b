import { withoutNamedCredentials } from "../../http/credentials";
import { printable } from "../../http/printable";
import type { LiveObject } from "../../kubernetes/live-object";

/** What is read of an event. Shape: https://kubernetes.io/docs/reference/kubernetes-api/cluster-resources/event-v1/ */
export interface EventObject extends LiveObject {
  readonly type?: string;
  readonly reason?: string;
  readonly message?: string;
  readonly involvedObject?: { readonly kind?: string; readonly name?: string; readonly namespace?: string };
  readonly lastTimestamp?: string | null;
  readonly eventTime?: string | null;
}

interface ContainerStatus {
  readonly name: string;
  readonly ready?: boolean;
  readonly restartCount?: number;
  readonly state?: ContainerState;
  readonly lastState?: ContainerState;
}

interface ContainerState {
  readonly waiting?: { readonly reason?: string; readonly message?: string };
  readonly running?: object;
  readonly terminated?: Termination;
}

interface Termination {
  readonly exitCode?: number;
  readonly reason?: string;
  readonly message?: string;
}

interface PodStatus {
  readonly phase?: string;
  readonly reason?: string;
  readonly message?: string;
  readonly conditions?: readonly {
    readonly type: string;
    readonly status: string;
    readonly message?: string;
  }[];
  readonly initContainerStatuses?: readonly ContainerStatus[];
  readonly containerStatuses?: readonly ContainerStatus[];
}

/** Reasons that tell nothing but "not yet": what holds it up stands in the pod's events. */
const STARTING = ["ContainerCreating", "PodInitializing"];

const MOST_LINES = 5;

/**
 * Why pods don't start: a line for each reason, with the pods that it keeps. Ready and finished pods are left out.
 * @param events of these pods and of their claims; where the status only says "not yet", they say why
 */
export function describePods(pods: readonly LiveObject[], events: readonly EventObject[] = []): string[] {
  const byReason = new Map<string, { readonly line: string; others: number }>();
  for (const pod of pods) {
    const reason = podTrouble(pod, events);
    if (reason === undefined) continue;
    const name = pod.metadata?.name ?? "";
    // The pods of one workload differ in their names alone.
    const key = reason.replaceAll(` ${name} `, " ");
    const same = byReason.get(key);
    if (same === undefined) byReason.set(key, { line: `pod ${name}: ${reason}`, others: 0 });
    else same.others++;
  }
  const lines = [...byReason.values()].map(({ line, others }) =>
    others === 0 ? line : `${line}; ${String(others)} more like it`,
  );
  return shortened(lines, MOST_LINES);
}

/** Why a pod isn't ready; undefined when it is, or is done. */
export function podTrouble(pod: LiveObject, events: readonly EventObject[] = []): string | undefined {
  const status = (pod.status ?? {}) as PodStatus;
  const condition = (type: string) => status.conditions?.find((entry) => entry.type === type);
  if (status.phase === "Succeeded" || condition("Ready")?.status === "True") return undefined;
  if (pod.metadata?.deletionTimestamp !== undefined) return "is being deleted";
  if (status.phase === "Failed" && status.reason !== undefined) {
    return oneLine(`${status.reason}: ${status.message ?? ""}`);
  }
  const warning = lastWarning(pod, "Pod", events);
  const scheduled = condition("PodScheduled");
  if (scheduled?.status === "False") {
    return [`can't be scheduled: ${oneLine(scheduled.message ?? "")}`, ...claimTroubles(pod, events)].join(
      "; ",
    );
  }
  return (
    containerTrouble(pod, "init container", status.initContainerStatuses ?? [], warning) ??
    containerTrouble(pod, "container", status.containerStatuses ?? [], warning) ??
    oneLine(warning ?? condition("Ready")?.message ?? status.phase ?? "hasn't been looked at yet")
  );
}

/** The oldest first; the API server lists events by name. */
export function inOrder(events: readonly EventObject[]): readonly EventObject[] {
  const time = ({ lastTimestamp, eventTime }: EventObject): number =>
    Date.parse(lastTimestamp ?? eventTime ?? "") || 0;
  return [...events].sort((left, right) => time(left) - time(right));
}

/** The last warning about an object, which tells why a claim isn't bound or a pod's volume can't be mounted. */
export function lastWarning(
  { metadata }: LiveObject,
  kind: string,
  events: readonly EventObject[],
): string | undefined {
  return events
    .filter(({ type, involvedObject: about = {} }) => {
      const path = [about.kind, about.namespace, about.name].join(" ");
      return type === "Warning" && path === [kind, metadata?.namespace, metadata?.name].join(" ");
    })
    .at(-1)?.message;
}

/** At most `most` lines, the last one telling how many there are beside them. */
export function shortened(lines: readonly string[], most: number): string[] {
  if (lines.length <= most) return [...lines];
  return [...lines.slice(0, most), `and ${String(lines.length - most)} more`];
}

/** Messages of container runtimes and schedulers are long; what matters is at their beginning. Controllers repeat credentials. */
export function oneLine(text: string): string {
  const line = withoutNamedCredentials(printable(text)).trim().replaceAll(/\s+/g, " ");
  return line.length > 300 ? `${line.slice(0, 299)}…` : line;
}

function containerTrouble(
  pod: LiveObject,
  what: string,
  containers: readonly ContainerStatus[],
  warning: string | undefined,
): string | undefined {
  // A container that can't go on says more than one that waits its turn.
  const open = containers.filter(({ ready, state }) => ready !== true && state?.terminated?.exitCode !== 0);
  const failed = open.find(({ state }) => !isStarting(state) && state?.running === undefined) ?? open[0];
  if (failed === undefined || failed.state === undefined) return undefined;
  const { name, state, lastState, restartCount = 0 } = failed;
  const { waiting, terminated } = state;
  const end = terminated ?? lastState?.terminated;
  const ended =
    end === undefined ? "" : describeEnd(end, restartCount, logs(pod, name, terminated === undefined));
  if (isStarting(state))
    return warning === undefined ? undefined : oneLine(`${what} ${name} waits: ${warning}`);
  if (state.running !== undefined) {
    const still = what === "init container" ? "still runs" : "runs, but isn't ready";
    const [detail] = [warning, ended].filter((text) => text !== undefined && text !== "");
    return `${what} ${name} ${still}${detail === undefined ? "" : `: ${oneLine(detail)}`}`;
  }
  if (ended !== "") return oneLine(`${what} ${name}: ${waiting?.reason ?? "ended"}, ${ended}`);
  return oneLine(`${what} ${name}: ${waiting?.reason ?? "waits"}, ${waiting?.message ?? warning ?? ""}`);
}

function isStarting(state: ContainerState | undefined): boolean {
  return state?.waiting !== undefined && STARTING.includes(state.waiting.reason ?? "");
}

function describeEnd({ exitCode, reason, message }: Termination, restarts: number, command: string): string {
  const why = reason === undefined || reason === "Error" ? "" : ` (${reason})`;
  const times = restarts > 1 ? `, ${String(restarts)} times` : "";
  const words = message === undefined || message.trim() === "" ? "" : `: ${message.trim()}`;
  return `exit code ${String(exitCode ?? "unknown")}${why}${times}${words} (${command})`;
}

/** Logs may hold credentials, and the output of `pulumi up` is often public: the reader is told where to look. */
function logs({ metadata }: LiveObject, container: string, previous: boolean): string {
  const flag = previous ? " --previous" : "";
  return `kubectl logs -n ${metadata?.namespace ?? ""} ${metadata?.name ?? ""} -c ${container}${flag}`;
}

/** Claims of the pod that have something to say: the scheduler only tells that they aren't bound. */
function claimTroubles(pod: LiveObject, events: readonly EventObject[]): string[] {
  const volumes = (pod.spec?.volumes ?? []) as readonly { persistentVolumeClaim?: { claimName?: string } }[];
  return volumes
    .flatMap(({ persistentVolumeClaim: claim }) => claim?.claimName ?? [])
    .flatMap((name) => {
      const metadata = { name, namespace: pod.metadata?.namespace };
      const warning = lastWarning({ metadata }, "PersistentVolumeClaim", events);
      return warning === undefined ? [] : [`PersistentVolumeClaim ${name}: ${oneLine(warning)}`];
    });
}
