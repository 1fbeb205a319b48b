import { systems } from "./stacks";
import { readConfiguration, systemOf } from "./stacks/settings";

/** Outputs of the stack. */
export = async (): Promise<Record<string, unknown>> => {
  const { raw, env } = readConfiguration();
  return await systemOf(raw, env, systems).run(raw, env, Object.keys(systems));
};
