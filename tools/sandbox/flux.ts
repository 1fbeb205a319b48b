import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { type Deployment, flagName, imageName } from "./deployments";
import { inState, paths } from "./paths";
import { port } from "./ports";
import { runningProcess } from "./supervisor";

export const controllers = [
  "source-controller",
  "kustomize-controller",
  "helm-controller",
  "notification-controller",
  "source-watcher",
  "image-reflector-controller",
  "image-automation-controller",
] as const;
export type Controller = (typeof controllers)[number];

/** Flags that depend on where a controller runs; what a Deployment says of them holds inside a cluster only. */
const placeFlags = [
  "--events-addr",
  "--health-addr",
  "--metrics-addr",
  "--receiverAddr",
  "--storage-addr",
  "--storage-adv-addr",
  "--storage-path",
  "--enable-leader-election",
];

/** Each object begins with a retry, once its finalizer is set: 750 ms later without this. */
const FIRST_LOOK = "--min-retry-delay=100ms";

/** Short waits for one machine, where the Deployment says nothing else. */
const paceFlags: Readonly<Record<Controller, readonly string[]>> = {
  "source-controller": ["--requeue-dependency=2s", "--concurrent=4", FIRST_LOOK],
  "kustomize-controller": ["--requeue-dependency=2s", "--concurrent=10", FIRST_LOOK],
  "helm-controller": ["--requeue-dependency=2s", "--concurrent=4", FIRST_LOOK],
  "notification-controller": [],
  "source-watcher": ["--requeue-dependency=2s", FIRST_LOOK],
  // Its database is mapped into memory: made for thousands of repositories.
  "image-reflector-controller": ["--requeue-dependency=2s", "--storage-value-log-file-size=16777216"],
  "image-automation-controller": [],
};

/** A controller ends when the kind that it watches isn't known, so it waits for its API. */
const apis: Readonly<Record<Controller, readonly string[]>> = {
  "source-controller": ["source.toolkit.fluxcd.io"],
  "kustomize-controller": ["kustomize.toolkit.fluxcd.io", "source.toolkit.fluxcd.io"],
  "helm-controller": ["helm.toolkit.fluxcd.io", "source.toolkit.fluxcd.io"],
  "notification-controller": ["notification.toolkit.fluxcd.io"],
  "source-watcher": ["source.extensions.fluxcd.io", "source.toolkit.fluxcd.io"],
  "image-reflector-controller": ["image.toolkit.fluxcd.io"],
  "image-automation-controller": ["image.toolkit.fluxcd.io", "source.toolkit.fluxcd.io"],
};

export interface Wanted {
  readonly controller: Controller;
  /** Name of the Deployment, which for a shard isn't the controller's. */
  readonly name: string;
  readonly namespace: string;
  readonly args: readonly string[];
  /** The variables of Go's runtime that the Deployment sets; the others hold inside a cluster only. */
  readonly env: Readonly<Record<string, string>>;
  readonly memory: boolean;
}

/** What should run, by the Deployments and the API groups in the cluster. */
export function wanted(deployments: readonly Deployment[], groups: ReadonlySet<string>): readonly Wanted[] {
  return deployments.flatMap(({ metadata, spec }) => {
    const { containers, volumes = [] } = spec.template.spec;
    const [container] = containers;
    const controller = controllers.find((name) => imageName(container?.image) === name);
    if (controller === undefined || (spec.replicas ?? 1) < 1) return [];
    if (!apis[controller].every((group) => groups.has(group))) return [];
    const mount = container?.volumeMounts?.find(({ mountPath }) => mountPath === "/tmp");
    const volume = volumes.find(({ name }) => name === mount?.name);
    return [
      {
        controller,
        name: metadata.name,
        namespace: metadata.namespace ?? "flux-system",
        args: container?.args ?? [],
        env: Object.fromEntries(
          (container?.env ?? []).flatMap(({ name, value }) =>
            name === "GOGC" && value !== undefined ? [[name, value]] : [],
          ),
        ),
        memory: volume?.emptyDir?.medium === "Memory",
      },
    ];
  });
}

/**
 * The arguments of a controller as a process of this machine: what its Deployment asks for (so that patches of the
 * installation take effect), with this machine's addresses in place of the cluster's.
 */
export function controllerArgs(
  controller: Controller,
  deploymentArgs: readonly string[],
  place: readonly string[],
): readonly string[] {
  const kept = deploymentArgs.filter((flag) => !placeFlags.includes(flagName(flag)));
  const given = new Set(kept.map(flagName));
  const pace = paceFlags[controller].filter((flag) => !given.has(flagName(flag)));
  return [...kept, ...pace, ...(deploymentArgs.includes(NO_EVENTS) ? place.map(unheard) : place)];
}

/** As Flux is installed without its notification-controller: each event would be sent again for seconds. */
const NO_EVENTS = "--events-addr=";
const unheard = (flag: string): string => (flag.startsWith(NO_EVENTS) ? NO_EVENTS : flag);

/** Which addresses and folders the process of a Deployment gets; the same at every start. */
export async function placeOf(controller: Controller, name: string): Promise<readonly string[]> {
  const local = async (what: string, user = name): Promise<string> =>
    `127.0.0.1:${await port(what, runningProcess(user) !== undefined, "flux-ports.json")}`;
  const events = await local("notification-events", "notification-controller");
  const folder = (): string => {
    const path = inState("artifacts", name);
    mkdirSync(path, { recursive: true });
    return `--storage-path=${path}`;
  };
  const own = async (): Promise<readonly string[]> => {
    switch (controller) {
      case "source-controller":
      case "source-watcher": {
        const storage = await local(`${name}-storage`);
        return [folder(), `--storage-addr=${storage}`, `--storage-adv-addr=${storage}`];
      }
      case "image-reflector-controller":
        return [folder()];
      case "notification-controller":
        return [`--receiverAddr=${await local("notification-receiver")}`];
      default:
        return [];
    }
  };
  const address = controller === "notification-controller" ? events : `http://${events}/`;
  const health = `--health-addr=${await local(`${name}-health`)}`;
  return [`--events-addr=${address}`, ...(await own()), health, "--metrics-addr=0"];
}

/** /tmp of a Deployment's pods: in memory only where its volume asks for that, since it makes a difference. */
export function temporaryFolder(name: string, inMemory: boolean): string {
  const folder = inMemory && paths.memory !== undefined ? join(paths.memory, name) : inState("tmp", name);
  mkdirSync(folder, { recursive: true });
  return folder;
}
