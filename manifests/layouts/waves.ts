import type { App, AppKustomization } from "../app";
import { join } from "../files";
import { FLUX_SYSTEM, kustomization, kustomizeConfig, type KustomizationOptions } from "../flux/objects";
import { toYaml, withComments, type Manifest } from "../yaml";
import {
  inFolder,
  layout,
  placedFiles,
  placeKustomization,
  resourceEntries,
  type Delivery,
  type Layout,
  type PlacedApp,
  type PlacedKustomization,
} from "./layout";
import { appWaves } from "./wave-groups";

export interface WavesOptions {
  /** Folder that Flux was bootstrapped with: `flux-clusters/my-cluster`. */
  readonly clusterPath: string;
  /** What the cluster is, for its cluster.yaml; the bases take each text as `${cluster_<name>}`. */
  readonly cluster: Readonly<Record<string, string>>;
  /** True: another stack keeps the bases in the repository; this one only refers to them. @default false */
  readonly sharedBases?: boolean;
  /** Kustomizations that are one wave though one of them waits for another. */
  readonly together?: readonly (readonly string[])[];
}

/** Folder of the bases, from the repository's root. */
export const BASES = "flux-apps";

/** ConfigMap of a cluster.yaml. */
const CLUSTER = "cluster";

/**
 * Waves: `apps/apps.yaml` in the cluster's folder has every Kustomization, grouped by the round in which it can start,
 * and `apps/<name>/` what each applies: a thin kustomization.yaml over the base `flux-apps/<name>/`, with the cluster's
 * own patches. Bases are the same for all clusters; what differs are texts of cluster.yaml and those patches.
 */
export function waves(options: WavesOptions): Layout {
  return layout((apps, delivery) => {
    const parts = apps.map((app) => app.kustomizations.map((part) => placePart(part, options, delivery)));
    const placed = apps.map((app, index) => placeApp(app, parts[index] ?? []));
    const running = placed.flatMap(({ kustomizations }) => kustomizations);
    return [clusterFiles(running, options), ...placed];
  });
}

/** The folder that Flux reads itself: the cluster's metadata, and the Kustomizations in their waves. */
function clusterFiles(running: readonly KustomizationOptions[], options: WavesOptions): PlacedApp {
  const { clusterPath, cluster, together } = options;
  const files = inFolder(clusterPath, {
    "cluster.yaml": toYaml(metadata(cluster), "What this cluster is: bases take these texts as ${<key>}."),
    "apps/apps.yaml": toYaml(
      appWaves(running, together).flatMap(({ title, members }) =>
        members.map((member, index) => {
          const object = kustomization(member);
          return index === 0 ? withComments(object, { "": title }) : object;
        }),
      ),
    ),
  });
  const edits = resourceEntries(join(clusterPath, "kustomization.yaml"), [
    "./cluster.yaml",
    "./apps/apps.yaml",
  ]);
  return { files, edits, keep: {}, kustomizations: [], elsewhere: {} };
}

function metadata(cluster: WavesOptions["cluster"]): Manifest {
  const data = Object.entries(cluster).map(([name, text]) => [`cluster_${name}`, text] as const);
  return {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name: CLUSTER, namespace: FLUX_SYSTEM },
    data: Object.fromEntries(data),
  };
}

function placeApp(app: App, parts: readonly PlacedKustomization[]): PlacedApp {
  return {
    name: app.name,
    ...placedFiles(parts),
    edits: {},
    kustomizations: app.parked === true ? [] : parts.map(({ options }) => options),
    ...(app.generators && { generators: app.generators }),
    ...(app.parked === true && { parked: true }),
  };
}

function placePart(part: AppKustomization, options: WavesOptions, delivery: Delivery): PlacedKustomization {
  const { patches, ...rest } = part;
  const folder = part.folder ?? part.name;
  const own = join(options.clusterPath, "apps", folder);
  const substituted = { postBuild: { substituteFrom: [{ kind: "ConfigMap" as const, name: CLUSTER }] } };
  // What differs by cluster, and what others keep elsewhere, has no base.
  if (part.perCluster === true || part.path !== undefined) {
    return placeKustomization({ ...substituted, ...part }, own, delivery);
  }
  const base = placeKustomization({ ...substituted, ...rest }, join(BASES, folder), delivery);
  const up = "../".repeat(own.split("/").length);
  const wrapper = { ...kustomizeConfig([`${up}${BASES}/${folder}`]), ...(patches && { patches }) };
  return {
    ...base,
    options: { ...base.options, path: `./${own}` },
    placed: {
      files: {
        ...(options.sharedBases === true ? {} : base.placed.files),
        ...inFolder(own, { "kustomization.yaml": toYaml(wrapper) }),
      },
      keep: options.sharedBases === true ? {} : base.placed.keep,
    },
  };
}
