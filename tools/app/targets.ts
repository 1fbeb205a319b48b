import { cutArtifacts, generatorSources } from "../../provider/flux/follow/artifact-generator";
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

/** What objects take from, in the order in which it has to look. */
export interface Origins {
  /** What fetches: repositories, registries, buckets. */
  readonly sources: readonly ObjectKey[];
  /** What cuts those into artifacts. */
  readonly generators: readonly ObjectKey[];
}

/** An ExternalArtifact only says what somebody made: in its place stands the generator that did, where there is one. */
export function originsOf(keys: readonly ObjectKey[], live: ReadonlyMap<ObjectKey, FluxObject>): Origins {
  const all = [...live.keys()].filter((key) => key.startsWith("ArtifactGenerator "));
  const cut = cutArtifacts(live, all);
  const [sources, generators, seen] = [new Set<ObjectKey>(), new Set<ObjectKey>(), new Set<ObjectKey>()];
  const visit = (source: ObjectKey | undefined): void => {
    if (source === undefined || seen.has(source) || !live.has(source)) return;
    seen.add(source);
    const generator = cut.get(source)?.generator;
    if (generator === undefined) {
      if (!source.startsWith("ExternalArtifact ")) sources.add(source);
      return;
    }
    for (const [, from] of generatorSources(live.get(generator))) visit(from);
    generators.add(generator);
  };
  for (const key of keys) visit(sourceOfAny(live.get(key)));
  return { sources: [...sources], generators: [...generators] };
}
