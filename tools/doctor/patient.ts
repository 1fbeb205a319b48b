import type { FluxObject } from "../../provider/flux/follow/flux-object";
import type { Cluster } from "../../provider/kubernetes/cluster";
import type { LiveObject } from "../../provider/kubernetes/live-object";
import { isForbidden } from "../../provider/kubernetes/cluster-error";
import { UserError } from "../../provider/plugin/handler";
import type { PreflightInputs } from "../../provider/preflight-handler";
import { FLUX_SYSTEM } from "../../manifests/flux/objects";
import { type FluxState, readFlux } from "../cluster/flux-state";
import { plain } from "../stack/plain";
import { projectName, readOutputs, type StackChoice, type StackOutputs } from "../stack/pulumi";
import { connect, readStack, type Stack } from "../stack/stack";

/** What a check needs isn't there, and another check says why. */
export class Unmet extends UserError {}

/** What the checks look at; each part is read once, when the first check asks for it. */
export interface Patient {
  /** @throws what reading them throws: for the check of the settings */
  readonly settings: () => Promise<Stack>;
  /** The same for all other checks. @throws Unmet when the settings can't be read */
  readonly stack: () => Promise<Stack>;
  /** The cluster by its kubeconfig, whether it answers or not. @throws Unmet when that can't be read */
  readonly connected: () => Promise<Cluster>;
  /** @throws Unmet when the cluster can't be asked */
  readonly cluster: () => Promise<Cluster>;
  readonly flux: () => Promise<FluxState>;
  /** Flux's controllers, and nothing else that runs beside them. */
  readonly controllers: () => Promise<readonly LiveObject[]>;
  readonly preflight: () => Promise<PreflightInputs>;
  readonly outputs: () => Promise<StackOutputs>;
}

export function patientOf(choice: StackChoice): Patient {
  const settings = once(() => readStack(choice));
  const stack = once(() => needed(settings(), "needs the settings"));
  const preflight = once(async () => {
    const { name, preflight } = await stack();
    return await plain({ ...preflight, stack: `${projectName()}/${name}` });
  });
  const outputs = once(async () => await readOutputs(choice).catch(() => ({})));
  const cluster = once(async () => await connect(await stack(), 1));
  return { settings, stack, preflight, outputs, ...lookedAt(cluster) };
}

/** What is read of a cluster. */
export function lookedAt(
  connected: () => Promise<Cluster>,
): Pick<Patient, "connected" | "cluster" | "flux" | "controllers"> {
  const reached = once(() => needed(connected(), "needs the cluster"));
  const cluster = once(async () => {
    const found = await reached();
    // Any answer shows that it can be asked, also that the user may not look there.
    const answer = found.names("v1", "Namespace", FLUX_SYSTEM).catch((error: unknown) => {
      if (!isForbidden(error)) throw error;
    });
    await needed(answer, "needs the cluster");
    return found;
  });
  return {
    connected: reached,
    cluster,
    flux: once(async () => await readFlux(await cluster())),
    controllers: once(async () => {
      const labelSelector = "app.kubernetes.io/part-of=flux";
      return await (await cluster()).list("apps/v1", "Deployment", FLUX_SYSTEM, { labelSelector });
    }),
  };
}

/** Objects of Flux by their kind. */
export function ofKind({ objects }: FluxState, ...kinds: readonly string[]): readonly [string, FluxObject][] {
  return [...objects].filter(([, { kind = "" }]) => kinds.includes(kind));
}

async function needed<T>(part: Promise<T>, words: string): Promise<T> {
  return await part.catch((error: unknown) => {
    throw error instanceof Unmet ? error : new Unmet(words);
  });
}

function once<T>(read: () => Promise<T>): () => Promise<T> {
  let found: Promise<T> | undefined;
  return () => (found ??= read());
}
