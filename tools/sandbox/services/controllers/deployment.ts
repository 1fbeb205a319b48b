/** What a stand-in of an operator goes by: the Deployment that the operator's chart makes. kwok plays its pods. */
import type { Cluster, KubeObject, List } from "./cluster";

interface Deployment extends KubeObject {
  readonly spec: {
    readonly template: {
      readonly spec: {
        readonly containers: readonly { readonly image?: string; readonly args?: readonly string[] }[];
      };
    };
  };
  readonly status?: { readonly availableReplicas?: number };
}

/**
 * The arguments of the operator whose image has that name, whatever its registry; undefined while it doesn't run.
 * @param image e.g. `tofu-controller`
 */
export async function operatorArgs(cluster: Cluster, image: string): Promise<readonly string[] | undefined> {
  const list = await cluster.get<List<Deployment>>("/apis/apps/v1/deployments");
  const found = list?.items.find(
    ({ spec, status }) =>
      (status?.availableReplicas ?? 0) > 0 &&
      spec.template.spec.containers.some((container) => imageName(container.image) === image),
  );
  return found?.spec.template.spec.containers.flatMap(({ args = [] }) => args);
}

/** `ghcr.io/flux-iac/tofu-controller:v0.16.5` → `tofu-controller`. */
const imageName = (image = ""): string => (image.split("/").at(-1) ?? "").split(/[:@]/)[0] ?? "";
