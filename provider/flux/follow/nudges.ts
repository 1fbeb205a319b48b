import type { Cluster } from "../../kubernetes/cluster";
import type { Reference } from "../../kubernetes/live-object";
import { ClusterError } from "../../kubernetes/cluster-error";
import { type ObjectKey } from "./flux-object";
import { KINDS } from "./watch";

/** How many requests run at once. */
const AT_ONCE = 16;
/** An object that was asked and hasn't answered is asked again after 1, 2, 4, … seconds, and then this often. */
const LONGEST_PAUSE = 10_000;

/** Asks objects to reconcile now, as `flux reconcile` does, and remembers when. */
export class Nudges {
  private readonly asked = new Map<ObjectKey, { readonly at: number; readonly times: number }>();

  constructor(
    private readonly cluster: Cluster,
    /** Value of the first request: when following began. */
    private readonly token: string,
  ) {}

  /** True when it was never asked. */
  isNew(key: ObjectKey): boolean {
    return !this.asked.has(key);
  }

  /** True when it was asked so long ago, or never, that it may be asked again. */
  isDue(key: ObjectKey, pause?: number): boolean {
    const last = this.asked.get(key);
    if (last === undefined) return true;
    return Date.now() - last.at >= (pause ?? Math.min(LONGEST_PAUSE, 1000 * 2 ** (last.times - 1)));
  }

  /**
   * Asks them, some at once. A request that fails is left to the next round: without it, Flux acts on its own schedule.
   * @throws ClusterError when the user may not write to the objects
   */
  async ask(keys: readonly ObjectKey[]): Promise<void> {
    const left = [...keys];
    const worker = async (): Promise<void> => {
      for (let key = left.pop(); key !== undefined; key = left.pop()) await this.askOne(key);
    };
    await Promise.all(Array.from({ length: Math.min(AT_ONCE, left.length) }, worker));
  }

  private async askOne(key: ObjectKey): Promise<void> {
    const times = (this.asked.get(key)?.times ?? 0) + 1;
    this.asked.set(key, { at: Date.now(), times });
    const requestedAt = times === 1 ? this.token : new Date().toISOString();
    const annotations = {
      "reconcile.fluxcd.io/requestedAt": requestedAt,
      // Helm's retries count anew, where they were used up.
      ...(key.startsWith("HelmRelease ") && { "reconcile.fluxcd.io/resetAt": requestedAt }),
    };
    try {
      await this.cluster.patch(referenceOf(key), { metadata: { annotations } });
    } catch (error) {
      if (!(error instanceof ClusterError) || error.status === 403) throw error;
    }
  }
}

export function referenceOf(key: ObjectKey): Reference {
  const [kind = "", path = ""] = key.split(" ");
  const [namespace, name = ""] = path.split("/");
  const apiVersion = KINDS.find((entry) => entry.kind === kind)?.apiVersion ?? "";
  return { apiVersion, kind, name, namespace };
}
