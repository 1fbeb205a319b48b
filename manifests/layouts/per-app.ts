import type { App } from "../app";
import { join } from "../files";
import { kustomization } from "../flux/objects";
import {
  inFolder,
  kustomizeFolder,
  layout,
  placedFiles,
  placeKustomization,
  resourceEntries,
  withKustomizations,
  type Delivery,
  type Layout,
  type PlacedApp,
} from "./layout";

export interface PerAppOptions {
  /** Folder that Flux was bootstrapped with: `clusters/my-cluster`. */
  readonly clusterPath: string;
  /** Folder of what Kustomizations apply. @default "infrastructure" */
  readonly infrastructurePath?: string;
}

/**
 * A folder per app below the cluster's, with a file per Kustomization, and an entry in the cluster's kustomization.yaml;
 * what the Kustomizations apply lies in a folder that clusters may share.
 */
export function perApp(options: PerAppOptions): Layout {
  return layout((apps, delivery) => apps.map((app) => placeApp(app, options, delivery)));
}

function placeApp(app: App, options: PerAppOptions, delivery: Delivery): PlacedApp {
  const own = join(options.clusterPath, app.name);
  const parts = app.kustomizations.map((part) => {
    const shared = join(options.infrastructurePath ?? "infrastructure", part.folder ?? part.name);
    return placeKustomization(part, part.perCluster ? join(own, part.folder ?? part.name) : shared, delivery);
  });
  const { files, keep, elsewhere } = placedFiles(parts);
  const objects = withKustomizations(
    app.objects ?? {},
    parts.map(({ options: part, file }, index) => [file ?? fileName(index, part.name), kustomization(part)]),
  );
  return {
    name: app.name,
    files: { ...inFolder(own, kustomizeFolder(objects, delivery)), ...files },
    keep,
    elsewhere,
    ...(app.generators && { generators: app.generators }),
    ...(app.parked === true
      ? { edits: {}, kustomizations: [], parked: true }
      : {
          edits: resourceEntries(join(options.clusterPath, "kustomization.yaml"), [`./${app.name}`]),
          kustomizations: parts.map((part) => part.options),
        }),
  };
}

function fileName(index: number, name: string): string {
  return `${String(index)}0-kustomization-${name}.yaml`;
}
