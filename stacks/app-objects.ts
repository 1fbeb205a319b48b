import { helmReleasesIn } from "../components/flux/flux-objects";
import { FLUX_SYSTEM } from "../manifests/flux/objects";
import type { FileTexts, PlacedApp } from "../manifests/layouts/layout";

/**
 * The Flux objects that each app consists of, as `Kind namespace/name`: so that commands can go by the app's name. Those
 * of a parked app aren't in the cluster, and it is left out.
 */
export function appObjects(placed: readonly PlacedApp[]): Readonly<Record<string, readonly string[]>> {
  const objects = placed.flatMap((app): [string, string[]][] => {
    if (app.name === undefined || app.parked === true) return [];
    const files = [app.files, ...Object.values(app.elsewhere).map((one) => one.files)];
    const kustomizations = app.kustomizations.map(
      ({ name, namespace = FLUX_SYSTEM }) => `Kustomization ${namespace}/${name}`,
    );
    const releases = files
      .flatMap((texts) => helmReleasesIn(knownTexts(texts)))
      .map(({ name, namespace }) => `HelmRelease ${namespace}/${name}`);
    return [[app.name, [...new Set([...kustomizations, ...releases])]]];
  });
  return Object.fromEntries(objects.filter(([, keys]) => keys.length > 0));
}

function knownTexts(files: FileTexts): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(files).filter((entry): entry is [string, string] => typeof entry[1] === "string"),
  );
}
