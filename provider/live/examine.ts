import { type HandlerContext, hasUnknown, UserError } from "../plugin/handler";
import { Cluster, type ClusterConnection } from "../kubernetes/cluster";
import type { LiveObject } from "../kubernetes/live-object";
import { ClusterError } from "../kubernetes/cluster-error";
import type { AppliedFolders } from "../../manifests/flux/applied-as";
import type { Files } from "../../manifests/files";
import { dependantsOf } from "./dependants";
import { asBuilt, type Application, filesAt, type Proposal } from "./as-built";
import { refusals } from "./dry-run";
import { type Forecast, forecast, prunedWith } from "./forecast";
import { immutableChanges } from "./immutable";
import { foreignInventories, inventoryId, keptInventories } from "./inventory";
import { listed, listedLines } from "./listed-lines";
import { lookUp } from "./lookup";
import { type FileObject, nameOf, objectsIn } from "./objects";
import { foreignOwner } from "./owner";
import { type Commit, remade } from "./remade";
import { isLeftAlone } from "./said";
import { servedOtherwise, unservedFaults, whyUnserved } from "./served";
import type { Settings } from "./substitute";
import { forceFault, isForced } from "./forced";
import { goneAlong } from "./gone-along";
import { storeAnew, storedBefore } from "./stored-versions";
import { alike, unexamined } from "./unexamined";
import { unfilledFaults } from "./unfilled";
import { wayThrough } from "./ways-through";

/** The cluster that a commit's files reach. */
export interface Target extends ClusterConnection {
  /** Kustomizations that apply the files, as `namespace/name`: what they applied is ours. */
  readonly kustomizations: readonly string[];
  /** Objects of others that the user lets be taken over, as `Kind namespace/name` or `Kind name`. */
  readonly takeOver?: readonly string[];
  /** Kustomizations that applied the files before and aren't handed off any more, as `namespace/name`. */
  readonly leaving?: readonly string[];
  /** Those of the Kustomizations that read these files, the others reading elsewhere. @default as the files themselves say */
  readonly reading?: readonly string[];
  /** Folders that Kustomizations apply otherwise than they are. */
  readonly applied?: readonly AppliedFolders[];
}

const STOPPED = "others name what goes; what they run stays, and Flux changes nothing of it any more";

/**
 * Looks a commit over as the cluster will: who has the objects that it brings, and what the API server says to them.
 * Changes nothing but the version in which objects of Flux's are stored, where an upgrade needs that. A cluster that can't be asked leaves the rules that are known without it.
 * @param target without one only the files tell
 * @param foreseen true in a preview, which tells what Flux would create, change, prune and take over
 * @returns what Flux would do
 * @throws UserError with everything that stands against it
 */
export async function examine(
  ctx: HandlerContext,
  target: Target | undefined,
  proposal: Proposal,
  foreseen: boolean,
  former: readonly AppliedFolders[] = target?.applied ?? [],
): Promise<Forecast> {
  const applied: Application = { before: former, after: target?.applied ?? [] };
  const [before, after] = await asBuilt(ctx, proposal, applied, settingsOf(target));
  refuse(unfilledFaults(before, after));
  const byFiles = forecast(before, after);
  if (target === undefined || before.size + after.size === 0) return byFiles;
  const { length } = proposal.changed;
  ctx.status(`asking the cluster about ${String(length)} changed ${length === 1 ? "file" : "files"}`);
  try {
    if (hasUnknown(target.kubeconfig)) return byFiles;
    return await ask(
      ctx,
      target,
      { before, after, files: proposal.files, former: filesAt(proposal, "before") },
      foreseen,
    );
  } catch (error) {
    if (!(error instanceof ClusterError) || (error.status !== undefined && error.status < 500)) throw error;
    ctx.warn(`the cluster couldn't be asked about the commit: ${error.message}`);
    refuse(knownRefusals(before, after));
    return byFiles;
  }
}

/** Data of ConfigMaps: of those that are handed off along, else of the cluster's. */
function settingsOf(target: Target | undefined): (files: Files) => Settings {
  const known = new Map<string, ReturnType<Settings>>();
  const live = async (namespace: string, name: string): ReturnType<Settings> => {
    if (target === undefined || hasUnknown(target.kubeconfig)) return "isn't known without the cluster";
    try {
      const cluster = await Cluster.connect(target, 1);
      return dataOf(await cluster.get({ apiVersion: "v1", kind: "ConfigMap", name, namespace }));
    } catch (error) {
      if (error instanceof ClusterError || error instanceof UserError) return "couldn't be asked for";
      throw error;
    }
  };
  return (files) => {
    const own = objectsIn(
      files,
      Object.keys(files).filter((path) => files[path]?.includes("ConfigMap") === true),
    );
    return (namespace, name) => {
      const found = own.get(`ConfigMap ${namespace}/${name}`);
      if (found !== undefined && found.unjudged === undefined) return Promise.resolve(dataOf(found.object));
      const key = `${namespace}/${name}`;
      const asked = known.get(key) ?? live(namespace, name);
      known.set(key, asked);
      return asked;
    };
  };
}

function dataOf(object: LiveObject | undefined): Readonly<Record<string, string>> | undefined {
  return object && ((object as { readonly data?: Readonly<Record<string, string>> }).data ?? {});
}

