/**
 * Does for Flux what a kubelet would: while the cluster has a controller's Deployment and its CRDs, the controller
 * runs as a process of this machine, with the Deployment's arguments; when they go, it ends. kwok plays the pods.
 */
import type { ChildProcess } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";
import { type Controller, controllerArgs, type HostedController } from "./flux";
import { Kube, type KubeObject } from "./kube";
import { launch, specDigest, stopProcess } from "./supervisor";

export interface Deployment extends KubeObject {
  readonly spec: {
    readonly replicas?: number;
    readonly template: {
      readonly spec: { readonly containers: readonly { readonly args?: readonly string[] }[] };
    };
  };
}

/** A controller ends when the kind that it watches isn't known, so it waits for its API. */
const apis: Readonly<Record<Controller, readonly string[]>> = {
  "source-controller": ["source.toolkit.fluxcd.io"],
  "kustomize-controller": ["kustomize.toolkit.fluxcd.io", "source.toolkit.fluxcd.io"],
  "helm-controller": ["helm.toolkit.fluxcd.io", "source.toolkit.fluxcd.io"],
  "notification-controller": ["notification.toolkit.fluxcd.io"],
};

/** What should run of a controller, or undefined when nothing should. */
export function wanted(
  controller: HostedController,
  deployments: readonly Deployment[],
  groups: ReadonlySet<string>,
): { args: readonly string[]; namespace: string } | undefined {
  const deployment = deployments.find(({ metadata }) => metadata.name === controller.name);
  if (deployment === undefined || (deployment.spec.replicas ?? 1) < 1) return undefined;
  if (!apis[controller.name].every((group) => groups.has(group))) return undefined;
  const args = deployment.spec.template.spec.containers[0]?.args ?? [];
  return {
    args: controllerArgs(controller.name, args, controller.place),
    namespace: deployment.metadata.namespace ?? "flux-system",
  };
}

const running = new Map<Controller, { digest: string; child: ChildProcess }>();

async function round(kube: Kube, hosted: readonly HostedController[]): Promise<void> {
  const selector = "labelSelector=app.kubernetes.io%2Fpart-of%3Dflux";
  const deployments = (await kube.list<Deployment>(`/apis/apps/v1/deployments?${selector}`)) ?? [];
  const { groups } = (await kube.get("/apis")) as { groups: readonly { name: string }[] };
  const known = new Set(groups.map(({ name }) => name));
  for (const controller of hosted) {
    const target = wanted(controller, deployments, known);
    const current = running.get(controller.name);
    const alive =
      current !== undefined && current.child.exitCode === null && current.child.signalCode === null;
    if (target === undefined) {
      if (current !== undefined) await end(controller.name);
      continue;
    }
    const spec = {
      command: controller.command,
      args: target.args,
      env: { ...controller.env, RUNTIME_NAMESPACE: target.namespace },
    };
    const digest = specDigest(spec);
    if (alive && current.digest === digest) continue;
    if (current !== undefined) await end(controller.name);
    running.set(controller.name, {
      digest,
      child: launch(controller.name, spec.command, spec.args, spec.env, digest),
    });
  }
}

async function end(name: Controller): Promise<void> {
  running.delete(name);
  await stopProcess(name, 5);
}

async function main(): Promise<never> {
  const hosted = JSON.parse(process.env.CONTROLLERS ?? "[]") as readonly HostedController[];
  process.on("SIGTERM", () => {
    void Promise.all(hosted.map(({ name }) => stopProcess(name, 5))).then(() => process.exit(0));
  });
  for (const { name } of hosted) await stopProcess(name); // of a host that was killed
  const kube = new Kube(process.env.KUBECONFIG ?? "");
  console.log(JSON.stringify({ ready: true }));
  for (;;) {
    await round(kube, hosted).catch((error: unknown) => {
      console.error(String(error)); // the API server restarts: what runs goes on, the next round sees
    });
    await sleep(1000);
  }
}

if (require.main === module) void main();
