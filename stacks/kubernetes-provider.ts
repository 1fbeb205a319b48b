import { Provider as KubernetesProvider } from "@pulumi/kubernetes/provider";
import type { PlatformSettings } from "./system";

/** Of the cluster that the settings name. */
export function kubernetesProvider({ cluster }: PlatformSettings): KubernetesProvider {
  return new KubernetesProvider("cluster", {
    kubeconfig: cluster.kubeconfig,
    context: cluster.context,
    // Another address or authority in the kubeconfig is no other cluster, whose objects would be deleted.
    clusterIdentifier: cluster.name,
    // A Secret that a killed run left, or a new value of it, is taken over and updated in place.
    upsertExistingObjects: true,
    enableSecretMutable: true,
  });
}
