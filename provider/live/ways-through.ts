import type { LiveObject } from "../kubernetes/live-object";
import { at, type ImmutableChange, quantity } from "./immutable";

/** An entry of a StatefulSet's `volumeClaimTemplates`. */
interface ClaimTemplate {
  readonly metadata?: { readonly name?: string };
  readonly spec?: { readonly resources?: { readonly requests?: { readonly storage?: string } } };
}

/** How an object comes to what is wanted all the same, and what that does to what runs. Exact commands. */
export function wayThrough(object: LiveObject, changes: readonly ImmutableChange[]): string {
  const { kind = "", metadata: { name = "", namespace = "default" } = {} } = object;
  const remove = `kubectl delete ${kind.toLowerCase()} ${name} -n ${namespace}`;
  const again = "pulumi up";
  switch (kind) {
    case "StatefulSet": {
      const grown = grownClaims(object, changes);
      if (grown.length > 0)
        return [
          "Grow the volumes first, where their StorageClass has `allowVolumeExpansion`; the pods go on running, and Flux makes the StatefulSet again around them:",
          ...grown.map((command) => `    ${command}`),
          `    ${remove} --cascade=orphan && ${again}`,
        ].join("\n");
      if (changes.every(({ field }) => field !== "spec.selector"))
        return [
          "Let Flux make the StatefulSet again around its running pods; claims that are there stay as they are:",
          `    ${remove} --cascade=orphan && ${again}`,
        ].join("\n");
      return [
        "Let Flux make the StatefulSet again; its pods stop until then, its volumes stay:",
        `    ${remove} && ${again}`,
      ].join("\n");
    }
    case "Deployment":
    case "DaemonSet":
      return [`Let Flux make the ${kind} again; its pods stop until then:`, `    ${remove} && ${again}`].join(
        "\n",
      );
    case "Job":
      return ["Let Flux make the Job again; it then runs once more:", `    ${remove} && ${again}`].join("\n");
    case "PersistentVolumeClaim":
      return "A claim's data can't be taken along: make one of another name, copy what it holds, then let the workload use that.";
    case "Service":
      return ["Let Flux make the Service again; it gets another address:", `    ${remove} && ${again}`].join(
        "\n",
      );
    case "ConfigMap":
    case "Secret":
      return [
        "Give it another name, and use that; or let Flux make it again (pods that start meanwhile wait for it):",
        `    ${remove} && ${again}`,
      ].join("\n");
    default:
      return [`Let Flux make it again:`, `    ${remove} && ${again}`].join("\n");
  }
}

/** The commands that grow the claims of the pods; none when more than the size of a template changes, or it shrinks. */
function grownClaims(object: LiveObject, changes: readonly ImmutableChange[]): string[] {
  const [change, ...others] = changes;
  if (change?.field !== "spec.volumeClaimTemplates" || others.length > 0) return [];
  const { metadata: { name: set = "", namespace = "default" } = {} } = object;
  const [from, to] = [change.from, change.to] as (readonly ClaimTemplate[] | undefined)[];
  const pods = Array.from({ length: Number(at(object, "spec.replicas") ?? 1) }, (_, index) => index);
  return (to ?? []).flatMap((template) => {
    const claim = template.metadata?.name ?? "";
    const before = from?.find(({ metadata }) => metadata?.name === claim);
    const [was, size] = [before, template].map((it) => it?.spec?.resources?.requests?.storage);
    if (size === undefined || !(quantity(size) > quantity(was))) return [];
    const patch = JSON.stringify({ spec: { resources: { requests: { storage: size } } } });
    return pods.map(
      (pod) => `kubectl patch pvc ${claim}-${set}-${String(pod)} -n ${namespace} -p '${patch}'`,
    );
  });
}
