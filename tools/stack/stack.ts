import { systems } from "../../stacks";
import { systemOf } from "../../stacks/settings";
import type { ReadStack } from "../../stacks/system";
import { Cluster } from "../../provider/kubernetes/cluster";
import { plain } from "./plain";
import { readConfig, type StackChoice } from "./pulumi";

export interface Stack extends ReadStack {
  readonly name: string;
}

/**
 * A stack as its program reads it.
 * @throws UserError with the CLI's words, or pulumi.RunError with all faults of the settings
 */
export async function readStack(choice: StackChoice): Promise<Stack> {
  const { raw, env } = await readConfig(choice);
  return { name: env.stack, ...systemOf(raw, env, systems).read(raw, env, Object.keys(systems)) };
}

/** The cluster that a stack's settings name. @throws UserError when the kubeconfig can't be used */
export async function connect({ settings }: ReadStack, attempts?: number): Promise<Cluster> {
  const { kubeconfig, context } = settings.cluster;
  return await Cluster.connect({ kubeconfig: await plain(kubeconfig), context }, attempts);
}
