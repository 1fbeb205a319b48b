import { FLUX_SYSTEM } from "../../manifests/flux/objects";
import type { Cluster } from "../kubernetes/cluster";

/** What of the inputs names Secrets in flux-system. */
export interface SecretInputs {
  /** Those that resources of the stack make after Flux is installed. */
  readonly secrets?: readonly string[];
  /** One that comes with Flux. */
  readonly pullSecret?: { readonly metadata?: { readonly name?: string } };
}

/**
 * How often each Secret was found missing, by name: a part of what replaces it. The Kubernetes provider looks at nothing
 * without a refresh, so that a Secret that somebody deleted would stay away.
 */
export type Lost = Readonly<Record<string, number>>;

/**
 * Secrets of ours that aren't there any more: those that the last `up` knew, too. One request, of names alone.
 * @param olds inputs of the last `up`
 */
export async function missingSecrets(
  cluster: Cluster,
  olds: SecretInputs,
  news: SecretInputs,
): Promise<readonly string[]> {
  const before = namesIn(olds);
  const names = namesIn(news).filter((name) => before.includes(name));
  if (names.length === 0) return [];
  const there = await cluster.names("v1", "Secret", FLUX_SYSTEM);
  return names.filter((name) => !there.has(name));
}

function namesIn({ secrets = [], pullSecret }: SecretInputs): readonly string[] {
  return [...secrets, ...[pullSecret?.metadata?.name ?? []].flat()];
}

/** With these missing once more. */
export function lostWith(before: Lost | undefined, missing: readonly string[]): Lost {
  return { ...before, ...Object.fromEntries(missing.map((name) => [name, (before?.[name] ?? 0) + 1])) };
}

/** `Secrets flux-system/a, flux-system/b are gone` */
export function describeMissing(missing: readonly string[]): string {
  const names = missing.map((name) => `${FLUX_SYSTEM}/${name}`).join(", ");
  return missing.length === 1 ? `the Secret ${names} is gone` : `the Secrets ${names} are gone`;
}
