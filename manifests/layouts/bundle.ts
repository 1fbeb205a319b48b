import type { App } from "../app";
import { PLAIN } from "../apps/service";
import { InputError, join } from "../files";
import { kustomization, namespace, type KustomizationOptions } from "../flux/objects";
import { toYaml, type YamlSource } from "../yaml";
import {
  layout,
  placedFiles,
  placeKustomization,
  resourceEntries,
  type Delivery,
  type Layout,
  type PlacedApp,
  type PlacedKustomization,
} from "./layout";
import { kindOf, nameOf, objectsOf } from "./objects";

export interface BundleOptions {
  /** Folder that Flux was bootstrapped with. It has no kustomization.yaml: Flux applies whatever lies in it. */
  readonly clusterPath: string;
  /** Folder of the bundle: a file per service, those that run listed in its kustomization.yaml. @default "k3s/flux/apps" */
  readonly appsPath?: string;
  /** Folder of what the services' Kustomizations apply. @default "k3s/manifests" */
  readonly manifestsPath?: string;
  /** Namespaces that somebody else makes. @default none */
  readonly othersNamespaces?: readonly string[];
}

/** The Kustomization that applies the bundle. */
const BUNDLE = "apps";

/** Kinds of objects that lie in sources.yaml, beside the bundle. */
const SOURCES = ["HelmRepository", "OCIRepository", "GitRepository", "Bucket"];

/**
 * A bundle of services: `apps.yaml` and `sources.yaml` in the cluster's folder; in the bundle's a file per app with its
 * HelmReleases and Kustomizations, their namespaces, and the list of those that run. A parked app loses its entry in
 * the list, and nothing else.
 */
export function bundle(options: BundleOptions): Layout {
  const { appsPath = "k3s/flux/apps", manifestsPath = "k3s/manifests" } = options;
  return layout((apps, delivery) => {
    const services = apps.map((app) => ({ app, ...placeService(app, manifestsPath, delivery) }));
    return [
      root(apps, { ...options, appsPath }),
      ...services.map(({ app, parts, objects }): PlacedApp => {
        const file = `${app.name}.yaml`;
        const { files, keep, elsewhere } = placedFiles(parts);
        const parked = app.parked === true;
        return {
          name: app.name,
          files: { [join(appsPath, file)]: toYaml(objects), ...files },
          keep,
          elsewhere,
          parked,
          edits: parked ? {} : resourceEntries(join(appsPath, "kustomization.yaml"), [file]),
          kustomizations: parked ? [] : parts.map((part) => part.options),
        };
      }),
    ];
  });
}

function placeService(
  app: App,
  manifestsPath: string,
  delivery: Delivery,
): { parts: PlacedKustomization[]; objects: YamlSource[] } {
  const parts = app.kustomizations.map((part) =>
    placeKustomization(part, join(manifestsPath, part.folder ?? part.name), delivery),
  );
  const objects = objectsOf(app.objects).filter((object) => !SOURCES.includes(kindOf(object)));
  return { parts, objects: [...objects, ...parts.map(({ options }) => kustomization(options))] };
}

/** What holds for all services: the bundle itself, where charts come from, and the namespaces. */
function root(apps: readonly App[], options: BundleOptions & { readonly appsPath: string }): PlacedApp {
  const { clusterPath, appsPath } = options;
  const node: KustomizationOptions = { name: BUNDLE, ...PLAIN, path: `./${join(appsPath)}` };
  const sources = sourcesOf(apps);
  const namespaces = namespacesOf(apps, options.othersNamespaces ?? []);
  return {
    files: {
      [join(clusterPath, "apps.yaml")]: toYaml(kustomization(node)),
      ...(sources.length > 0 && { [join(clusterPath, "sources.yaml")]: toYaml(sources) }),
      ...(namespaces.length > 0 && {
        [join(appsPath, "namespaces.yaml")]: toYaml(namespaces.map((name) => namespace(name))),
      }),
    },
    edits:
      namespaces.length > 0 ? resourceEntries(join(appsPath, "kustomization.yaml"), ["namespaces.yaml"]) : {},
    keep: {},
    kustomizations: [node],
    namespaces,
    elsewhere: {},
  };
}

/** Of all apps, also of the parked ones: a source that nothing uses does no harm. */
function sourcesOf(apps: readonly App[]): YamlSource[] {
  const found = new Map<string, YamlSource>();
  for (const object of apps.flatMap((app) => objectsOf(app.objects))) {
    if (!SOURCES.includes(kindOf(object))) continue;
    const key = `${kindOf(object)} ${nameOf(object)}`;
    const other = found.get(key);
    if (other !== undefined && toYaml(other) !== toYaml(object)) {
      throw new InputError(`Two services name different sources ${key}.`);
    }
    found.set(key, object);
  }
  return [...found].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, object]) => object);
}

/** Those that manifests go into, and that neither a service's own manifests make nor somebody else. */
function namespacesOf(apps: readonly App[], others: readonly string[]): string[] {
  const parts = apps.flatMap((app) => app.kustomizations);
  const made = parts
    .flatMap(({ manifests }) => objectsOf(manifests))
    .filter((object) => kindOf(object) === "Namespace")
    .map(nameOf);
  const wanted = parts.flatMap(({ manifests, targetNamespace }) =>
    manifests === undefined || targetNamespace === undefined ? [] : [targetNamespace],
  );
  return [...new Set(wanted)].filter((name) => ![...made, ...others].includes(name)).sort();
}