async function ask(
  ctx: HandlerContext,
  { takeOver = [], leaving = [], reading, ...target }: Target,
  { before, after, ...texts }: Pick<Commit, "before" | "after" | "files" | "former">,
  foreseen: boolean,
): Promise<Forecast> {
  const cluster = await Cluster.connect(target);
  const ours = new Set(target.kustomizations);
  const here = [...after.values()].filter(({ elsewhere }) => elsewhere !== true);
  const [{ live, judged, unserved, unread, terminating }, inventories] = await Promise.all([
    lookUp(cluster, here),
    foreignInventories(cluster, ours),
  ]);
  const owners = here.flatMap(({ object }) => {
    const name = nameOf(object);
    const found = live.get(name);
    if (isLeftAlone(object, found)) return [];
    const owner = (found && foreignOwner(found, ours)) ?? listedBy(found ?? object, inventories);
    return owner === undefined ? [] : [{ name, owner }];
  });
  const taken = owners.filter(({ name }) => !takeOver.includes(name));
  const changed = forecast(before, after).objects.flatMap((one) => one.after ?? one.before ?? []);
  const old = storedBefore(judged, live);
  const storedAnew = new Set(old.map(({ name }) => name));
  const { faults, unjudged, open, forced, warnings } = await refusals(
    cluster,
    judged,
    live,
    changed,
    storedAnew,
  );
  const served = await servedOtherwise(cluster, unserved);
  const unknown = [...unread.keys()].map(({ object }) => nameOf(object)).filter((name) => before.has(name));
  const byFiles = forecast(before, after, new Set([...live.keys(), ...unknown]));
  const kept = await keptOf(cluster, before, byFiles.prune);
  const found = { ...byFiles, prune: byFiles.prune.filter((name) => !kept.has(name)) };
  const staysNot = found.objects.filter(({ name }) => !kept.has(name));
  const withIt = await prunedWith(cluster, staysNot);
  const lost = [
    ...(await remade(cluster, { before, after, ...texts, live, ours, leaving, reading })),
    ...(await goneAlong(cluster, { ...found, withIt }, { before, ours, takeOver })),
  ];
  refuse([...takenFaults(taken), ...lost, ...faults, ...unservedFaults(served)]);
  for (const [words, names] of alike(unread))
    ctx.warn(
      `nobody knows whose these are in the cluster, which can't tell of them: ${listed(names)} (${words})`,
    );
  if (forced.length > 0)
    ctx.warn(`Flux deletes these and makes them again, since they are forced: ${listed(forced)}`);
  if (warnings.length > 0) ctx.warn(["the API server warns of:", ...listedLines(warnings)].join("\n"));
  if (unjudged > 0) ctx.info(`the API server was not asked about ${String(unjudged)} further objects`);
  const pruned = found.prune.filter((name) => before.get(name)?.elsewhere !== true);
  const known = [
    ...found.objects.map(({ name }) => name),
    ...[...ours].map((path) => `Kustomization ${path}`),
  ];
  const staying = await dependantsOf(cluster, pruned, new Set(known));
  if (staying.length > 0) ctx.warn(`${STOPPED}: ${listed(staying)}`);
  if (!foreseen) {
    for (const one of old) {
      const what = `storing each ${one.kind} anew in ${one.stored}`;
      await storeAnew(cluster, one, (done, of) => {
        ctx.status(`${what}: ${String(done)} of ${String(of)}`);
      });
    }
    return found;
  }
  // Each names its object, and that is said beside it: many that are refused alike are told at once.
  const words = [...open].map(([one, said]): [FileObject, string] => [
    one,
    said.replaceAll(`"${one.object.metadata?.name ?? ""}"`, '"…"'),
  ]);
  const why = new Map([...words, ...whyUnserved(served)]);
  for (const text of unexamined([...after.values()], {
    live,
    judged: new Set(judged),
    why,
    unread,
    terminating,
  }))
    ctx.info(text);
  const taking = owners.map(({ name, owner }) => `${name} (of ${owner})`);
  const anew = old.map(({ kind, stored, dropped }) => `${kind} in ${stored}, not ${dropped.join(", ")}`);
  tell(ctx, "before the commit, the cluster would store objects anew, as flux migrate does", anew);
  tell(ctx, "Flux would take over", taking);
  tell(ctx, "Flux would create", found.create);
  tell(ctx, "Flux would change", found.change);
  tell(ctx, "Flux would prune", found.prune);
  const stays = [...kept].map(([name, by]) => `${name} (${by} has prune: false)`);
  tell(ctx, "Flux would leave in the cluster, for you to delete", stays);
  for (const [name, names] of Object.entries(withIt)) tell(ctx, `Flux would prune with ${name}`, names);
  return { ...found, takeOver: taking, withIt };
}

/** What of the objects that go stays in the cluster, and by whom. */
async function keptOf(
  cluster: Cluster,
  before: ReadonlyMap<string, FileObject>,
  names: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const going = names.flatMap((name) => before.get(name) ?? []);
  if (going.length === 0) return new Map();
  const inventories = await keptInventories(cluster);
  return new Map(
    going.flatMap(({ object }) => {
      const by = inventories.get(inventoryId(object));
      return by === undefined ? [] : [[nameOf(object), by] as const];
    }),
  );
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
  return [...after].flatMap(([name, one]) => {
    const { path, object } = one;
    const former: LiveObject | undefined = before.get(name)?.object;
    if (former === undefined) return [];
    const changes = immutableChanges(former, object);
    if (changes.length === 0) return [];
    if (isForced(one)) return forceFault(one, former, changes) ?? [];
    const fields = changes.map(({ field }) => field).join(", ");
    return [`${nameOf(object)} (${path}): ${fields} can't be changed\n→ ${wayThrough(object, changes)}`];
  });
}

function refuse(faults: readonly string[]): void {
  if (faults.length > 0) throw new UserError(["nothing was committed:", ...faults].join("\n"));
}

function tell(ctx: HandlerContext, what: string, names: readonly string[]): void {
  if (names.length === 0) return;
  ctx.info(`${what}: ${listed(names)}`);
}
