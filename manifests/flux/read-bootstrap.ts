import { yamlData } from "../yaml-data";
import { componentObjects } from "./controllers";
import { DEFAULT_COMPONENTS, type FluxComponent, type InstallOptions } from "./install-manifests";
import { FLUX_SYSTEM } from "./objects";
import type { SyncOptions } from "./sync-manifest";

/** True for a file that holds nothing yet: comments alone, as Flux's documents have one made before bootstrap. */
export function isPlaceholder(text: string): boolean {
  return text.split("\n").every((line) => /^\s*(#.*|---\s*)?\r?$/.test(line));
}

/** All options of `flux bootstrap` that a `gotk-components.yaml` was written with, defaults included. */
export type FoundInstall = Required<Omit<InstallOptions, "componentsExtra">>;

interface Pod {
  readonly containers?: readonly { readonly image: string; readonly args?: readonly string[] }[];
  readonly imagePullSecrets?: readonly { readonly name: string }[];
  readonly tolerations?: readonly { readonly key: string }[];
}

/**
 * The options that a `gotk-components.yaml` was written with, read from its header and its Deployments; undefined for a
 * text that `flux` didn't write.
 */
export function readInstall(text: string): FoundInstall | undefined {
  const version = /^# Flux Version: (v\S+)\r?$/m.exec(text)?.[1];
  const components = /^# Components: (\S+)\r?$/m.exec(text)?.[1]?.split(",") as FluxComponent[] | undefined;
  if (version === undefined || components === undefined) return undefined;
  const deployments = componentObjects(text, "Deployment");
  const pods = deployments.flatMap(
    ({ spec }) => (spec as { template?: { spec?: Pod } } | undefined)?.template?.spec ?? [],
  );
  const [pod] = pods;
  const args = pods.flatMap(({ containers: [container] = [] }) => container?.args ?? []);
  const flag = (name: string): string | undefined =>
    args.find((argument) => argument.startsWith(`--${name}=`))?.slice(name.length + 3);
  const image = pod?.containers?.[0]?.image ?? "";
  const domain = /\.\$\(RUNTIME_NAMESPACE\)\.svc\.(.*)\.$/.exec(flag("storage-adv-addr") ?? "")?.[1];
  const [registry = ""] = /^.*(?=\/)/.exec(image) ?? [];
  return {
    version,
    components,
    // Without a registry the release's own names stay, which are Docker Hub's.
    registry: registry === "fluxcd" ? "" : registry,
    imagePullSecret: pod?.imagePullSecrets?.[0]?.name ?? "",
    tolerationKeys: pod?.tolerations?.map(({ key }) => key) ?? [],
    networkPolicy: /^kind: NetworkPolicy\r?$/m.test(text),
    watchAllNamespaces: flag("watch-all-namespaces") !== "false",
    logLevel: (flag("log-level") ?? "info") as FoundInstall["logLevel"],
    clusterDomain: domain ?? "cluster.local",
  };
}

/** What `gotk-sync.yaml` says; undefined for a text without a GitRepository and a Kustomization. */
export function readSync(text: string): SyncOptions | undefined {
  const [source, root] = syncObjectsIn(text).map((object) => object?.spec);
  if (typeof source?.url !== "string" || typeof root?.path !== "string") return undefined;
  const { url, interval, ref, secretRef, provider, recurseSubmodules, sparseCheckout } = source;
  return {
    ...{ url, path: root.path, branch: ref?.branch ?? "", interval, secretName: secretRef?.name },
    ...{ provider, recurseSubmodules, sparseCheckout },
  };
}

/**
 * `namespace/name` of the root Kustomization in `gotk-sync.yaml`: another one than flux-system's after
 * `flux bootstrap --namespace`. Undefined for a text without any.
 */
export function rootName(text: string): string | undefined {
  const [, root] = syncObjectsIn(text);
  return root && pathOf(root);
}

/**
 * The source and the root of a `gotk-sync.yaml`, told by their names: people write them in another order, and further
 * objects beside them.
 */
export function syncObjectsIn(
  text: string,
): readonly [source: SyncObject | undefined, root: SyncObject | undefined] {
  const data = yamlData(text);
  const objects = typeof data === "string" ? [] : (data as readonly (SyncObject | null)[]);
  const of = (kind: string): SyncObject[] =>
    objects.flatMap((object) => (object?.kind === kind ? [object] : []));
  const [roots, sources] = [of("Kustomization"), of("GitRepository")];
  const root = roots.find((one) => pathOf(one) === USUAL_ROOT) ?? roots[0];
  const { name, namespace = root?.metadata?.namespace ?? "" } = root?.spec?.sourceRef ?? {};
  const source = sources.find((one) => pathOf(one) === `${namespace}/${name ?? ""}`) ?? sources[0];
  return [source, root];
}

function pathOf({ metadata = {} }: SyncObject): string {
  return `${metadata.namespace ?? ""}/${metadata.name ?? ""}`;
}

/** The only root that a stack leads. */
export const USUAL_ROOT = `${FLUX_SYSTEM}/${FLUX_SYSTEM}`;

/** An object of `gotk-sync.yaml`. */
export interface SyncObject {
  readonly apiVersion?: string;
  readonly kind?: string;
  readonly metadata?: { readonly name?: string; readonly namespace?: string };
  readonly spec?: {
    readonly url?: string;
    readonly interval?: string;
    readonly ref?: { readonly branch?: string };
    readonly secretRef?: { readonly name: string };
    readonly provider?: "github";
    readonly recurseSubmodules?: boolean;
    readonly sparseCheckout?: readonly string[];
    readonly path?: string;
    readonly sourceRef?: { readonly name?: string; readonly namespace?: string };
  };
}

/** An option that the stack sets to another value than the repository has. */
export interface Difference {
  /** Name of the option, as `flux bootstrap` has it in camel case. */
  readonly option: string;
  readonly found: unknown;
  readonly wanted: unknown;
}

/**
 * What the stack says of an installation, completed by what the repository has.
 * @param explicit what the stack sets; what it leaves out is undefined
 */
export function settle(
  explicit: Partial<InstallOptions>,
  found: FoundInstall,
): { readonly options: FoundInstall; readonly differences: readonly Difference[] } {
  const { components, componentsExtra, ...others } = explicit;
  const base = componentsExtra === undefined ? found.components : DEFAULT_COMPONENTS;
  const wanted: Partial<FoundInstall> = {
    ...others,
    components: [...(components ?? base), ...(componentsExtra ?? [])],
  };
  const set = Object.entries<unknown>(wanted).filter(([, value]) => value !== undefined);
  const options = { ...found, ...Object.fromEntries(set) } as FoundInstall;
  const differences = (Object.keys(found) as (keyof FoundInstall)[])
    .filter((option) => JSON.stringify(options[option]) !== JSON.stringify(found[option]))
    .map((option) => ({ option, found: found[option], wanted: options[option] }));
  return { options, differences };
}

/** Differences for the reader, a line each, with the setting that keeps what is there. */
export function describeDifferences(differences: readonly Difference[], prefix = ""): string {
  const lines = differences.map(({ option, found, wanted }) => {
    const [theirs = "nothing", ours = "nothing"] = [found, wanted].map(
      (value) => JSON.stringify(value) as string | undefined,
    );
    const keep =
      found === undefined ? `leave \`${prefix}${option}\` out` : `write \`${prefix}${option}: ${theirs}\``;
    return `  ${prefix}${option}: ${theirs} in the repository, ${ours} in the stack; to keep it ${keep}`;
  });
  return lines.join("\n");
}

/** Options of `gotk-sync.yaml` that aren't the place where it is. */
const SYNC_OPTIONS = ["interval", "secretName", "recurseSubmodules", "sparseCheckout"] as const;

/**
 * What a stack would say otherwise in a `gotk-components.yaml` or `gotk-sync.yaml`; nothing where the text that is
 * there doesn't tell its options.
 */
export function gotkDifferences(found: string, wanted: string): readonly Difference[] {
  const install = readInstall(wanted);
  if (install !== undefined) {
    const theirs = readInstall(found);
    return theirs === undefined ? [] : settle(install, theirs).differences;
  }
  const [theirs, ours] = [readSync(found), readSync(wanted)];
  if (theirs === undefined || ours === undefined) return [];
  return SYNC_OPTIONS.filter((option) => JSON.stringify(theirs[option]) !== JSON.stringify(ours[option])).map(
    (option) => ({ option, found: theirs[option], wanted: ours[option] }),
  );
}
