import { HandlerContext, UserError } from "../../plugin/handler";
import type { Cluster } from "../../kubernetes/cluster";
import { ClusterError } from "../../kubernetes/cluster-error";
import { readersOfChanged } from "./changed-inputs";
import { FailingTime } from "./failing-time";
import { HealthChecks } from "./health-checks";
import type { ObjectKey } from "./flux-object";
import { Nudges } from "./nudges";
import type { ObjectProgress } from "./conditions";
import { type Expectation, progressOf } from "./progress";
import { report } from "./report";
import { RootLoss } from "./root-loss";
import { StatusLine } from "./status-line";
import { FluxWatch, type Outage } from "./watch";

/** How long an object may fail before we give up on it, and how often it is asked to try again meanwhile. */
const PATIENCE = 90_000;
const RETRY_EVERY = 10_000;
/** How long the cluster may refuse our login: a new one may be on its way. */
const LOGIN_PATIENCE = 60_000;

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
  let [wanted, nudges] = [expected, new Nudges(cluster, expected.token)];
  const line = new StatusLine(ctx, cluster);
  const [failing, loss] = [new FailingTime(), new RootLoss()];
  const checks = await HealthChecks.of(cluster);
  for (;;) {
    const live = await watch.objects();
    const progress = progressOf(live, wanted);
    const open = progress.filter(({ status }) => status !== "ready");
    if (open.length === 0) {
      const { kustomizations, helmReleases, again } = wanted;
      const readers =
        again ??
        (await readersOfChanged(cluster, live, [...kustomizations, ...helmReleases]).catch(
          (error: unknown) => {
            if (!(error instanceof ClusterError) || Date.now() > deadline) throw error;
            return undefined;
          },
        ));
      if (readers === undefined) {
        await watch.changed(1000);
        continue;
      }
      if (readers.length === 0 || again !== undefined) {
        line.end(progress);
        return progress;
      }
      const token = new Date().toISOString();
      [wanted, nudges] = [{ ...wanted, token, again: readers }, new Nudges(cluster, token)];
      await nudges.ask(readers);
      continue;
    }
    const sources = Object.keys(wanted.sources).filter((key) => nudges.isNew(key) && live.has(key));

    const { outage } = watch;
    giveUpOn(outage, deadline, timeoutSeconds);
    if (outage !== undefined) failing.resume(Date.now());
    else {
      loss.look(live, wanted.kustomizations, Date.now());
      failing.look(open, Date.now());
      await nudges.ask([...sources, ...toAsk(open, nudges, failing), ...checks.passed(open)]);
      const lost = open.filter(({ key, status }) => status === "stopped" || failing.of(key) > PATIENCE);
      if (lost.length > 0 || Date.now() > deadline) {
        const title =
          lost.length > 0
            ? "The files are pushed, but Flux can't bring the cluster to them"
            : `The files are pushed, but after ${String(timeoutSeconds)} s the cluster isn't there yet`;
        const culprits = lost.length > 0 ? lost : open;
        throw new UserError(
          await report({ cluster, live, title, culprits, all: progress, seen: line.reasons }),
        );
      }
    }
    line.show(live, progress, outage);
    await watch.changed(Math.min(1000, deadline - Date.now() + 1));
  }
}

/** Those to look again: what fails, what waits for nothing any more, and what applies an object that isn't there. */
function toAsk(open: readonly ObjectProgress[], nudges: Nudges, failing: FailingTime): readonly ObjectKey[] {
  const appliers = new Set(open.flatMap(({ appliedBy = [] }) => appliedBy));
  const others = open
    .filter(({ key, status, nudge }) =>
      status === "failing"
        ? failing.of(key) >= RETRY_EVERY && nudges.isDue(key, RETRY_EVERY)
        : nudge === true && nudges.isDue(key),
    )
    .map(({ key }) => key);
  const again = [...appliers].filter((key) => !others.includes(key) && nudges.isDue(key, RETRY_EVERY));
  return [...others, ...again];
}

function giveUpOn(outage: Outage | undefined, deadline: number, timeoutSeconds: number): void {
  if (outage === undefined) return;
  const { error, since } = outage;
  const refused = error.status === 401 || error.status === 403;
  if (refused && Date.now() - since > LOGIN_PATIENCE) throw error;
  if (Date.now() <= deadline) return;
  throw new UserError(
    `The files are pushed, but after ${String(timeoutSeconds)} s the cluster can't be followed: ${error.message}`,
  );
}
