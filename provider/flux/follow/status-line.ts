import type { HandlerContext } from "../../plugin/handler";
import type { Cluster } from "../../kubernetes/cluster";
import type { FluxObject, ObjectKey } from "./flux-object";
import { oneLine } from "./pods";
import { IDLE, type ObjectProgress } from "./conditions";
import { whyUnready } from "./unready";
import type { Outage } from "./watch";

/** How often the cluster is asked why the object that is waited for isn't ready. */
const LOOK_EVERY = 10_000;

/**
 * What is being waited for, on the resource's line. In a log every change is a line of its own, so that the line
 * changes the more rarely the longer it takes: some twenty times in a minute, forty in ten.
 */
export class StatusLine {
  /** Why objects weren't ready when they were last looked at; Helm takes back what it failed to install. */
  readonly reasons = new Map<ObjectKey, readonly string[]>();
  private readonly began = Date.now();
  private shown = "";
  private shownAt = 0;
  private lookedAt = Date.now();

  constructor(
    private readonly ctx: HandlerContext,
    private readonly cluster: Cluster,
  ) {}

  show(
    live: ReadonlyMap<ObjectKey, FluxObject>,
    progress: readonly ObjectProgress[],
    outage: Outage | undefined,
  ): void {
    const now = Date.now();
    const first = firstOf(progress);
    if (first !== undefined && outage === undefined && now - this.lookedAt >= LOOK_EVERY) {
      this.lookedAt = now;
      void this.look(first.key, live.get(first.key));
    }
    const line = outage === undefined ? summary(progress, this.reasons) : lost(outage);
    if (line === this.shown || now - this.shownAt < Math.max(2000, (now - this.began) / 10)) return;
    this.ctx.status(line);
    this.shown = line;
    this.shownAt = now;
  }

  /** All are ready: what the line said last isn't to be what stays. */
  end(progress: readonly ObjectProgress[]): void {
    if (this.shown !== "") this.ctx.status(summary(progress));
  }

  /** Beside the following, which it must not disturb. */
  private async look(key: ObjectKey, object: FluxObject | undefined): Promise<void> {
    if (object?.kind !== "Kustomization" && object?.kind !== "HelmRelease") return;
    try {
      const reasons = await whyUnready(this.cluster, object);
      if (reasons.length > 0) this.reasons.set(key, reasons);
    } catch {
      // An outage is told by the watch.
    }
  }
}

/** How many objects are how far, and what the first that doesn't wait for another is at. */
export function summary(
  progress: readonly ObjectProgress[],
  reasons: ReadonlyMap<ObjectKey, readonly string[]> = new Map(),
): string {
  const open = progress.filter(({ status }) => status !== "ready");
  const waiting = open.filter(waits).length;
  const failing = open.filter((entry) => entry.status === "failing" && !waits(entry)).length;
  const counts = [
    `${String(progress.length - open.length)} of ${String(progress.length)} ready`,
    ...(failing > 0 ? [`${String(failing)} failing`] : []),
    ...(waiting > 0 ? [`${String(waiting)} waiting for others`] : []),
  ].join(", ");
  const first = firstOf(progress);
  if (first === undefined) return counts;
  const name = first.key.split("/")[1] ?? "";
  const why = reasons.get(first.key)?.map((line) => line.trim()) ?? [];
  // The last of them is the nearest to the cause: the pod below its workload.
  const text = [`${name} ${withoutRevision(first.message)}`, ...why.slice(0, 2)].join("; ");
  return `${counts}; ${oneLine(text)}`.slice(0, 300);
}

function firstOf(progress: readonly ObjectProgress[]): ObjectProgress | undefined {
  const open = progress.filter(({ status }) => status !== "ready");
  const free = open.filter((entry) => !waits(entry));
  const failing = free.find(({ status }) => status !== "progressing");
  return failing ?? free.find(({ message }) => !IDLE.includes(message)) ?? free[0] ?? open[0];
}

function waits({ waitsFor = [] }: ObjectProgress): boolean {
  return waitsFor.length > 0;
}

function withoutRevision(message: string): string {
  return message.split("\n")[0]?.replace(/ for revision \S+/, "") ?? "";
}

function lost({ since, error }: Outage): string {
  const seconds = Math.round((Date.now() - since) / 10_000) * 10;
  return `${error.message.split("\n")[0] ?? ""}; trying again for ${String(seconds)} s`;
}
