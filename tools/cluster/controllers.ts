import { isForbidden } from "../../provider/kubernetes/cluster-error";
import type { Cluster } from "../../provider/kubernetes/cluster";
import type { LiveObject } from "../../provider/kubernetes/live-object";

/** Who looks at a kind; source-controller at all others. */
const CONTROLLERS: Readonly<Record<string, string>> = {
  Kustomization: "kustomize-controller",
  HelmRelease: "helm-controller",
  ArtifactGenerator: "source-watcher",
  FluxInstance: "flux-operator",
  ResourceSet: "flux-operator",
};

/** The controller of Flux that looks at a kind of Flux's. */
export function controllerOf(kind: string): string {
  return CONTROLLERS[kind] ?? "source-controller";
}

/** Kinds without whose controllers nothing is applied. */
const APPLYING = [
  "GitRepository",
  "OCIRepository",
  "Bucket",
  "HelmRepository",
  "Kustomization",
  "HelmRelease",
];

/**
 * Flux's controllers that don't run, a line each: what they look at still says what it said last. Shards count, and
 * one that is missing where there are objects for it. Nothing where the user may not see Deployments.
 * @param kinds of the objects that are there
 */
export async function idleControllers(
  cluster: Cluster,
  kinds: ReadonlySet<string>,
): Promise<readonly string[]> {
  const list = async (selector: { labelSelector?: string; fieldSelector?: string }) =>
    await cluster.list("apps/v1", "Deployment", undefined, selector);
  try {
    const found = await list({ labelSelector: "app.kubernetes.io/part-of=flux" });
    const needed = [...new Set(APPLYING.filter((kind) => kinds.has(kind)).map(controllerOf))].sort();
    const unknown = needed.filter((name) => !found.some((one) => hasController(one, name)));
    // Who installed it otherwise may have left the label out.
    const others = await Promise.all(
      unknown.map(async (name) => {
        const named = await list({ fieldSelector: `metadata.name=${name}` });
        return { name, named: named.filter(({ metadata }) => metadata?.name === name) };
      }),
    );
    return [
      ...[...found, ...others.flatMap(({ named }) => named)].flatMap(whyIdle),
      ...others.flatMap(({ name, named }) => (named.length > 0 ? [] : [`${name} isn't in the cluster`])),
    ];
  } catch (error) {
    if (isForbidden(error)) return [];
    throw error;
  }
}

/** All of them may be containers of one Deployment. */
function hasController({ metadata, spec }: LiveObject, name: string): boolean {
  const { template } = (spec ?? {}) as {
    readonly template?: { readonly spec?: { readonly containers?: readonly { readonly name?: string }[] } };
  };
  const names = [metadata?.name, ...(template?.spec?.containers ?? []).map((container) => container.name)];
  return names.some((one) => one?.startsWith(name) === true);
}

function whyIdle({ metadata, spec, status }: LiveObject): string[] {
  const name = [metadata?.namespace, metadata?.name].join("/");
  if (spec?.replicas === 0) return [`${name} is scaled to 0`];
  const conditions = (status?.conditions ?? []) as readonly { type: string; status: string }[];
  const runs = conditions.some((condition) => condition.type === "Available" && condition.status === "True");
  return runs ? [] : [`${name} isn't available`];
}
