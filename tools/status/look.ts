import { setTimeout as sleep } from "node:timers/promises";
import type { Cluster } from "../../provider/kubernetes/cluster";
import { UserError } from "../../provider/plugin/handler";
import { type FluxState, readFlux } from "../cluster/flux-state";
import { readOutputs, type StackChoice, type StackOutputs } from "../stack/pulumi";
import { connect, readStack, type Stack } from "../stack/stack";
import { type Status, statusOf } from "./status";

/** How often the cluster is asked, and how often the stack's outputs are read again: an `up` may have run meanwhile. */
const LOOK_EVERY = 3000;
const OUTPUTS_EVERY = 60_000;

/** What is shown is called live for no longer without an answer: milliseconds. */
const PATIENCE = 15_000;

/** What a look finds. */
export interface Look {
  readonly status: Status;
  readonly flux: FluxState;
  readonly outputs: StackOutputs;
}

/** Since when the cluster hasn't answered, in milliseconds, and why. */
export interface Outage {
  readonly since: number;
  readonly error: UserError;
}

/** Looks at a stack's cluster, as often as it is asked to. */
export class Looker {
  private outputs: StackOutputs | undefined;
  private readAt = 0;

  constructor(
    readonly stack: Stack,
    readonly cluster: Cluster,
    private readonly readOutputs: () => Promise<StackOutputs>,
  ) {}

  /**
   * @param attempts of a request to the cluster whose failure may pass
   * @throws UserError or pulumi.RunError when the settings or the kubeconfig can't be read
   */
  static async of(choice: StackChoice, attempts?: number): Promise<Looker> {
    const stack = await readStack(choice);
    return new Looker(stack, await connect(stack, attempts), async () => await readOutputs(choice));
  }

  /** @throws UserError when the cluster can't be asked */
  async look(): Promise<Look> {
    const [flux, outputs] = await Promise.all([readFlux(this.cluster), this.newestOutputs()]);
    const { name, settings } = this.stack;
    const { allowSuspended } = settings.ready;
    const status = statusOf({ stack: name, cluster: this.cluster.server, outputs, flux, allowSuspended });
    return { status, flux, outputs };
  }

  /** Without the stack's state there is still what the cluster has. */
  private async newestOutputs(): Promise<StackOutputs> {
    if (this.outputs !== undefined && Date.now() - this.readAt < OUTPUTS_EVERY) return this.outputs;
    try {
      this.outputs = await this.readOutputs();
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      if (this.outputs === undefined)
        process.stderr.write(`${error.message}\n→ Which commits and objects are this stack's isn't shown.\n`);
      this.outputs ??= {};
    }
    this.readAt = Date.now();
    return this.outputs;
  }
}

/**
 * A look every few seconds; while the cluster doesn't answer, the outage in its place. Ends with the signal.
 * @param patience milliseconds after which one that has neither answered nor refused counts as not answering
 */
export async function* looks<T>(
  look: () => Promise<T>,
  signal: AbortSignal,
  every = LOOK_EVERY,
  patience = PATIENCE,
): AsyncGenerator<{ readonly look: T } | { readonly outage: Outage }> {
  let since: number | undefined;
  while (!signal.aborted) {
    try {
      const [asked, at] = [look(), Date.now()];
      if (await isOver(asked, patience)) {
        since ??= at;
        yield { outage: { since, error: new UserError("it takes the request, and hasn't answered yet") } };
      }
      yield { look: await asked };
      since = undefined;
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      since ??= Date.now();
      yield { outage: { since, error } };
    }
    await sleep(every, undefined, { signal }).catch(() => undefined);
  }
}

/** Whether a time is over before there is an answer. */
async function isOver(answer: Promise<unknown>, ms: number): Promise<boolean> {
  const answered = new AbortController();
  try {
    const over = sleep(ms, true, { signal: answered.signal });
    return await Promise.race([answer.then(() => false), over]);
  } finally {
    answered.abort();
  }
}
