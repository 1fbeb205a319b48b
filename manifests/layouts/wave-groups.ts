import { InputError } from "../files";
import type { KustomizationOptions } from "../flux/objects";
import { waves } from "../flux/order";

export interface AppWave {
  /** `Wave 2: after external-secrets-crds, vault` */
  readonly title: string;
  readonly members: readonly KustomizationOptions[];
}

/**
 * The Kustomizations by the round in which they can start. Those of a group are in the round of the last of them, and
 * within it each comes after what it waits for.
 * @throws InputError when one outside of a group would have to start between two of its members, and for every fault
 * that `waves` finds.
 */
export function appWaves(
  running: readonly KustomizationOptions[],
  together: readonly (readonly string[])[] = [],
): AppWave[] {
  const order = waves(running).flat();
  const rounds = settledRounds(running, order, together);
  // A group can leave the round empty in which its first could have started.
  const used = [...new Set(rounds.values())].sort((one, other) => one - other);
  return used.map((round, index) => {
    const members = order.flatMap((name) =>
      rounds.get(name) === round ? running.filter((one) => nameOf(one) === name) : [],
    );
    const inside = new Set(members.map(nameOf));
    const before = members.flatMap((one) => dependenciesOf(one).filter((name) => !inside.has(name)));
    const after = before.length === 0 ? "" : `: after ${[...new Set(before)].sort().join(", ")}`;
    return { title: `Wave ${String(index + 1)}${after}`, members };
  });
}

/** The first round for each that is after those of its dependencies, and the same for the members of a group. */
function settledRounds(
  running: readonly KustomizationOptions[],
  order: readonly string[],
  together: readonly (readonly string[])[],
): ReadonlyMap<string, number> {
  const rounds = new Map(order.map((name) => [name, 0]));
  const round = (name: string): number => rounds.get(name) ?? 0;
  const grouped = (one: string, other: string): boolean =>
    together.some((group) => group.includes(one) && group.includes(other));
  const raise = (name: string, least: number): boolean => {
    if (round(name) >= least) return false;
    rounds.set(name, least);
    return true;
  };
  // First without the groups: within one its members wait for each other too.
  const pass = (apart: (one: string, other: string) => boolean): boolean =>
    running
      .map((one) => [nameOf(one), dependenciesOf(one)] as const)
      .flatMap(([name, needs]) =>
        needs.filter((need) => apart(name, need)).map((need) => [name, need] as const),
      )
      .map(([name, need]) => raise(name, round(need) + 1))
      .includes(true);
  while (pass(() => true));
  const known = (group: readonly string[]): string[] => group.filter((name) => rounds.has(name));
  const level = (): boolean =>
    together
      .map(known)
      .flatMap((group) => group.map((name) => raise(name, Math.max(...group.map(round)))))
      .includes(true);
  for (let passes = 0; level() || pass((one, other) => !grouped(one, other)); passes++) {
    if (passes > order.length) {
      const groups = together.map((group) => group.join(", ")).join("; ");
      throw new InputError(`Something has to start between two Kustomizations that are one wave: ${groups}.`);
    }
  }
  return rounds;
}

/** As Flux shows it: with its namespace where that isn't Flux's own. */
export const nameOf = ({ name, namespace = "flux-system" }: KustomizationOptions): string =>
  namespace === "flux-system" ? name : `${namespace}/${name}`;

function dependenciesOf({ dependsOn = [], namespace: own = "flux-system" }: KustomizationOptions): string[] {
  return dependsOn.map(({ name, namespace = own }) => nameOf({ name, namespace, path: "" }));
}
