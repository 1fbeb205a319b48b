import type { Cluster } from "../kubernetes/cluster";
import { noneIfForbidden } from "../kubernetes/cluster-error";
import type { LiveObject } from "../kubernetes/live-object";
import { FLUX_SYSTEM } from "../../manifests/flux/objects";

const DEFINITION = {
  apiVersion: "apiextensions.k8s.io/v1",
  kind: "CustomResourceDefinition",
  name: "kustomizations.kustomize.toolkit.fluxcd.io",
};

/** The controller that applies Kustomizations, of every namespace unless it is told otherwise. */
const APPLIER = "kustomize-controller";

/**
 * Why Flux isn't ours to lead: an operator or Helm installed it, and would undo, or remove, what git says of it, as the
 * labels tell that they put on its definitions, wherever its controllers are; or it runs in another namespace, as after
 * `flux bootstrap --namespace`. Undefined when there is no such reason.
 */
export async function foreignManager(cluster: Cluster): Promise<string | undefined> {
  const labelSelector = "app.kubernetes.io/part-of=flux";
  const [definition, deployments] = await Promise.all([
    cluster.get(DEFINITION),
    // Who installs Flux may list them; the doctor's user may not, and looks at the rest.
    cluster.list("apps/v1", "Deployment", undefined, { labelSelector }).catch(noneIfForbidden),
  ]);
  const found = definition && managerOf(definition);
  const place = deployments.find(isElsewhere)?.metadata?.namespace;
  if (found === undefined && place !== undefined) return elsewhere(cluster, place);
  return (
    found &&
    `Flux in the cluster at ${cluster.server} is managed by ${found.who}; with a second manager each would undo the other's changes\n` +
      `→ ${found.advice}`
  );
}

/** Shards of ours are in flux-system, and one that keeps to its own namespace stands in nobody's way. */
function isElsewhere({ metadata, spec }: LiveObject): boolean {
  const { containers = [] } = (spec as Template | undefined)?.template?.spec ?? {};
  const args = containers.flatMap((container) => container.args ?? []);
  const labels = metadata?.labels ?? {};
  return (
    metadata?.namespace !== FLUX_SYSTEM &&
    (metadata?.name === APPLIER || labels["app.kubernetes.io/component"] === APPLIER) &&
    !args.includes("--watch-all-namespaces=false")
  );
}

interface Template {
  readonly template?: { readonly spec?: Pod };
}

interface Pod {
  readonly containers?: readonly { readonly args?: readonly string[] }[];
}

function elsewhere({ server }: Cluster, namespace: string): string {
  return (
    `Flux runs in the namespace ${namespace} of the cluster at ${server}, and applies what is in every namespace; ` +
    `this program leads a Flux in ${FLUX_SYSTEM}, and two would work on the same objects\n` +
    `→ Use another cluster; or take that Flux out first, which leaves what it applied running: flux uninstall --namespace=${namespace}. ` +
    "Then take its folder out of the repository, too."
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
