import { dirname } from "node:path/posix";
import type { App } from "../app";
import { InputError, join } from "../files";
import { FLUX_SYSTEM, kustomization, type KustomizationOptions } from "../flux/objects";
import { goDuration } from "../flux/sync-manifest";
import {
  inFolder,
  layout,
  placedFiles,
  placeKustomization,
  plainFolder,
  resourceEntries,
  withKustomizations,
  type Delivery,
  type FileText,
  type Layout,
  type PlacedApp,
} from "./layout";

export interface FanOutOptions {
  /** Folder that Flux reads and lives in: `k8s/flux-system`. What the Kustomizations apply lies beside it. */
  readonly clusterPath: string;
}

/**
 * One root that fans out: beside Flux's own files a `<name>-sync.yaml` per Kustomization, each with an entry in the
 * root's kustomization.yaml, and beside the root a folder of plain files per Kustomization.
 */
export function fanOut({ clusterPath }: FanOutOptions): Layout {
  const root = join(clusterPath);
  return layout((apps, delivery) => apps.map((app) => placeApp(app, root, delivery)));
}

function placeApp(app: App, root: string, delivery: Delivery): PlacedApp {
  const parts = app.kustomizations.map((part) => {
    const folder = folderBeside(root, part.folder ?? part.name);
    if (folder === root) throw new InputError(`${app.name} can't lie in ${root}, where Flux lives.`);
    return placeKustomization(part, folder, delivery, plainFolder);
  });
  const { files, keep, elsewhere } = placedFiles(parts);
  const syncs: Readonly<Record<string, FileText>> = plainFolder(
    withKustomizations(
      Object.fromEntries(
        Object.entries(app.objects ?? {}).map(([file, objects]) => [`${app.name}-${file}`, objects]),
      ),
      parts.map(({ options, file }) => [syncFile(options.name, file), sync(options)]),
    ),
    delivery,
  );
  return {
    name: app.name,
    files: { ...inFolder(root, syncs), ...files },
    keep,
    elsewhere,
    ...(app.generators && { generators: app.generators }),
    ...(app.parked === true
      ? { edits: {}, kustomizations: [], parked: true }
      : {
          edits: resourceEntries(join(root, "kustomization.yaml"), Object.keys(syncs)),
          kustomizations: parts.map(({ options }) => options),
        }),
  };
}

/** Apps of the catalog name files for layouts of another style. */
function syncFile(name: string, file: string | undefined): string {
  return file?.endsWith("-sync.yaml") === true ? file : `${name}-sync.yaml`;
}

/** Folder of what a Kustomization applies: `folderBeside("k8s/flux-system", "umami")` is `k8s/umami`. */
export function folderBeside(clusterPath: string, name: string): string {
  return join(dirname(join(clusterPath)), name);
}

/** In the words of the gotk-sync.yaml beside it. */
function sync(options: KustomizationOptions) {
  return kustomization({
    ...options,
    interval: goDuration(options.interval ?? "10m"),
    sourceRef: options.sourceRef ?? { kind: "GitRepository", name: FLUX_SYSTEM },
  });
}
