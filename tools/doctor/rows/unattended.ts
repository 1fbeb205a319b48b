import { FLUX_SYSTEM } from "../../../manifests/flux/objects";
import { SHARD_LABEL } from "../../../manifests/flux/shards";
import type { FluxObject } from "../../../provider/flux/follow/flux-object";
import type { LiveObject } from "../../../provider/kubernetes/live-object";
import { standing } from "../../cluster/condition";
import { controllerOf, noShard, takesShard } from "../../cluster/controllers";
import type { Check, Finding } from "../check";

/** A controller looks within seconds at what is new, or is to go. */
const MOST_MS = 2 * 60_000;

/** Neither failing nor ready: nobody has said a word of it, or takes it away. */
export const unattended: Check = {
  id: "no-controller-looks-at-it",
  title: "No controller looks at it",
  async run(patient) {
    const [{ objects }, controllers] = await Promise.all([patient.flux(), patient.controllers()]);
    const now = Date.now();
    return [...objects].flatMap(([key, object]): Finding[] => {
      const { creationTimestamp, deletionTimestamp } = object.metadata ?? {};
      const since = deletionTimestamp ?? creationTimestamp;
      if (since !== undefined && now - Date.parse(since) < MOST_MS) return [];
      const silent = standing(object, objects).state === "reconciling" && isSilent(object);
      if (deletionTimestamp === undefined && !silent) return [];
      const text =
        deletionTimestamp === undefined
          ? "its status is empty"
          : `is being deleted since ${deletionTimestamp}, and nobody takes off its finalizers: ${(object.metadata?.finalizers ?? []).join(", ")}`;
      return [{ verdict: "fail", object: key, text, fix: fixOf(object, controllers) }];
    });
  },
};

function isSilent({ status }: FluxObject): boolean {
  // The definitions put -1 there themselves.
  return (status?.conditions ?? []).length === 0 && (status?.observedGeneration ?? -1) < 0;
}

function fixOf({ kind = "", metadata }: FluxObject, controllers: readonly LiveObject[]): string {
  const shard = metadata?.labels?.[SHARD_LABEL];
  const name = controllerOf(kind);
  if (shard !== undefined && !controllers.some((one) => takesShard(one, shard))) return noShard(shard);
  const place = metadata?.namespace ?? FLUX_SYSTEM;
  const elsewhere =
    place === FLUX_SYSTEM ? "" : `, and see namespaces beside its own (\`flux.watchAllNamespaces\`)`;
  return `does its controller run${elsewhere}? kubectl logs -n ${FLUX_SYSTEM} deployment/${name}${shard === undefined ? "" : `-${shard}`}`;
}
