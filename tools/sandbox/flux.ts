import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { inState, paths } from "./paths";
import { port } from "./ports";
import { startProgram } from "./services";
import { runningProcess } from "./supervisor";

export const controllers = [
  "source-controller",
  "kustomize-controller",
  "helm-controller",
  "notification-controller",
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

/** Short waits for one machine, where the Deployment says nothing else. */
const paceFlags: Readonly<Record<Controller, readonly string[]>> = {
  "source-controller": ["--requeue-dependency=2s", "--concurrent=4"],
  "kustomize-controller": ["--requeue-dependency=2s", "--concurrent=10"],
  "helm-controller": ["--requeue-dependency=2s", "--concurrent=4"],
  "notification-controller": [],
};

const nameOf = (flag: string): string => flag.split("=")[0] ?? flag;

/**
 * The arguments of a controller as a process of this machine: what its Deployment asks for (so that patches of the
 * installation take effect), with this machine's addresses in place of the cluster's.
 */
export function controllerArgs(
  controller: Controller,
  deploymentArgs: readonly string[],
  place: readonly string[],
): readonly string[] {
  const kept = deploymentArgs.filter((flag) => !placeFlags.includes(nameOf(flag)));
  const given = new Set(kept.map(nameOf));
  return [...kept, ...paceFlags[controller].filter((flag) => !given.has(nameOf(flag))), ...place];
}

export interface HostedController {
  readonly name: Controller;
  readonly command: string;
  readonly place: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

/** Starts the process that runs each Flux controller while its Deployment is in the cluster. */
export async function startFlux(bin: (command: string) => string): Promise<void> {
  const local = async (name: string): Promise<string> =>
    `127.0.0.1:${await port(name, runningProcess("flux") !== undefined)}`;
  const events = await local("notification-events");
  const storage = await local("source-storage");
  const receiver = await local("notification-receiver");
  const places: Readonly<Record<Controller, readonly string[]>> = {
    "source-controller": [
      `--events-addr=http://${events}/`,
      `--storage-path=${inState("artifacts")}`,
      `--storage-addr=${storage}`,
      `--storage-adv-addr=${storage}`,
    ],
    "kustomize-controller": [`--events-addr=http://${events}/`],
    "helm-controller": [`--events-addr=http://${events}/`],
    "notification-controller": [`--events-addr=${events}`, `--receiverAddr=${receiver}`],
  };
  mkdirSync(inState("artifacts"), { recursive: true });
  const hosted: HostedController[] = [];
  for (const name of controllers) {
    const health = `--health-addr=${await local(`${name}-health`)}`;
    hosted.push({
      name,
      command: bin(name),
      place: [...places[name], health, "--metrics-addr=0"],
      env: { KUBECONFIG: paths.kubeconfig, TMPDIR: temporaryFolder(name) },
    });
  }
  const program = join(__dirname, "flux-host.ts");
  await startProgram("flux", program, { KUBECONFIG: paths.kubeconfig, CONTROLLERS: JSON.stringify(hosted) });
}

/** Each reconciliation unpacks the whole artifact: in memory that takes a fifteenth of the time. */
function temporaryFolder(name: Controller): string {
  const folder = join(paths.memory ?? inState("tmp"), name);
  mkdirSync(folder, { recursive: true });
  return folder;
}
