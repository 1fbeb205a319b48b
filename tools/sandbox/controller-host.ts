/**
 * Does for Flux and cert-manager what a kubelet would: while the cluster has a controller's Deployment and its CRDs, the
 * controller runs as a process of this machine, with the Deployment's arguments; a changed Deployment restarts it, and
 * when it goes, the process ends. A further Deployment of a Flux controller (a shard) is a further process. kwok plays
 * the pods.
 */
import type { ChildProcess } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";
import { CERT_MANAGER_SELECTOR, componentArgs, kubeconfigAs, wantedComponents } from "./cert-manager";
import type { Deployment } from "./deployments";
import { controllerArgs, controllers, placeOf, temporaryFolder, wanted } from "./flux";
import { type RunningController, writeRunning } from "./flux-running";
import { Kube } from "./kube";
import { cachedCommand, obtain } from "./obtain";
import { parts } from "./parts";
import { paths } from "./paths";
import { playStartupChecks } from "./startup-check";
import {
  knownProcesses,
  launch,
  type ProcessSpec,
  refuseStarts,
  specDigest,
  stopProcess,
} from "./supervisor";

interface Target {
  /** Of the process. */
  readonly name: string;
  /** The part that has the command. */
  readonly part: string;
  readonly args: readonly string[];
  readonly env: NonNullable<ProcessSpec["env"]>;
  /** What others are told of a Flux controller. */
  readonly flux?: Pick<RunningController, "env" | "memory">;
}

interface Process extends Target {
  readonly digest: string;
  readonly child: ChildProcess;
}

const running = new Map<string, Process>();

async function round(kube: Kube, webhook: string): Promise<void> {
  const { groups } = (await kube.get("/apis")) as { groups: readonly { name: string }[] };
  const known = new Set(groups.map(({ name }) => name));
  const targets = [...(await fluxTargets(kube, known)), ...(await certManagerTargets(kube, known, webhook))];
  for (const name of running.keys()) {
    if (!targets.some((target) => target.name === name)) await end(name);
  }
  for (const target of targets) await ensure(target);
  writeRunning(
    [...running.values()].flatMap(({ name, args, flux }) =>
      flux === undefined ? [] : [{ name, args, ...flux }],
    ),
  );
  await playStartupChecks(kube);
}

async function deployments(kube: Kube, selector: string): Promise<readonly Deployment[]> {
  const path = `/apis/apps/v1/deployments?labelSelector=${encodeURIComponent(selector)}`;
  return (await kube.list<Deployment>(path)) ?? [];
}

async function fluxTargets(kube: Kube, groups: ReadonlySet<string>): Promise<readonly Target[]> {
  const found = wanted(await deployments(kube, "app.kubernetes.io/part-of=flux"), groups);
  return Promise.all(
    found.map(async ({ controller, name, namespace, args, env, memory }) => ({
      name,
      part: controller,
      args: controllerArgs(controller, args, await placeOf(controller, name)),
      env: {
        ...env,
        KUBECONFIG: paths.kubeconfig,
        RUNTIME_NAMESPACE: namespace,
        TMPDIR: temporaryFolder(name, memory),
      },
      flux: { env, memory },
    })),
  );
}

async function certManagerTargets(
  kube: Kube,
  groups: ReadonlySet<string>,
  webhook: string,
): Promise<readonly Target[]> {
  const found = wantedComponents(await deployments(kube, CERT_MANAGER_SELECTOR), groups);
  return found.map((one) => ({
    name: `cert-manager-${one.component}`,
    part: "cert-manager",
    args: componentArgs(one, kubeconfigAs(one), webhook),
    env: {},
  }));
}

/** Lets the process of a Deployment run, with what the Deployment says now. */
async function ensure(target: Target): Promise<void> {
  const command = commandOf(target.part);
  if (command === undefined) return;
  const { name, args, env } = target;
  const digest = specDigest({ command, args, env });
  const current = running.get(name);
  const alive = current !== undefined && current.child.exitCode === null && current.child.signalCode === null;
  if (alive && current.digest === digest) return;
  if (current !== undefined) await end(name);
  running.set(name, { ...target, digest, child: launch(name, command, args, env, digest) });
}

const obtaining = new Set<string>();

/** The part's command. One that isn't there yet is obtained beside the rounds; a later one finds it. */
function commandOf(part: string): string | undefined {
  const command = cachedCommand(parts, part);
  if (command !== undefined) return command;
  if (!obtaining.has(part)) {
    obtaining.add(part);
    obtain(parts.filter(({ name }) => name === part))
      .catch((error: unknown) => {
        console.error(String(error));
      })
      .finally(() => obtaining.delete(part));
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
    [...controllers, "cert-manager"].some(
      (controller) => name === controller || name.startsWith(`${controller}-`),
    ),
  );

async function endAll(): Promise<void> {
  await Promise.all(ours().map((name) => stopProcess(name, 5)));
  writeRunning([]);
}

async function main(): Promise<never> {
  process.on("SIGTERM", () => {
    refuseStarts(); // a round that is under way would start again what ends
    void endAll().then(() => process.exit(0));
  });
  await endAll();
  const kube = new Kube(process.env.KUBECONFIG ?? "");
  const webhook = process.env.CERT_MANAGER_WEBHOOK ?? "";
  console.log(JSON.stringify({ ready: true }));
  for (;;) {
    await round(kube, webhook).catch((error: unknown) => {
      console.error(String(error)); // the API server restarts: what runs goes on, the next round sees
    });
    await sleep(1000);
  }
}

void main();
