import { parseAllDocuments } from "yaml";
import { InputError } from "../files";
import { isObject } from "../shape";
import { FEATURE_GATES } from "./feature-gates";
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
  /** Objects of one Kustomization that are applied at a time, by kustomize-controller only. Flux: 4. */
  readonly concurrentSsa?: number;
  /**
   * Kinds that are applied before the others of their Kustomization, by kustomize-controller only: with
   * `source.toolkit.fluxcd.io/GitRepository` and `source.extensions.fluxcd.io/ArtifactGenerator`, artifacts are made
   * while a thousand Kustomizations are still applied. Needs Flux 2.8. Flux: by the names of their groups.
   */
  readonly customApplyStageKinds?: readonly string[];
  /**
   * How much the heap may grow until garbage is collected, in percent of what is in use (Go's GOGC). Go: 100. Flux sets
   * GOMEMLIMIT to the memory limit, so a high value can't lead beyond it.
   */
  readonly gcPercent?: number;
  /** Size of a /tmp in memory, such as `512Mi`, which counts to the memory limit. Flux: on the node's disk. */
  readonly tmpInMemory?: string;
  /**
   * Features to switch on or off, see {@link FEATURE_GATES}: with `{ CancelHealthCheckOnNewRevision: true }` a mended
   * commit is applied at once, while the health checks of the failing one still wait, and `FluxReady` has Kustomizations
   * ready as soon as their HelmReleases are.
   */
  readonly featureGates?: Readonly<Record<string, boolean>>;
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

/** Options of the one controller that applies objects. */
const APPLYING = ["concurrentSsa", "customApplyStageKinds"] as const;

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
    .split(/^---\r?\n/m)
    .filter((text) => new RegExp(`^kind: ${kind}\r?$`, "m").test(text))
    .flatMap((text) =>
      parseAllDocuments(text, { logLevel: "silent" }).map((document) => document.toJS() as unknown),
    )
    .filter((object): object is ComponentObject => isObject(object));
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
    ...environment(controller, options).map((variable) => add("containers/0/env/-", variable)),
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

/** The object with the operations done, as kustomize does them. */
export function applyOperations<T>(object: T, operations: readonly PatchOperation[]): T {
  const result = structuredClone(object);
  for (const { path, value } of operations) {
    const keys = path.slice(1).split("/");
    const last = keys.pop() ?? "";
    const parent = keys.reduce<unknown>((at, key) => (at as Record<string, unknown>)[key], result) as Record<
      string,
      unknown
    >;
    if (Array.isArray(parent) && last === "-") parent.push(value);
    else parent[last] = value;
  }
  return result;
}

function controllerFlags(controller: FluxComponent, options: ControllerOptions): readonly string[] {
  const { concurrent, requeueDependency, kubeApiQps, kubeApiBurst, concurrentSsa, customApplyStageKinds } =
    options;
  if (requeueDependency !== undefined && WITHOUT_DEPENDENCIES.includes(controller)) {
    throw new InputError(`${controller} has no requeueDependency: its objects wait for no others.`);
  }
  for (const name of APPLYING) {
    if (options[name] !== undefined && controller !== "kustomize-controller") {
      throw new InputError(`${controller} has no ${name}: only kustomize-controller applies objects.`);
    }
  }
  return [
    flag("concurrent", count(`${controller}.concurrent`, concurrent)),
    flag("requeue-dependency", requeueDependency && duration(requeueDependency, "requeueDependency")),
    flag("kube-api-qps", count(`${controller}.kubeApiQps`, kubeApiQps)),
    flag("kube-api-burst", count(`${controller}.kubeApiBurst`, kubeApiBurst)),
    flag("concurrent-ssa", count(`${controller}.concurrentSsa`, concurrentSsa)),
    flag("custom-apply-stage-kinds", customApplyStageKinds?.map(groupKind).join(",")),
    flag("feature-gates", gates(controller, options.featureGates)),
  ].flat();
}

/** Gates of several arguments add up, so that those of the release stay. */
function gates(
  controller: FluxComponent,
  wanted: ControllerOptions["featureGates"] = {},
): string | undefined {
  const known = FEATURE_GATES[controller];
  for (const name of Object.keys(wanted)) {
    if (known.includes(name)) continue;
    throw new InputError(
      `${controller}.featureGates: ${controller} has no ${name}, and would end at its start; it has ${known.toSorted().join(", ") || "none"}.`,
    );
  }
  const all = Object.entries(wanted).map(([name, on]) => `${name}=${String(on)}`);
  return all.length === 0 ? undefined : all.join(",");
}

function groupKind(value: string): string {
  if (/^([a-z0-9.-]+\/)?[A-Z][A-Za-z0-9]*$/.test(value)) return value;
  throw new InputError(
    `customApplyStageKinds: ${JSON.stringify(value)} is no kind; write it as source.toolkit.fluxcd.io/GitRepository.`,
  );
}

function environment(controller: FluxComponent, options: ControllerOptions) {
  const gcPercent = count(`${controller}.gcPercent`, options.gcPercent);
  return gcPercent === undefined ? [] : [{ name: "GOGC", value: String(gcPercent) }];
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
