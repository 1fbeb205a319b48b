import { type FluxObject, type ObjectKey, sourceOfAny } from "../../provider/flux/follow/flux-object";
import { UserError } from "../../provider/plugin/handler";
import { didYouMean } from "../../manifests/nearest";
import type { StackOutputs } from "../stack/pulumi";

/** The Flux objects of an app, dependencies first as the system lists them. */
export interface Target {
  readonly app: string;
  readonly keys: readonly ObjectKey[];
}

/**
 * The apps that are asked for.
 * @throws UserError when one isn't known, or none is named
 */
export function targetsOf({ apps }: StackOutputs, names: readonly string[], all: boolean): readonly Target[] {
  if (apps === undefined)
    throw new UserError("the stack's outputs don't name its apps\n→ Run `pulumi up` once: it writes them.");
  const known = Object.keys(apps);
  if (all !== (names.length === 0))
    throw new UserError(`Say which apps, or --all of them: there are ${known.join(", ")}.`);
  const unknown = names.filter((name) => apps[name] === undefined);
  if (unknown.length > 0) {
    const guesses = unknown.flatMap((name) => didYouMean(name, known) ?? []);
    throw new UserError(
      [
        `${unknown.join(", ")}: no such app runs; there are ${known.join(", ")}.`,
        ...guesses,
        ...(guesses.length > 0 ? [] : ["→ A parked one isn't in the cluster."]),
      ].join("\n"),
    );
  }
  return (all ? known : [...new Set(names)]).map((app) => ({ app, keys: apps[app] ?? [] }));
}

/** All objects, each once: two apps may share one. */
export function keysOf(targets: readonly Target[]): readonly ObjectKey[] {
  return [...new Set(targets.flatMap(({ keys }) => keys))];
}

/** What they take from: repositories and charts' sources. */
export function sourcesOf(
  keys: readonly ObjectKey[],
  live: ReadonlyMap<ObjectKey, FluxObject>,
): readonly ObjectKey[] {
  return [...new Set(keys.flatMap((key) => sourceOfAny(live.get(key)) ?? []))].filter((key) => live.has(key));
}
