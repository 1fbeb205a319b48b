import { HandlerContext, UserError } from "../plugin/handler";
import { pause } from "../http/patience";
import { AnswerLost } from "./client";
import { listFaults } from "../../manifests/cloudflare/ingress-rule-checks";
import { Rule, sameRule } from "../../manifests/cloudflare/ingress-rules";

/** A tunnel's configuration as the API keeps it: one document, replaced as a whole. */
export interface TunnelConfiguration {
  /** Raised by one at every write. */
  readonly version: number;
  readonly rules: readonly Rule[];
  /** What else the document holds (`warp-routing`, `originRequest`): sent back as it came. */
  readonly rest: Readonly<Record<string, unknown>>;
}

/** `undefined`: the tunnel or its configuration doesn't exist. */
export interface ConfigurationApi {
  get(): Promise<TunnelConfiguration | undefined>;
  put(config: Readonly<Record<string, unknown>>): Promise<TunnelConfiguration | undefined>;
}

export interface ConfigurationEdit {
  /** Names the tunnel, for the queue of this process. */
  readonly target: string;
  /** The list as it should be. Pure: called again on the newer list when somebody else wrote. */
  readonly edit: (rules: readonly Rule[]) => readonly Rule[];
  /** True when the list shows the edit. */
  readonly holds: (rules: readonly Rule[]) => boolean;
  /** Called when there is no such tunnel. */
  readonly missing: () => void;
}

const ATTEMPTS = 12;
const queues = new Map<string, Promise<unknown>>();

/**
 * Edits the list by read, change, replace — the only way that the API has. It knows no precondition (no ETag), so a
 * writer elsewhere can replace what we wrote with a list that it had read before. Three things find that: one writer
 * at a time in this process; the version, which jumps when somebody wrote between our read and our write; and a
 * second look after any write under way at that time has landed. Whatever is missing then is written again.
 */
export async function editConfiguration(
  ctx: HandlerContext,
  api: ConfigurationApi,
  edit: ConfigurationEdit,
): Promise<void> {
  let answered = false;
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    const result = await inTurn(edit.target, () => replaceOnce(ctx, api, edit));
    if (result === "missing") {
      edit.missing();
      return;
    }
    if (result === "lost") {
      ctx.status(`no answer to the write of the tunnel's rules, looking again (${attempt} of ${ATTEMPTS})`);
      await pause(ctx, 250 * 2 ** Math.min(attempt, 5), "looking at the tunnel's rules in");
      continue;
    }
    answered = true;
    if (result.wrote) await pause(ctx, settling(result.milliseconds), "looking at the tunnel's rules in");
    const now = await api.get();
    if (now === undefined || edit.holds(now.rules)) return;
    const again = `another writer replaced the tunnel's rules, merging again (${attempt} of ${ATTEMPTS})`;
    ctx.status(again);
    await pause(ctx, Math.random() * result.milliseconds * 2 ** Math.min(attempt, 5), again);
  }
  if (!answered) {
    throw new UserError(
      `Cloudflare answered none of ${ATTEMPTS} writes of the tunnel's rules\n` +
        "→ Check the network and https://www.cloudflarestatus.com, then run the same command again.",
    );
  }
  throw new UserError(
    `the tunnel's rules were replaced by another writer ${ATTEMPTS} times in a row. Stop what else writes the whole ` +
      `list, such as another ZeroTrustTunnelCloudflaredConfig resource, and run again`,
  );
}

interface Round {
  readonly wrote: boolean;
  /** How long the read and the write took: what another writer needs as well. */
  readonly milliseconds: number;
}

async function replaceOnce(
  ctx: HandlerContext,
  api: ConfigurationApi,
  { edit }: ConfigurationEdit,
): Promise<Round | "missing" | "lost"> {
  const started = Date.now();
  const before = await api.get();
  if (before === undefined) return "missing";
  const rules = edit(before.rules);
  if (sameList(rules, before.rules)) return { wrote: false, milliseconds: Date.now() - started };
  const faults = listFaults(rules, before.rules);
  if (faults.length > 0) throw new UserError(`the tunnel's rules would be refused: ${faults.join("; ")}`);

  const after = await api.put({ ...before.rest, ingress: rules }).catch((error: unknown) => {
    if (error instanceof AnswerLost) return "lost" as const;
    throw error;
  });
  if (after === "lost") return "lost";
  if (after === undefined) return "missing";
  const lost = after.version - before.version - 1;
  if (lost > 0) {
    ctx.status(`${lost} other write(s) of the tunnel's rules since version ${before.version}`);
    ctx.warn(
      `the rules of the tunnel were written ${lost} time(s) by somebody else between our read (version ` +
        `${before.version}) and our write (version ${after.version}). Other runs of this program notice and write their ` +
        `rules again; a change made in the dashboard at that moment may be lost: see versions ` +
        `${before.version + 1} to ${after.version - 1} in the account's audit log`,
    );
  }
  return { wrote: true, milliseconds: Date.now() - started };
}

/** Long enough for a read and write that overlapped ours to end, even when they took twice as long. */
function settling(milliseconds: number): number {
  return Math.min(5_000, 250 + 2 * milliseconds);
}

function sameList(a: readonly Rule[], b: readonly Rule[]): boolean {
  return a.length === b.length && a.every((rule, i) => sameRule(rule, b[i] ?? { service: "" }));
}

/** Runs one task at a time for each target; a failed one doesn't stop those behind it. */
async function inTurn<T>(target: string, task: () => Promise<T>): Promise<T> {
  const previous = queues.get(target) ?? Promise.resolve();
  const next = previous.then(task);
  queues.set(
    target,
    next.catch(() => undefined),
  );
  return next;
}
