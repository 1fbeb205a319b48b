import type { Cluster } from "../kubernetes/cluster";
import { type Forecast, isKept } from "./forecast";
import type { LiveObject } from "../kubernetes/live-object";
import { listedLines } from "./listed-lines";
import { type FileObject, nameOf } from "./objects";
import { CONTAINERS, instancesOf, isContainer, type Theirs, within } from "./within";

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
    const waiting = kind === "Namespace" ? [] : await unanswered(cluster, live);
    if (waiting.length > 0) faults.push(hanging(name, waiting));
    const others = (await othersIn(live)).filter((one) => !takeOver.includes(one.name));
    if (waiting.length === 0 && others.length > 0) faults.push(fault(kind, name, others));
  }
  return faults;
}

function fault(kind: string, name: string, others: readonly Theirs[]): string {
  const names = JSON.stringify(others.map((one) => one.name));
  return [
    `${kind} ${name} goes, and these would go with it, which belong to others:`,
    ...listedLines(others.map((one) => `${one.name}: ${one.owner}`)),
    `→ Have Flux leave it: kubectl annotate ${kind.toLowerCase()} ${name} kustomize.toolkit.fluxcd.io/prune=disabled --field-manager=handoff && pulumi up`,
    `  or, once their owners have what they need of it, let it go by the setting takeOver: ${names}`,
  ].join("\n");
}

/** Objects of a kind of Flux's that have finalizers: its controller comes and goes with the definition. */
async function unanswered(cluster: Cluster, definition: LiveObject): Promise<string[]> {
  const { group = "" } = (definition.spec ?? {}) as { readonly group?: string };
  if (!/\.(toolkit|extensions)\.fluxcd\.io$/.test(group)) return [];
  const made = await instancesOf(cluster, definition);
  return made.filter(({ metadata }) => (metadata?.finalizers ?? []).length > 0).map(nameOf);
}

function hanging(definition: string, names: readonly string[]): string {
  return [
    `CustomResourceDefinition ${definition} goes together with its controller, which alone answers the finalizers of these; they would hang, and the definition with them:`,
    ...listedLines(names),
    "→ Take two steps: a commit without these first, then one without the controller.",
  ].join("\n");
}

function kindOf(name: string): string {
  return name.split(" ")[0] ?? "";
}
