/**
 * Does for Flux what a kubelet would: while the cluster has a controller's Deployment and its CRDs, the controller
 * runs as a process of this machine, with the Deployment's arguments; a changed Deployment restarts it, and when it
 * goes, the process ends. A further Deployment of a controller (a shard) is a further process. kwok plays the pods.
 */
import type { ChildProcess } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";
import { type Controller, controllerArgs, controllers, placeOf, temporaryFolder } from "./flux";
import { type RunningController, writeRunning } from "./flux-running";
import { Kube, type KubeObject } from "./kube";
import { cachedCommand, obtain } from "./obtain";
import { parts } from "./parts";
import { paths } from "./paths";
import { knownProcesses, launch, specDigest, stopProcess } from "./supervisor";

interface Container {
  readonly image?: string;
  readonly args?: readonly string[];
  readonly env?: readonly { readonly name: string; readonly value?: string }[];
  readonly volumeMounts?: readonly { readonly name: string; readonly mountPath: string }[];
}

export interface Deployment extends KubeObject {
  readonly spec: {
    readonly replicas?: number;
    readonly template: {
      readonly spec: {
        readonly containers: readonly Container[];
        readonly volumes?: readonly {
          readonly name: string;
          readonly emptyDir?: { readonly medium?: string };
        }[];
      };
    };
  };
}

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

/** `ghcr.io/fluxcd/kustomize-controller:v1.9.4` → `kustomize-controller`. */
const imageName = (image = ""): string => (image.split("/").at(-1) ?? "").split(/[:@]/)[0] ?? "";

interface Process extends RunningController {
  readonly digest: string;
  readonly child: ChildProcess;
}

const running = new Map<string, Process>();

async function round(kube: Kube): Promise<void> {
  const selector = "labelSelector=app.kubernetes.io%2Fpart-of%3Dflux";
  const deployments = (await kube.list<Deployment>(`/apis/apps/v1/deployments?${selector}`)) ?? [];
  const { groups } = (await kube.get("/apis")) as { groups: readonly { name: string }[] };
  const targets = wanted(deployments, new Set(groups.map(({ name }) => name)));
  for (const name of running.keys()) {
    if (!targets.some((target) => target.name === name)) await end(name);
  }
  for (const target of targets) await ensure(target);
  writeRunning([...running.values()]);
}

/** Lets the process of a Deployment run, with what the Deployment says now. */
async function ensure({ controller, name, namespace, args, env, memory }: Wanted): Promise<void> {
  const command = commandOf(controller);
  if (command === undefined) return;
  const spec = {
    command,
    args: controllerArgs(controller, args, await placeOf(controller, name)),
    env: {
      ...env,
      KUBECONFIG: paths.kubeconfig,
      RUNTIME_NAMESPACE: namespace,
      TMPDIR: temporaryFolder(name, memory),
    },
  };
  const digest = specDigest(spec);
  const current = running.get(name);
  const alive = current !== undefined && current.child.exitCode === null && current.child.signalCode === null;
  if (alive && current.digest === digest) return;
  if (current !== undefined) await end(name);
  const child = launch(name, spec.command, spec.args, spec.env, digest);
  running.set(name, { name, args: spec.args, env, memory, digest, child });
}

const obtaining = new Set<Controller>();

/** The controller's command. One that isn't there yet is obtained beside the rounds; a later one finds it. */
function commandOf(controller: Controller): string | undefined {
  const command = cachedCommand(parts, controller);
  if (command !== undefined) return command;
  if (!obtaining.has(controller)) {
    obtaining.add(controller);
    obtain(parts.filter(({ name }) => name === controller))
      .catch((error: unknown) => {
        console.error(String(error));
      })
      .finally(() => obtaining.delete(controller));
  }
  return undefined;
}

async function end(name: string): Promise<void> {
  running.delete(name);
  await stopProcess(name, 5);
}

/** The processes that this host, or one that was killed, has started. */
const ours = (): readonly string[] =>
  knownProcesses().filter((name) =>
    controllers.some((controller) => name === controller || name.startsWith(`${controller}-`)),
  );

async function endAll(): Promise<void> {
  await Promise.all(ours().map((name) => stopProcess(name, 5)));
  writeRunning([]);
}

async function main(): Promise<never> {
  process.on("SIGTERM", () => {
    void endAll().then(() => process.exit(0));
  });
  await endAll();
  const kube = new Kube(process.env.KUBECONFIG ?? "");
  console.log(JSON.stringify({ ready: true }));
  for (;;) {
    await round(kube).catch((error: unknown) => {
      console.error(String(error)); // the API server restarts: what runs goes on, the next round sees
    });
    await sleep(1000);
  }
}

if (require.main === module) void main();
