import type { Cluster } from "../../kubernetes/cluster";
import { noneIfForbidden } from "../../kubernetes/cluster-error";
import type { LiveObject } from "../../kubernetes/live-object";
import { FLUX_SYSTEM } from "../../../manifests/flux/objects";
import type { ObjectProgress } from "./conditions";
import type { ObjectKey } from "./flux-object";

const APPLIER = "kustomize-controller";
const GATE = "CancelHealthCheckOnNewRevision";

interface PodTemplate {
  readonly template?: {
    readonly spec?: {
      readonly containers?: readonly { readonly image?: string; readonly args?: readonly string[] }[];
    };
  };
}

/**
 * The health checks of Kustomizations. Their controller looks every five seconds at what it waits for, however soon that
 * is ready. With the feature `CancelHealthCheckOnNewRevision`, one that is asked to reconcile begins its checks anew at
 * once; without it, it would end them first and do everything a second time.
 */
export class HealthChecks {
  private readonly waiting = new Set<ObjectKey>();

  private constructor(private readonly restart: boolean) {}

  static async of(cluster: Cluster): Promise<HealthChecks> {
    const deployments = await cluster.list("apps/v1", "Deployment", FLUX_SYSTEM).catch(noneIfForbidden);
    // Those of shards, too.
    const appliers = deployments.flatMap(applierArgs);
    return new HealthChecks(appliers.length > 0 && appliers.every(hasGate));
  }

  /** Those to reconcile now: what they were seen to wait for has become ready. */
  passed(open: readonly ObjectProgress[]): readonly ObjectKey[] {
    if (!this.restart) return [];
    for (const { key, healthy } of open) if (healthy === false) this.waiting.add(key);
    return open.flatMap(({ key, healthy }) => (healthy === true && this.waiting.delete(key) ? [key] : []));
  }
}

/** The arguments of its kustomize-controller, if it is one. */
function applierArgs({ spec }: LiveObject): readonly (readonly string[])[] {
  const { containers = [] } = (spec as PodTemplate | undefined)?.template?.spec ?? {};
  return containers
    .filter(({ image = "" }) => image.split("/").at(-1)?.split(/[:@]/)[0] === APPLIER)
    .map(({ args = [] }) => args);
}

/** The last word on it counts. */
function hasGate(args: readonly string[]): boolean {
  const gates = args.flatMap((arg) => /^--feature-gates=(.*)$/.exec(arg)?.[1]?.split(",") ?? []);
  return gates.findLast((gate) => gate.startsWith(`${GATE}=`)) === `${GATE}=true`;
}
