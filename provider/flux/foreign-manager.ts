import type { Cluster } from "../kubernetes/cluster";
import type { LiveObject } from "../kubernetes/live-object";

const DEFINITION = {
  apiVersion: "apiextensions.k8s.io/v1",
  kind: "CustomResourceDefinition",
  name: "kustomizations.kustomize.toolkit.fluxcd.io",
};

/**
 * Why Flux isn't ours to lead: an operator or Helm installed it, and would undo, or remove, what git says of it. Told
 * by the labels that they put on its definitions, wherever its controllers are. Undefined when there is no such reason.
 */
export async function foreignManager(cluster: Cluster): Promise<string | undefined> {
  const definition = await cluster.get(DEFINITION);
  const found = definition && managerOf(definition);
  return (
    found &&
    `Flux in the cluster at ${cluster.server} is managed by ${found.who}; with a second manager each would undo the other's changes\n` +
      `→ ${found.advice}`
  );
}

interface Manager {
  readonly who: string;
  readonly advice: string;
}

function managerOf({ metadata }: LiveObject): Manager | undefined {
  const { labels = {}, annotations = {} } = metadata ?? {};
  const by = labels["app.kubernetes.io/managed-by"];
  const instance = labels["fluxcd.controlplane.io/name"];
  if (instance !== undefined || by === "flux-operator") {
    const namespace = labels["fluxcd.controlplane.io/namespace"] ?? "flux-system";
    const name = instance ?? "flux";
    return {
      who: `the Flux Operator (FluxInstance ${namespace}/${name})`,
      advice:
        "Let this stack lead Flux in another cluster; or take the operator out and leave its Flux running, as its " +
        "documentation says of migrating from it, and run the same command again.",
    };
  }
  const release = annotations["meta.helm.sh/release-name"];
  if (release !== undefined || by === "Helm") {
    const namespace = annotations["meta.helm.sh/release-namespace"] ?? "flux-system";
    return {
      who: `Helm (release ${namespace}/${release ?? "unknown"})`,
      advice:
        "Use another cluster; or take the release out first, which deletes Flux's definitions and with them every " +
        `object of Flux: helm get manifest ${release ?? "<release>"} -n ${namespace} shows them.`,
    };
  }
  const tracking = annotations["argocd.argoproj.io/tracking-id"];
  if (tracking !== undefined) {
    return {
      who: `Argo CD (${tracking.split(":")[0] ?? tracking})`,
      advice: "Use another cluster; or take Flux out of that application without deleting what it applied.",
    };
  }
  return undefined;
}
