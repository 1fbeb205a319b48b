import { InputError } from "../manifests/files";
import { clashes } from "../manifests/layouts/clashes";
import type { PlacedApp, PlacedPart } from "../manifests/layouts/layout";

/**
 * Where the apps lie, when nothing is wrong with that and nothing was before.
 * @param faults those that were found before, which are told together with these
 * @param further files of the system's own in Flux's repository
 * @throws InputError with all faults, before anything is changed
 */
export function checkPlaces(
  place: () => readonly PlacedApp[],
  faults: readonly string[],
  further: Readonly<Record<string, string>> = {},
): readonly PlacedApp[] {
  const [placed, refused] = attempt(place);
  const sources = [...new Set(placed.flatMap(({ elsewhere }) => Object.keys(elsewhere)))];
  const all = [
    ...faults,
    ...refused,
    ...clashes([...placed.map(own), { by: "the system", files: further }], "Flux's repository"),
    ...sources.flatMap((source) => clashes(partsOf(placed, source), `the repository ${source}`)),
  ];
  if (all.length > 0) throw new InputError(all.join("\n"));
  return placed;
}

/** What the apps put into one of the repositories beside Flux's. */
export function partsOf(placed: readonly PlacedApp[], source: string): PlacedPart[] {
  return placed.flatMap((app) => {
    const part = app.elsewhere[source];
    return part === undefined ? [] : [{ ...part, by: ownerOf(app) }];
  });
}

function own(app: PlacedApp): PlacedPart {
  return { by: ownerOf(app), files: app.files, keep: app.keep };
}

function ownerOf({ name }: PlacedApp): string {
  return name === undefined ? "the layout" : `the app ${name}`;
}

/** What a layout refuses is a fault among others. */
function attempt(place: () => readonly PlacedApp[]): [readonly PlacedApp[], readonly string[]] {
  try {
    return [place(), []];
  } catch (error) {
    if (error instanceof InputError) return [[], [error.message]];
    throw error;
  }
}
