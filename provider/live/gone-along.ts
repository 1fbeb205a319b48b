import type { Cluster } from "../kubernetes/cluster";
import { type Forecast, isKept } from "./forecast";
import type { FileObject } from "./objects";
import { CONTAINERS, isContainer, type Theirs, within } from "./within";

const MOST = 15;

/** How a commit is looked over. */
interface Look {
  readonly before: ReadonlyMap<string, FileObject>;
  readonly ours: ReadonlySet<string>;
  readonly takeOver: readonly string[];
}

/**
 * What of others goes with the namespaces and definitions that a commit takes away. One text for each of these, with ways
 * through.
 */
export async function goneAlong(
  cluster: Cluster,
  { prune, withIt }: Forecast,
  { before, ours, takeOver }: Look,
): Promise<string[]> {
  const here = prune.filter((name) => before.get(name)?.elsewhere !== true);
  const going = new Set(
    [...here, ...Object.values(withIt).flat()].filter((name) => isContainer(kindOf(name))),
  );
  const othersIn = within(cluster, ours);
  const faults: string[] = [];
  for (const container of going) {
    const [kind = "", name = ""] = container.split(" ");
    const live = await cluster.get({ apiVersion: CONTAINERS[kind] ?? "", kind, name });
    if (live === undefined || isKept(live) || live.metadata?.deletionTimestamp !== undefined) continue;
    const others = (await othersIn(live)).filter((one) => !takeOver.includes(one.name));
    if (others.length > 0) faults.push(fault(kind, name, others));
  }
  return faults;
}

function fault(kind: string, name: string, others: readonly Theirs[]): string {
  const more = others.length > MOST ? [`  and ${String(others.length - MOST)} more`] : [];
  const names = JSON.stringify(others.map((one) => one.name));
  return [
    `${kind} ${name} goes, and these would go with it, which belong to others:`,
    ...others.slice(0, MOST).map((one) => `  ${one.name}: ${one.owner}`),
    ...more,
    `→ Have Flux leave it: kubectl annotate ${kind.toLowerCase()} ${name} kustomize.toolkit.fluxcd.io/prune=disabled --field-manager=handoff && pulumi up`,
    `  or, once their owners have what they need of it, let it go by the setting takeOver: ${names}`,
  ].join("\n");
}

function kindOf(name: string): string {
  return name.split(" ")[0] ?? "";
}
