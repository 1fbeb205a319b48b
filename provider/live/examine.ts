import { type HandlerContext, hasUnknown, UserError } from "../plugin/handler";
import { Cluster, type ClusterConnection, type LiveObject } from "../kubernetes/cluster";
import { ClusterError } from "../kubernetes/cluster-error";
import { asBuilt, type Proposal } from "./as-built";
import { isForced, refusals } from "./dry-run";
import { type Forecast, forecast, prunedWith } from "./forecast";
import { immutableChanges } from "./immutable";
import { foreignInventories, inventoryId } from "./inventory";
import { lookUp } from "./lookup";
import { type FileObject, nameOf } from "./objects";
import { foreignOwner } from "./owner";
import { wayThrough } from "./ways-through";

/** The cluster that a commit's files reach. */
export interface Target extends ClusterConnection {
  /** Kustomizations that apply the files, as `namespace/name`: what they applied is ours. */
  readonly kustomizations: readonly string[];
  /** Objects of others that the user lets be taken over, as `Kind namespace/name` or `Kind name`. */
  readonly takeOver?: readonly string[];
}

const MOST_NAMES = 15;

/**
 * Looks a commit over as the cluster will: who has the objects that it brings, and what the API server says to them.
 * Changes nothing. A cluster that can't be asked leaves the rules that are known without it.
 * @param target without one only the files tell
 * @param foreseen true in a preview, which tells what Flux would create, change, prune and take over
 * @returns what Flux would do
 * @throws UserError with everything that stands against it
 */
export async function examine(
  ctx: HandlerContext,
  target: Target | undefined,
  { changed, files }: Proposal,
  foreseen: boolean,
): Promise<Forecast> {
  const texts = (which: "before" | "after"): Record<string, string> =>
    Object.fromEntries(
      changed.flatMap((file) => (file[which] === undefined ? [] : [[file.path, file[which]]])),
    );
  const paths = changed.map(({ path }) => path);
  const [before, after] = await asBuilt(
    ctx,
    { ...files, ...texts("before") },
    { ...files, ...texts("after") },
    changed,
  );
  const byFiles = forecast(before, after);
  if (target === undefined || before.size + after.size === 0) return byFiles;
  ctx.status(`asking the cluster about ${String(paths.length)} changed files`);
  try {
    if (hasUnknown(target.kubeconfig)) return byFiles;
    return await ask(ctx, target, before, after, foreseen);
  } catch (error) {
    if (!(error instanceof ClusterError) || (error.status !== undefined && error.status < 500)) throw error;
    ctx.warn(`the cluster couldn't be asked about the commit: ${error.message}`);
    refuse(knownRefusals(before, after));
    return byFiles;
  }
}

async function ask(
  ctx: HandlerContext,
  { takeOver = [], ...target }: Target,
  before: ReadonlyMap<string, FileObject>,
  after: ReadonlyMap<string, FileObject>,
  foreseen: boolean,
): Promise<Forecast> {
  const cluster = await Cluster.connect(target);
  const ours = new Set(target.kustomizations);
  const [{ live, judged }, inventories] = await Promise.all([
    lookUp(cluster, [...after.values()]),
    foreignInventories(cluster, ours),
  ]);
  const owners = [...after].flatMap(([name, { object }]) => {
    const found = live.get(name);
    const owner = (found && foreignOwner(found, ours)) ?? listedBy(found ?? object, inventories);
    return owner === undefined ? [] : [{ name, owner }];
  });
  const taken = owners.filter(({ name }) => !takeOver.includes(name));
  const { faults, unjudged } = await refusals(cluster, judged, live);
  refuse([...takenFaults(taken), ...faults]);
  if (unjudged > 0) ctx.info(`the API server was not asked about ${String(unjudged)} further objects`);
  const found = forecast(before, after, new Set(live.keys()));
  if (!foreseen) return found;
  const taking = owners.map(({ name, owner }) => `${name} (of ${owner})`);
  tell(ctx, "Flux would take over", taking);
  tell(ctx, "Flux would create", found.create);
  tell(ctx, "Flux would change", found.change);
  tell(ctx, "Flux would prune", found.prune);
  const withIt = await prunedWith(cluster, found.objects);
  for (const [name, names] of Object.entries(withIt)) tell(ctx, `Flux would prune with ${name}`, names);
  return { ...found, takeOver: taking, withIt };
}

/** Whose list has an object, whether it is there just now or not. */
function listedBy(object: LiveObject, inventories: ReadonlyMap<string, string>): string | undefined {
  const clusterWide = { ...object, metadata: { ...object.metadata, namespace: undefined } };
  const owner = inventories.get(inventoryId(object)) ?? inventories.get(inventoryId(clusterWide));
  return owner && `${owner} has it in its inventory`;
}

function takenFaults(taken: readonly { readonly name: string; readonly owner: string }[]): string[] {
  if (taken.length === 0) return [];
  return [
    [
      "these objects run in the cluster and belong to others; Flux would take them over, and remove them with our files:",
      ...taken.map(({ name, owner }) => `  ${name}: ${owner}`),
      `→ Give ours other names; or take them over by the setting takeOver: ${JSON.stringify(taken.map(({ name }) => name))}, and see that their owner lets go of them.`,
    ].join("\n"),
  ];
}

/** What no API server takes, told by what the head and the proposal say. */
function knownRefusals(
  before: ReadonlyMap<string, FileObject>,
  after: ReadonlyMap<string, FileObject>,
): string[] {
  return [...after].flatMap(([name, { path, object }]) => {
    const former: LiveObject | undefined = before.get(name)?.object;
    const changes = former === undefined || isForced(object) ? [] : immutableChanges(former, object);
    if (changes.length === 0) return [];
    const fields = changes.map(({ field }) => field).join(", ");
    return [`${nameOf(object)} (${path}): ${fields} can't be changed\n→ ${wayThrough(object, changes)}`];
  });
}

function refuse(faults: readonly string[]): void {
  if (faults.length > 0) throw new UserError(["nothing was committed:", ...faults].join("\n"));
}

function tell(ctx: HandlerContext, what: string, names: readonly string[]): void {
  if (names.length === 0) return;
  const more = names.length > MOST_NAMES ? ` and ${String(names.length - MOST_NAMES)} more` : "";
  ctx.info(`${what}: ${names.slice(0, MOST_NAMES).join(", ")}${more}`);
}
