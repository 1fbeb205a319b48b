import type { LiveObject } from "../kubernetes/live-object";

/** Managers of fields that tell nothing of who wants an object: Flux itself, and what keeps its status. */
const NEUTRAL =
  /^(kustomize-controller|flux|helm-controller|kube-.*|before-first-apply|.*-controller(-manager)?)$/;

/**
 * Whose a live object is, when it isn't ours: told by the labels that Flux, Helm and operators put on what they apply,
 * by its owner references, then by the managers of its fields. Undefined when it is ours or nobody's.
 * @param ours `namespace/name` of the Kustomizations that are ours
 */
export function foreignOwner({ metadata = {} }: LiveObject, ours: ReadonlySet<string>): string | undefined {
  const { labels = {}, annotations = {}, ownerReferences = [], managedFields = [] } = metadata;
  const owner = (group: string, kind: string): string | undefined => {
    const name = labels[`${group}/name`];
    return name === undefined ? undefined : `${kind} ${labels[`${group}/namespace`] ?? ""}/${name}`;
  };
  const kustomization = owner("kustomize.toolkit.fluxcd.io", "Kustomization");
  if (kustomization !== undefined)
    return ours.has(kustomization.replace("Kustomization ", "")) ? undefined : kustomization;
  const operated =
    owner("helm.toolkit.fluxcd.io", "HelmRelease") ??
    owner("resourceset.fluxcd.controlplane.io", "ResourceSet") ??
    owner("fluxcd.controlplane.io", "FluxInstance");
  if (operated !== undefined) return operated;
  const release = annotations["meta.helm.sh/release-name"];
  if (release !== undefined)
    return `Helm release ${annotations["meta.helm.sh/release-namespace"] ?? ""}/${release}`;
  const tracking = annotations["argocd.argoproj.io/tracking-id"];
  if (tracking !== undefined) return `Argo CD application ${tracking.split(":")[0] ?? ""}`;
  const [reference] = ownerReferences;
  if (reference !== undefined) return `${reference.kind} ${reference.name}`;
  const manager = managedFields
    .map((entry) => entry.manager ?? "")
    .find((name) => name !== "" && !NEUTRAL.test(name));
  if (manager !== undefined) return `whoever applied it with ${manager}`;
  const by = labels["app.kubernetes.io/managed-by"];
  return by === undefined ? undefined : by;
}
