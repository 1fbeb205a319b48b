import { prod } from "./stacks/prod";
import { loadSettings } from "./stacks/settings";

/** The systems of stacks/, by the name that `handoff:system` gives; a stack is one of them. */
const systems = { prod };

/** Outputs of the stack. */
export = async (): Promise<Record<string, unknown>> => {
  const settings = loadSettings();
  return await systems[settings.system](settings);
};
