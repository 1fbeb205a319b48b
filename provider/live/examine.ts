import { isDeepStrictEqual } from "node:util";
import { type HandlerContext, hasUnknown, UserError } from "../plugin/handler";
import { Cluster, type ClusterConnection, type LiveObject } from "../kubernetes/cluster";
import { ClusterError } from "../kubernetes/cluster-error";
import type { Files } from "../../manifests/files";
import { buildTransformed } from "./build";
import { isForced, refusals } from "./dry-run";
import { immutableChanges } from "./immutable";
import { foreignInventories, inventoryId } from "./inventory";
import { lookUp } from "./lookup";
import { type FileObject, nameOf, objectsIn } from "./objects";
import { foreignOwner } from "./owner";
import { wayThrough } from "./ways-through";

/** The cluster that a commit's files reach. */
export interface Target extends ClusterConnection {
  /** Kustomizations that apply the files, as `namespace/name`: what they applied is ours. */
  readonly kustomizations: readonly string[];
  /** Objects of others that the user lets be taken over, as `Kind namespace/name` or `Kind name`. */
  readonly takeOver?: readonly string[];
}

/** A commit as planned: what the changed and deleted files hold at the head, and what they shall. */
export interface Proposal {
  /** Changed files of ours, and deleted ones without a text. */
  readonly changed: readonly { readonly path: string; readonly before?: string; readonly after?: string }[];
  /** All files that are handed off. */
  readonly files: Readonly<Record<string, string>>;
}

const MOST_NAMES = 15;

/**
 * Looks a commit over as the cluster will: who has the objects that it brings, and what the API server says to them.
 * Changes nothing. A cluster that can't be asked leaves the rules that are known without it.
 * @param foreseen true in a preview, which tells what Flux would create, change, prune and take over
 * @throws UserError with everything that stands against it
 */
export async function examine(
  ctx: HandlerContext,
  target: Target,
  { changed, files }: Proposal,
  foreseen: boolean,
): Promise<void> {
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
  if (before.size + after.size === 0) return;
  ctx.status(`asking the cluster about ${String(paths.length)} changed files`);
  try {
    if (hasUnknown(target.kubeconfig)) return;
    await ask(ctx, target, before, after, foreseen);
  } catch (error) {
    if (!(error instanceof ClusterError) || (error.status !== undefined && error.status < 500)) throw error;
    ctx.warn(`the cluster couldn't be asked about the commit: ${error.message}`);
    refuse(knownRefusals(before, after));
  }
}

/**
 * The objects before and after: of folders whose kustomizations transform them as these are built, else as the files say.
 */
async function asBuilt(
  ctx: HandlerContext,
  former: Files,
  wanted: Files,
  changed: Proposal["changed"],
): Promise<readonly [ReadonlyMap<string, FileObject>, ReadonlyMap<string, FileObject>]> {
  const there = (files: Files, which: "before" | "after"): Files => {
    const gone = new Set(changed.filter((file) => file[which] === undefined).map(({ path }) => path));
    return Object.fromEntries(Object.entries(files).filter(([path]) => !gone.has(path)));
  };
  const texts = [there(former, "before"), there(wanted, "after")] as const;
  const paths = changed.map(({ path }) => path);
  const builds = [await buildTransformed(texts[0], paths), await buildTransformed(texts[1], paths)] as const;
  const skipped = [...builds[1]].filter(([, build]) => typeof build === "string");
  if (skipped.length > 0)
    ctx.info(`judged by single files, since it can't be built here: ${shortened(skipped)}`);
  const objects = (index: 0 | 1): ReadonlyMap<string, FileObject> => {
    const [own, other] = [builds[index], builds[index === 0 ? 1 : 0]];
    // What could be built before, and can't be now, would seem to vanish.
    const built = [...own].flatMap(([folder, build]) =>
      typeof build === "string" || typeof other.get(folder) === "string" ? [] : [{ folder, build }],
    );
    const files = new Set(built.flatMap(({ build }) => [...build.files]));
    const single = paths.filter((path) => path in texts[index] && !files.has(path));
    const changes = built.flatMap(({ folder, build }) => {
      const counterpart = other.get(folder);
      const others = typeof counterpart === "object" ? counterpart.objects : undefined;
      return [...build.objects].filter(
        ([name, { object }]) => !isDeepStrictEqual(object, others?.get(name)?.object),
      );
    });
    return new Map([...objectsIn(texts[index], single), ...changes]);
  };
  return [objects(0), objects(1)];
}

/** Folders with why they aren't built, the first in full. */
function shortened(skipped: readonly (readonly [string, unknown])[]): string {
  const [first] = skipped;
  if (first === undefined) return "";
  const [folder, why] = first;
  const more = skipped.length === 1 ? "" : ` (and ${String(skipped.length - 1)} more)`;
  return `${folder}/${more}: ${String(why)}`;
}

async function ask(
  ctx: HandlerContext,
  { takeOver = [], ...target }: Target,
  before: ReadonlyMap<string, FileObject>,
  after: ReadonlyMap<string, FileObject>,
  foreseen: boolean,
): Promise<void> {
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
  if (!foreseen) return;
  const names = [...after.keys()];
  tell(
    ctx,
    "Flux would take over",
    owners.map(({ name, owner }) => `${name} (of ${owner})`),
  );
  tell(
    ctx,
    "Flux would create",
    names.filter((name) => !live.has(name)),
  );
  tell(
    ctx,
    "Flux would change",
    names.filter((name) => live.has(name)),
  );
  tell(
    ctx,
    "Flux would prune",
    [...before.keys()].filter((name) => !after.has(name)),
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
