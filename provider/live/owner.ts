import type { LiveObject, Metadata } from "../kubernetes/live-object";

type Managed = NonNullable<Metadata["managedFields"]>[number];

/** Flux itself, by its names of field managers. */
const FLUX = /^(kustomize-controller|flux|helm-controller)$/;
/** Managers of fields that tell nothing of who wants an object. */
const NEUTRAL = /^(kube-.*|before-first-apply)$/;
/** Most keep the status of others' objects; some make objects, as Argo CD's. */
const CONTROLLER = /-controller(-manager)?$/;

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
  if (tracking !== undefined) return argo(tracking.split(":")[0]);
  const [reference] = ownerReferences;
  if (reference !== undefined) return `${reference.kind} ${reference.name}`;
  const manager = managedFields.find((entry) => tells(entry, managedFields))?.manager;
  if (manager === ARGO) return argo(labels["app.kubernetes.io/instance"]);
  if (manager !== undefined) return `whoever applied it with ${manager}`;
  const by = labels["app.kubernetes.io/managed-by"];
  return by === undefined ? undefined : by;
}

/** Argo CD's manager of fields: it tracks by a label alone, where it isn't told otherwise and before its release 3.0. */
const ARGO = "argocd-controller";

function argo(application: string | undefined): string {
  return application === undefined ? "Argo CD" : `Argo CD application ${application}`;
}

/** Whether an entry is of somebody who wants the object: a controller that makes it, and doesn't only add to Flux's. */
function tells({ manager = "", subresource, fieldsV1 = {} }: Managed, all: readonly Managed[]): boolean {
  if (manager === "" || FLUX.test(manager) || NEUTRAL.test(manager)) return false;
  if (!CONTROLLER.test(manager)) return true;
  return (
    subresource === undefined &&
    Object.keys(fieldsV1).some((field) => field !== "f:metadata" && field !== "f:status") &&
    !all.some((entry) => FLUX.test(entry.manager ?? ""))
  );
}
