import type { App } from "../manifests/app";
import { InputError, join } from "../manifests/files";
import { GENERATED, type BootstrapLayout } from "../manifests/flux/layout";
import { FLUX_SYSTEM } from "../manifests/flux/objects";
import { checkOrder } from "../manifests/flux/order";
import { clashes } from "../manifests/layouts/clashes";
import type { PlacedApp, PlacedPart } from "../manifests/layouts/layout";

export interface Places {
  readonly apps: readonly App[];
  readonly place: () => readonly PlacedApp[];
  /** Those that were found before, which are told together with these. */
  readonly faults: readonly string[];
  /** Where Flux's own files lie. */
  readonly flux: BootstrapLayout;
  /** Files of the system's own in Flux's repository. */
  readonly further?: Readonly<Record<string, string>>;
}

/**
 * Where the apps lie, when nothing is wrong with that, nor with the order in which they start, and nothing was before.
 * @throws InputError with all faults, before anything is changed
 */
export function checkPlaces({ apps, place, faults, flux, further = {} }: Places): readonly PlacedApp[] {
  const [placed, refused] = attempt(place);
  // Two of one name are a fault already.
  const named = placed.filter(({ name }, index) => {
    return name === undefined || placed.findIndex((app) => app.name === name) === index;
  });
  const sources = [...new Set(placed.flatMap(({ elsewhere }) => Object.keys(elsewhere)))];
  const all = [
    ...faults,
    ...refused,
    ...clashes(
      [...named.map(own), { by: "the system", files: further }, ownFiles(flux)],
      "Flux's repository",
    ),
    ...orderFaults(apps, placed),
    ...rootFaults(placed, flux),
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

/** Files of Flux's own: whatever the text, no app writes them. */
function ownFiles({ gotkPath }: BootstrapLayout) {
  const names = [...GENERATED, "kustomization.yaml", "shards.yaml"];
  return {
    by: "Flux itself",
    files: Object.fromEntries(names.map((name) => [join(gotkPath, name), Symbol(name)])),
  };
}

/** What Flux's root applies itself would have two owners, of which each prunes what the other wants. */
function rootFaults(placed: readonly PlacedApp[], { path }: BootstrapLayout): string[] {
  const applied = (folder: string): boolean => folder === "" || `${path}/`.startsWith(`${folder}/`);
  return placed
    .flatMap(({ kustomizations }) => kustomizations)
    .filter(({ sourceRef }) => (sourceRef?.name ?? FLUX_SYSTEM) === FLUX_SYSTEM)
    .filter((part) => applied(part.path.replace(/^(\.\/)+/, "").replace(/\/+$/, "")))
    .map(
      (part) =>
        `The Kustomization ${part.name} would apply ${part.path}, with ${path} in it, which Flux's root applies: give it a folder of its own.`,
    );
}

/** Flux never reports these: a Kustomization that waits for what isn't there just waits. */
function orderFaults(apps: readonly App[], placed: readonly PlacedApp[]): string[] {
  const hint = (name: string): string | undefined => {
    const parked = apps.find(
      (app) => app.parked === true && app.kustomizations.some((part) => part.name === name),
    );
    if (parked !== undefined) return `The app ${parked.name} is parked: park what waits for it, or neither.`;
    const parts = apps.find((app) => app.name === name)?.kustomizations ?? [];
    const names = parts.map((part) => part.name).join(", ");
    return names === "" ? undefined : `The app ${name} is the Kustomizations ${names}: name one of them.`;
  };
  return checkOrder(
    placed.flatMap(({ kustomizations }) => kustomizations),
    { hint },
  );
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
