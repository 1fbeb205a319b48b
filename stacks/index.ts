import { apps } from "./apps";
import { homelab } from "./homelab";
import { prod } from "./prod";
import { sites } from "./sites";
import type { RunnableSystem } from "./system";

/** The systems, by the name that `handoff:system` gives; a stack is one of them. */
export const systems: Readonly<Record<string, RunnableSystem>> = { apps, homelab, prod, sites };
