import { parseAllDocuments } from "yaml";
import { InputError } from "../files";
import type { FluxComponent } from "./install-manifests";
import { duration, type Duration } from "./names";

/** Pace and size of a controller. What is left out stays as the release has it. */
export interface ControllerOptions {
  /** Reconciliations at a time. Flux: 4 of kustomize- and helm-controller, 2 of source-controller. */
  readonly concurrent?: number;
  /** How often one that waits for its dependencies looks again. Flux: 30s. */
  readonly requeueDependency?: Duration;
  /** Requests to the API server a second. Flux: 50, which holds a thousand Kustomizations up for minutes. */
  readonly kubeApiQps?: number;
  /** Requests above that rate in one go. Flux: 300. */
  readonly kubeApiBurst?: number;
  /** Size of a /tmp in memory, such as `512Mi`, which counts to the memory limit. Flux: on the node's disk. */
  readonly tmpInMemory?: string;
  readonly requests?: Resources;
  readonly limits?: Resources;
}

export interface Resources {
  /** Such as `500m` or `2`. */
  readonly cpu?: string;
  /** Such as `1Gi`. */
  readonly memory?: string;
}

export type Controllers = Readonly<Partial<Record<FluxComponent, ControllerOptions>>>;

/** One operation of a JSON patch (RFC 6902), as kustomize takes it. */
export interface PatchOperation {
  readonly op: "add";
  readonly path: string;
  readonly value: unknown;
}

/** The Deployments and Services of `gotk-components.yaml`, as plain objects. */
export interface ComponentObject {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly [field: string]: unknown };
  readonly spec: Readonly<Record<string, unknown>>;
  readonly [field: string]: unknown;
}

interface PodSpec {
  readonly containers: readonly { readonly volumeMounts?: readonly { name: string; mountPath: string }[] }[];
  readonly volumes?: readonly { readonly name: string }[];
}

/** These wait for no dependencies: their programs don't have the flag. */
const WITHOUT_DEPENDENCIES: readonly FluxComponent[] = [
  "notification-controller",
  "image-automation-controller",
];

/** The objects of a kind among the components. Of the rest, mostly CRDs, nothing is parsed. */
export function componentObjects(
  components: string,
  kind: "Deployment" | "Service",
): readonly ComponentObject[] {
  return components
    .split(/^---\n/m)
    .filter((text) => new RegExp(`^kind: ${kind}$`, "m").test(text))
    .flatMap((text) => parseAllDocuments(text).map((document) => document.toJS() as ComponentObject));
}

/**
 * What the options change of a controller's Deployment. Arguments are added at the end, where they win over earlier
 * ones and leave those of others alone.
 * @throws InputError for a controller that isn't installed, and for values that it would refuse.
 */
export function controllerOperations(
  controller: FluxComponent,
  options: ControllerOptions,
  deployments: readonly ComponentObject[],
  flags: readonly string[] = [],
): readonly PatchOperation[] {
  const deployment = deployments.find(({ metadata }) => metadata.name === controller);
  if (deployment === undefined) {
    const installed = deployments.map(({ metadata }) => metadata.name).join(", ");
    throw new InputError(
      `There are options for ${controller}, which isn't installed; installed are ${installed}.\n` +
        "→ Add it to the components, or leave its options out.",
    );
  }
  const pod = (deployment.spec.template as { spec: PodSpec }).spec;
  const add = (path: string, value: unknown): PatchOperation => ({
    op: "add",
    path: `/spec/template/spec/${path}`,
    value,
  });
  const args = [...flags, ...controllerFlags(controller, options)];
  return [
    ...args.map((flag) => add("containers/0/args/-", flag)),
    ...(["requests", "limits"] as const).flatMap((kind) =>
      Object.entries<string>({ ...options[kind] }).map(([name, value]) =>
        add(`containers/0/resources/${kind}/${name}`, quantity(`${controller}.${kind}.${name}`, value)),
      ),
    ),
    ...(options.tmpInMemory === undefined
      ? []
      : [
          add(`volumes/${String(tmpVolume(controller, pod))}/emptyDir`, {
            medium: "Memory",
            sizeLimit: quantity(`${controller}.tmpInMemory`, options.tmpInMemory),
          }),
        ]),
  ];
}

function controllerFlags(controller: FluxComponent, options: ControllerOptions): readonly string[] {
  const { concurrent, requeueDependency, kubeApiQps, kubeApiBurst } = options;
  if (requeueDependency !== undefined && WITHOUT_DEPENDENCIES.includes(controller)) {
    throw new InputError(`${controller} has no requeueDependency: its objects wait for no others.`);
  }
  return [
    flag("concurrent", count(`${controller}.concurrent`, concurrent)),
    flag("requeue-dependency", requeueDependency && duration(requeueDependency, "requeueDependency")),
    flag("kube-api-qps", count(`${controller}.kubeApiQps`, kubeApiQps)),
    flag("kube-api-burst", count(`${controller}.kubeApiBurst`, kubeApiBurst)),
  ].flat();
}

function flag(name: string, value: number | string | undefined): string[] {
  return value === undefined ? [] : [`--${name}=${String(value)}`];
}

function count(name: string, value: number | undefined): number | undefined {
  if (value === undefined || (Number.isInteger(value) && value > 0)) return value;
  throw new InputError(`${name}: ${String(value)} is no whole number above 0.`);
}

/** https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/ */
function quantity(name: string, value: string): string {
  if (/^[0-9]+(\.[0-9]+)?(m|k|Ki|M|Mi|G|Gi|T|Ti)?$/.test(value)) return value;
  throw new InputError(
    `${name}: ${JSON.stringify(value)} is no quantity; write it as 500m, 2, 512Mi or 1Gi.`,
  );
}

/** Place of the volume that is the pod's /tmp. */
function tmpVolume(controller: string, { containers, volumes = [] }: PodSpec): number {
  const mount = containers[0]?.volumeMounts?.find(({ mountPath }) => mountPath === "/tmp");
  const index = volumes.findIndex(({ name }) => name === mount?.name);
  if (index < 0) throw new InputError(`${controller} of this release has no volume at /tmp.`);
  return index;
}
