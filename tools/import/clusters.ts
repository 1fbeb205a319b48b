import { posix } from "node:path";
import { parseAllDocuments } from "yaml";
import { isPlaceholder, readInstall, readSync, type FoundInstall } from "../../manifests/flux/read-bootstrap";
import { FLUX_SYSTEM } from "../../manifests/flux/objects";
import { repositoryFolder } from "../../manifests/flux/layout";
import { addressFault } from "../../manifests/git/address";
import type { SyncOptions } from "../../manifests/flux/sync-manifest";
import type { Repository } from "./repository";

/** A folder that `flux bootstrap` has written to. */
export interface Cluster {
  /** Folder that Flux's root applies, from the repository's root; `""` is the repository itself. */
  readonly path: string;
  /** Folder of gotk-components.yaml and gotk-sync.yaml. */
  readonly gotkPath: string;
  /** Undefined while its file is the placeholder that people put there before they bootstrap. */
  readonly install?: FoundInstall;
  readonly sync?: SyncOptions;
  /** Why this project can't lead it. */
  readonly faults: readonly string[];
}

const GOTK = /(^|\/)gotk-(components|sync)\.yaml$/;

/** The oldest release with all the versions of the API that the program speaks. */
const OLDEST = [2, 3] as const;

/** All clusters that the repository was bootstrapped for, by path. */
export function clustersIn(repository: Repository): readonly Cluster[] {
  const folders = [...repository.tree.keys()]
    .filter((path) => GOTK.test(path))
    .map((path) => posix.dirname(path));
  return [...new Set(folders)]
    .map((folder) => clusterAt(repository, folder === "." ? "" : folder))
    .sort((one, other) => (one.path < other.path ? -1 : 1));
}

function clusterAt(repository: Repository, gotkPath: string): Cluster {
  const text = (name: string): string => repository.text(posix.join(gotkPath, name)) ?? "";
  const [components, syncText] = [text("gotk-components.yaml"), text("gotk-sync.yaml")];
  const install = readInstall(components);
  const sync = readSync(syncText);
  const above = posix.dirname(gotkPath);
  const usual = posix.basename(gotkPath) === FLUX_SYSTEM ? (above === "." ? "" : above) : gotkPath;
  const path = sync === undefined ? usual : folderOf(sync.path);
  const faults = [
    ...(isPlaceholder(components)
      ? []
      : installFaults(install, posix.join(gotkPath, "gotk-components.yaml"))),
    ...(isPlaceholder(syncText) ? [] : syncFaults(sync, syncText, posix.join(gotkPath, "gotk-sync.yaml"))),
    ...(`${gotkPath}/`.startsWith(path === "" ? "" : `${path}/`)
      ? []
      : [
          `its files are in ${gotkPath}, which isn't in ${path}, the folder that it reads: it never sees them`,
        ]),
  ];
  return { path, gotkPath, install, sync, faults };
}

function folderOf(path: string): string {
  try {
    return repositoryFolder(path, "path");
  } catch {
    return path;
  }
}

function installFaults(install: FoundInstall | undefined, file: string): string[] {
  if (install === undefined)
    return [`${file} has no header of \`flux\`: something else wrote it, and what it was told isn't in it`];
  const [major = 0, minor = 0] = install.version.slice(1).split(".").map(Number);
  const [first, second] = OLDEST;
  if (major > first || (major === first && minor >= second)) return [];
  const oldest = OLDEST.join(".");
  return [
    `Flux is ${install.version}; the program speaks the versions of its API that are there since v${oldest}. → Run \`flux migrate\` and \`flux bootstrap\` of a later release first, as before`,
  ];
}

interface Source {
  readonly kind?: string;
  readonly metadata?: { readonly name?: string; readonly namespace?: string };
  readonly spec?: { readonly ref?: Readonly<Record<string, unknown>> };
}

function syncFaults(sync: SyncOptions | undefined, text: string, file: string): string[] {
  const objects = parseAllDocuments(text, { logLevel: "silent" }).map((one) => one.toJS() as Source | null);
  const named = objects.flatMap((one) =>
    one?.kind === undefined ? [] : [`${one.metadata?.namespace ?? ""}/${one.metadata?.name ?? ""}`],
  );
  const usual = `${FLUX_SYSTEM}/${FLUX_SYSTEM}`;
  if (named.some((name) => name !== usual))
    return [
      `${file} has ${named.join(" and ")}: only a Flux in ${FLUX_SYSTEM}, with its root of that name, is led`,
    ];
  if (sync === undefined) {
    const kinds = objects.flatMap((one) => one?.kind ?? []).join(" and ");
    return [
      `${file} has ${kinds === "" ? "no objects" : kinds}, and no GitRepository with the Kustomization of it`,
    ];
  }
  const address = addressFault(sync.url);
  if (address !== undefined) return [`the address in ${file} can't be one of the settings: ${address}`];
  if (sync.branch !== "") return [];
  const ref = objects.find((one) => one?.kind === "GitRepository")?.spec?.ref ?? {};
  const [follows = "nothing"] = Object.entries(ref).map(([key, value]) => `${key} ${String(value)}`);
  return [`it follows ${follows}: what is pushed to a branch wouldn't reach it. → Let it follow a branch`];
}

/** What else than `flux bootstrap` brings Flux into a cluster. */
interface Installer {
  readonly what: string;
  /** True when it applies Flux's controllers itself; the operator alone waits for a FluxInstance. */
  readonly leads: boolean;
}

const HELM = /^ *(?:chart|name): *["']?(flux2|flux-operator|flux-instance)["']? *\r?$/m;

/** Files by which something other than `flux bootstrap` leads Flux, with what that is. */
export function otherInstallers({ tree, text }: Repository): ReadonlyMap<string, Installer> {
  const found = new Map<string, Installer>();
  for (const path of tree.keys()) {
    const content = text(path) ?? "";
    if (
      /^apiVersion: *["']?fluxcd\.controlplane\.io\//m.test(content) &&
      /^kind: *["']?FluxInstance\b/m.test(content)
    )
      found.set(path, { what: "the Flux Operator (a FluxInstance)", leads: true });
    if (!/^kind: *["']?HelmRelease\b/m.test(content)) continue;
    const [, chart] = HELM.exec(content) ?? [];
    const by = chart === "flux2" ? "Helm" : "the Flux Operator";
    if (chart !== undefined)
      found.set(path, { what: `${by} (the chart ${chart})`, leads: chart !== "flux-operator" });
  }
  return found;
}

/** Files with Kustomizations of Flux, in a repository without the files of `flux bootstrap`. */
export function kustomizationFiles({ tree, text }: Repository): readonly string[] {
  return [...tree.keys()].filter((path) =>
    /^apiVersion: *["']?kustomize\.toolkit\.fluxcd\.io\//m.test(text(path) ?? ""),
  );
}
