import type { ObjectKey } from "../../provider/flux/follow/flux-object";
import { referenceOf } from "../../provider/flux/follow/nudges";
import type { Cluster } from "../../provider/kubernetes/cluster";

/**
 * Suspends or resumes objects, as `flux suspend` does: git doesn't say `suspend`, so that Flux leaves what is set here.
 * @returns those that aren't in the cluster
 */
export async function setSuspended(
  cluster: Cluster,
  keys: readonly ObjectKey[],
  suspend: boolean,
): Promise<readonly ObjectKey[]> {
  const done = await Promise.all(
    keys.map(async (key) =>
      (await cluster.patch(referenceOf(key), { spec: { suspend } })) ? undefined : key,
    ),
  );
  return done.filter((key) => key !== undefined);
}

/**
 * What the next `up` makes of it: it fails at a suspended object unless the settings allow it, and never resumes one.
 * @param allowed objects that `ready.allowSuspended` names
 */
export function afterSuspending(
  stack: string,
  keys: readonly ObjectKey[],
  allowed: readonly ObjectKey[],
): readonly string[] {
  const others = keys.filter((key) => !allowed.includes(key));
  if (others.length === 0)
    return ["The next `pulumi up` leaves it so, and passes: `ready.allowSuspended` names all of them."];
  return [
    "Flux applies no commit to them until they are resumed, and doesn't mend what others change.",
    "The next `pulumi up` doesn't resume them, and fails because of them. To let it pass meanwhile:",
    ...others.map(
      (key, index) =>
        `  pulumi config set --stack ${stack} --path 'handoff:ready.allowSuspended[${String(allowed.length + index)}]' '${key}'`,
    ),
  ];
}

/** What is left in the settings that nobody needs any more. */
export function afterResuming(keys: readonly ObjectKey[], allowed: readonly ObjectKey[]): readonly string[] {
  const named = keys.filter((key) => allowed.includes(key));
  return named.length === 0
    ? []
    : [
        `\`ready.allowSuspended\` still names ${named.join(", ")}: take it out, so that \`pulumi up\` tells when it is suspended again.`,
      ];
}
