import { FLUX_SYSTEM, type KustomizationOptions } from "./objects";

type Substituted = Pick<KustomizationOptions, "name" | "namespace" | "postBuild">;

/** The first release whose kustomize-controller (1.9) refuses variables that have no value. */
const STRICT = [2, 9] as const;
const GATE = "StrictPostBuildSubstitutions";

/**
 * What changes for those who run Flux when it goes from one release to another, a text each.
 * Source: https://github.com/fluxcd/kustomize-controller/blob/main/CHANGELOG.md
 * @param from as `v2.8.1`
 * @param kustomizations ours
 * @param patches texts of the repository's own patches of Flux's components
 */
export function upgradeNotes(
  from: string,
  to: string,
  kustomizations: readonly Substituted[],
  patches: readonly string[] = [],
): readonly string[] {
  const crosses = isBefore(from, STRICT) && !isBefore(to, STRICT);
  if (!crosses || patches.some((text) => text.includes(`${GATE}=`))) return [];
  const ours = kustomizations.filter(({ postBuild }) => postBuild !== undefined);
  const names = ours.map(({ namespace = FLUX_SYSTEM, name }) => `${namespace}/${name}`);
  const hit =
    names.length === 0
      ? "No Kustomization of this stack has `postBuild`; those of others that Flux applies may."
      : `Of this stack: ${names.join(", ")}; and those of others with \`postBuild\` that Flux applies.`;
  return [
    [
      `From Flux ${from} to ${to}: a Kustomization with \`postBuild\` fails where its manifests name a variable that has neither a value nor a default; until now it became empty.`,
      hit,
      `→ Give each variable a value, or a default (\${NAME:=text}), and write what isn't one as $\${NAME}; or patch kustomize-controller with the argument --feature-gates=${GATE}=false first.`,
    ].join("\n"),
  ];
}

function isBefore(version: string, [major, minor]: readonly [number, number]): boolean {
  const [, ours, theirs] = /^v?(\d+)\.(\d+)/.exec(version) ?? [];
  if (ours === undefined || theirs === undefined) return false;
  return Number(ours) < major || (Number(ours) === major && Number(theirs) < minor);
}
