import { apps } from "./apps";
import { homelab } from "./homelab";
import { prod } from "./prod";
import { sites } from "./sites";
import type { SandboxSystem } from "./system";

/** The systems that the sandbox can run, by name. */
export const sandboxSystems: Readonly<Record<string, SandboxSystem>> = { apps, homelab, prod, sites };

/** Name of the system that this sandbox runs: SANDBOX_SYSTEM, by default prod. */
export const systemName = (): string => process.env.SANDBOX_SYSTEM ?? "prod";

/** The system that this sandbox runs. */
export function sandboxSystem(): SandboxSystem {
  const system = sandboxSystems[systemName()];
  if (system !== undefined) return system;
  throw new Error(`There is no system ${systemName()}; there are ${Object.keys(sandboxSystems).join(", ")}.`);
}
