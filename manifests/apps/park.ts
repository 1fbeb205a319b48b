import type { App } from "../app";
import { InputError } from "../files";
import type { Manifest } from "../yaml";

/**
 * Parks some of the apps: they leave the cluster, and their manifests stay in git.
 * @throws InputError for a name that no app has, and for an app that runs and waits for one that is parked
 */
export function park(apps: readonly App[], names: readonly string[]): App[] {
  const parked = new Set(names);
  const faults = names
    .filter((name) => !apps.some((app) => app.name === name))
    .map(
      (name) => `There is no service ${name} to park; there are ${apps.map((app) => app.name).join(", ")}.`,
    );
  for (const app of apps) {
    if (parked.has(app.name)) continue;
    for (const other of new Set(waitsFor(app))) {
      if (!parked.has(other)) continue;
      faults.push(
        `${app.name} waits for ${other}, which is parked: park ${app.name} too, or neither of them.`,
      );
    }
  }
  if (faults.length > 0) throw new InputError(faults.join("\n"));
  return apps.map((app) => (parked.has(app.name) ? { ...app, parked: true } : app));
}

/** What the Kustomizations and HelmReleases of an app depend on. */
function waitsFor({ kustomizations, objects = {} }: App): string[] {
  const specs = Object.values(objects)
    .flat()
    .filter((object): object is Manifest => object !== undefined && "kind" in object)
    .map(({ spec }) => spec as { readonly dependsOn?: readonly { readonly name: string }[] } | undefined);
  return [...kustomizations, ...specs].flatMap((spec) => spec?.dependsOn ?? []).map(({ name }) => name);
}
