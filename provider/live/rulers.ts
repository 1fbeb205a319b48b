import { groupOf } from "../git/build/objects";
import type { LiveObject } from "../kubernetes/live-object";

/** Words of the API server about what rules objects, and the kinds that say so: `group Kind`, or a whole group. */
const RULED: readonly (readonly [words: RegExp, rulers: RegExp])[] = [
  [/exceeded quota|must specify .* for|failed quota/, /^ ResourceQuota$/],
  [/(maximum|minimum) .*(usage|limit)|max limit\/request ratio/, /^ LimitRange$/],
  [/violates PodSecurity/, /^ Namespace$/],
  [/ValidatingAdmissionPolicy/, /^admissionregistration\.k8s\.io /],
  [/no PriorityClass with name/, /^scheduling\.k8s\.io PriorityClass$/],
  [
    /admission webhook/,
    /^(admissionregistration\.k8s\.io |kyverno\.io |policies\.kyverno\.io |(constraints|templates)\.gatekeeper\.sh )/,
  ],
];

/**
 * What in the same commit may make another verdict of a refusal: a quota that is raised, a policy that is changed or goes,
 * the definition of the object's own kind. Flux tries again until they are there; a dry run can't know them.
 * @param changed what the commit brings, changes and takes away
 */
export function rulerOf(
  words: string,
  { apiVersion = "", kind = "", metadata }: LiveObject,
  changed: readonly LiveObject[],
): LiveObject | undefined {
  const group = groupOf(apiVersion);
  return changed.find((one) => {
    if (one.kind === kind && one.metadata?.name === metadata?.name) return false;
    const { spec, metadata: { name: own = "", namespace } = {} } = one;
    if (one.kind === "CustomResourceDefinition") {
      const { group: of, names } = (spec ?? {}) as {
        readonly group?: string;
        readonly names?: { kind?: string };
      };
      return of === group && names?.kind === kind;
    }
    const name = `${groupOf(one.apiVersion ?? "")} ${one.kind ?? ""}`;
    const place = one.kind === "Namespace" ? own : namespace;
    const reaches = place === undefined || metadata?.namespace === place;
    return reaches && RULED.some(([said, rulers]) => said.test(words) && rulers.test(name));
  });
}
