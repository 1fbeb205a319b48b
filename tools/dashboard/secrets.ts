import { parseInventoryId } from "../../provider/live/inventory";
import type { Cluster } from "../../provider/kubernetes/cluster";
import type { Metadata } from "../../provider/kubernetes/live-object";
import { FLUX_SYSTEM } from "../../manifests/flux/objects";
import type { FluxState } from "../cluster/flux-state";

/** A Secret as the dashboard shows it. There is no place for a value in it. */
export interface SecretAge {
  /** `namespace/name` */
  readonly name: string;
  /** What it is made of, such as `ExternalSecret calcom`. */
  readonly by?: string;
  readonly created?: string;
  /** When its data was last written; of a Secret that nobody wrote again, when it was created. */
  readonly written?: string;
}

/** Helm's own records of its releases, which are no credentials. */
const OF_HELM = "sh.helm.release.v1.";

/** The Secrets beside what Flux applies, by their metadata alone: the API server is never asked for their contents. */
export async function readSecrets(cluster: Cluster, { objects }: FluxState): Promise<readonly SecretAge[]> {
  const entries = [...objects.values()].flatMap(({ status }) => status?.inventory?.entries ?? []);
  const namespaces = new Set([
    FLUX_SYSTEM,
    ...entries.map(({ id }) => parseInventoryId(id).namespace).filter((namespace) => namespace !== ""),
  ]);
  return (await cluster.metadata("v1", "Secret"))
    .filter(({ name = "", namespace = "" }) => namespaces.has(namespace) && !name.startsWith(OF_HELM))
    .map(secretAge)
    .sort((one, other) => (one.name < other.name ? -1 : 1));
}

/** Takes what it names and nothing else: annotations may hold a copy of the whole Secret. */
function secretAge(metadata: Metadata): SecretAge {
  const { name = "", namespace = "", creationTimestamp, managedFields = [] } = metadata;
  const writes = managedFields.flatMap(({ time, fieldsV1 = {} }) =>
    time !== undefined && ("f:data" in fieldsV1 || "f:stringData" in fieldsV1) ? [time] : [],
  );
  return {
    name: `${namespace}/${name}`,
    by: makerOf(metadata),
    created: creationTimestamp,
    written: writes.sort().at(-1) ?? creationTimestamp,
  };
}

function makerOf({ ownerReferences = [], annotations = {}, labels = {} }: Metadata): string | undefined {
  const [owner] = ownerReferences;
  if (owner !== undefined) return `${owner.kind} ${owner.name}`;
  const certificate = annotations["cert-manager.io/certificate-name"];
  if (certificate !== undefined) return `Certificate ${certificate}`;
  const kustomization = labels["kustomize.toolkit.fluxcd.io/name"];
  return kustomization === undefined ? undefined : `Kustomization ${kustomization}`;
}
