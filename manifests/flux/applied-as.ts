import type { KustomizationSpec } from "./crds/kustomization";
import { FLUX_SYSTEM, type KustomizationOptions } from "./objects";

/** Fields by which a Kustomization changes what its folder says: before the build, after it, where it goes, and how. */
const FIELDS = [
  ...["targetNamespace", "namePrefix", "nameSuffix", "patches", "components", "ignoreMissingComponents"],
  ...["images", "commonMetadata", "postBuild", "kubeConfig", "force"],
] as const;

/** What a Kustomization makes of a folder beside what is written there (https://fluxcd.io/flux/components/kustomize/kustomizations/). */
export type AppliedAs = Pick<
  KustomizationSpec,
  | ("targetNamespace" | "namePrefix" | "nameSuffix" | "patches" | "components" | "ignoreMissingComponents")
  | ("images" | "commonMetadata" | "postBuild" | "kubeConfig" | "force")
>;

/** Folders that Kustomizations apply in the same way. */
export interface AppliedFolders {
  /** As git's paths have them: `""` is the whole repository. */
  readonly folders: readonly string[];
  /** Namespace of the Kustomizations, in which they look for `substituteFrom`. */
  readonly namespace: string;
  readonly as: AppliedAs;
}

/** The folders of some sources that Kustomizations apply otherwise than they are; those that are alike together. */
export function appliedFolders(
  kustomizations: readonly KustomizationOptions[],
  sources: readonly string[],
): readonly AppliedFolders[] {
  const groups = new Map<string, { folders: Set<string>; namespace: string; as: AppliedAs }>();
  for (const one of kustomizations) {
    const fields = FIELDS.flatMap((name) => (one[name] === undefined ? [] : [[name, one[name]] as const]));
    if (fields.length === 0 || !sources.includes(one.sourceRef?.name ?? FLUX_SYSTEM)) continue;
    const { namespace = FLUX_SYSTEM } = one;
    const key = JSON.stringify([namespace, fields]);
    const group = groups.get(key) ?? { folders: new Set(), namespace, as: Object.fromEntries(fields) };
    group.folders.add(
      one.path
        .split("/")
        .filter((part) => part !== "" && part !== ".")
        .join("/"),
    );
    groups.set(key, group);
  }
  return [...groups.values()].map(({ folders, ...rest }) => ({ folders: [...folders].sort(), ...rest }));
}
