import { HandlerContext, UserError } from "../../provider/handler";
import type { Cluster, Reference } from "./cluster";
import {
  type Expectation,
  type FluxObject,
  type ObjectKey,
  type ObjectProgress,
  progressOf,
} from "./progress";
import { FluxWatch, KINDS } from "./watch";

/** How long an object may fail before we give up on it, and how often it is asked to try again meanwhile. */
const PATIENCE = 90_000;
const RETRY_EVERY = 10_000;

/**
 * Follows the objects until all are ready. An object whose dependencies have become ready, or that fails, is asked to
 * look again: the controllers themselves would wait for their intervals.
 * @throws UserError that tells, for each object that isn't ready, its condition and last events
 */
export async function settle(
  ctx: HandlerContext,
  cluster: Cluster,
  expected: Expectation,
  timeoutSeconds: number,
): Promise<readonly ObjectProgress[]> {
  const watch = new FluxWatch(cluster, ctx.signal);
  try {
    return await follow(ctx, cluster, watch, expected, timeoutSeconds);
  } finally {
    watch.stop();
  }
}

async function follow(
  ctx: HandlerContext,
  cluster: Cluster,
  watch: FluxWatch,
  expected: Expectation,
  timeoutSeconds: number,
): Promise<readonly ObjectProgress[]> {
  const deadline = Date.now() + timeoutSeconds * 1000;
  const asked = new Map<ObjectKey, number>();
  const failingSince = new Map<ObjectKey, number>();
  let shown = "";
  for (;;) {
    const live = await watch.objects();
    const unasked = Object.keys(expected.sources).filter((key) => !asked.has(key) && live.has(key));
    await ask(cluster, asked, unasked, expected.token);
    const progress = progressOf(live, expected);
    const open = progress.filter(({ status }) => status !== "ready");
    if (open.length === 0) return progress;

    const now = Date.now();
    const nudged: ObjectKey[] = [];
    for (const { key, status, nudge } of open) {
      if (status === "failing") {
        const since = failingSince.get(key) ?? now;
        failingSince.set(key, since);
        if (now - (asked.get(key) ?? since) >= RETRY_EVERY) nudged.push(key);
      } else {
        failingSince.delete(key);
        if (nudge === true && now - (asked.get(key) ?? 0) >= 1000) nudged.push(key);
      }
    }
    await ask(cluster, asked, nudged);
    const lost = open.filter(
      ({ key, status }) => status === "stopped" || now - (failingSince.get(key) ?? now) > PATIENCE,
    );
    if (lost.length > 0 || now > deadline) {
      const title =
        lost.length > 0
          ? "The files are pushed, but Flux can't bring the cluster to them"
          : `The files are pushed, but after ${String(timeoutSeconds)} s the cluster isn't there yet`;
      throw new UserError(await report(cluster, live, title, lost.length > 0 ? lost : open, progress));
    }
    const line = `${String(progress.length - open.length)} of ${String(progress.length)} ready; ${summary(open)}`;
    if (line !== shown) ctx.status(line);
    shown = line;
    await watch.changed(Math.min(1000, deadline - now + 1));
  }
}

/** Requests a reconciliation of each now, as `flux reconcile` does; some at a time, for there may be a thousand. */
async function ask(
  cluster: Cluster,
  asked: Map<ObjectKey, number>,
  keys: readonly ObjectKey[],
  token = new Date().toISOString(),
): Promise<void> {
  const metadata = { annotations: { "reconcile.fluxcd.io/requestedAt": token } };
  for (let start = 0; start < keys.length; start += 20) {
    await Promise.all(
      keys.slice(start, start + 20).map(async (key) => {
        asked.set(key, Date.now());
        await cluster.patch(referenceOf(key), { metadata });
      }),
    );
  }
}

function referenceOf(key: ObjectKey): Reference {
  const [kind = "", path = ""] = key.split(" ");
  const [namespace, name = ""] = path.split("/");
  const apiVersion = KINDS.find((entry) => entry.kind === kind)?.apiVersion ?? "";
  return { apiVersion, kind, name, namespace };
}

function summary(open: readonly ObjectProgress[]): string {
  const first = open.find(({ status }) => status === "failing") ?? open[0];
  return first === undefined
    ? ""
    : `${first.key.split("/")[1] ?? ""} ${first.message.split("\n")[0] ?? ""}`.slice(0, 160);
}

async function report(
  cluster: Cluster,
  live: ReadonlyMap<ObjectKey, FluxObject>,
  title: string,
  culprits: readonly ObjectProgress[],
  all: readonly ObjectProgress[],
): Promise<string> {
  const ready = all.filter(({ status }) => status === "ready").length;
  const events = await cluster.list("v1", "Event");
  const blocks = culprits.map(({ key, message }) => {
    const { kind, name, namespace } = referenceOf(key);
    const last = events
      .map(
        (event) =>
          event as unknown as { type?: string; message?: string; involvedObject?: Record<string, string> },
      )
      .filter(
        ({ type, involvedObject: object }) =>
          type === "Warning" &&
          object?.kind === kind &&
          object.name === name &&
          object.namespace === namespace,
      )
      .map((event) => (event.message ?? "").trim())
      .filter((text) => text !== "" && !message.includes(text))
      .slice(-3);
    const lines = [`${key}: ${message}`, ...last.map((text) => `  event: ${text}`)];
    return lines.join("\n");
  });
  const suspended = [...live].filter(([, object]) => object.spec?.suspend === true).map(([key]) => key);
  const hint = suspended.length === 0 ? [] : [`Suspended: ${suspended.join(", ")}`];
  return [
    `${title}: ${String(ready)} of ${String(all.length)} objects are ready.`,
    ...blocks,
    ...hint,
    "→ Mend the cause, then run `pulumi up` again: it commits nothing twice and goes on following.",
  ].join("\n");
}
