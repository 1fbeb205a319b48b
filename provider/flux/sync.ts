import { syncObjectsIn } from "../../manifests/flux/read-bootstrap";
import type { HandlerContext } from "../plugin/handler";
import type { Cluster } from "../kubernetes/cluster";
import type { LiveObject, Reference } from "../kubernetes/live-object";
import { madeHere } from "./leave-running";
import { ROOT } from "./root";
import { TAKEN_DOWN } from "./take-down";

/** What says where a sync reads from. The rest comes by git, and may be patched there. */
export const POINTERS = ["url", "ref", "secretRef", "provider", "path", "sourceRef"];

/**
 * Applies gotk-sync.yaml while the cluster has no root sync, or one that points elsewhere. A root that is pointed
 * elsewhere, or is resumed, stands still until its source has what was pushed: of an older commit, the folder may hold
 * less than what runs, and the root would prune the rest. A root that an interrupted run suspended is resumed; one that
 * a person suspended isn't.
 * @param sync text of gotk-sync.yaml: the source and the root
 * @param fetched waits until the source has what was pushed
 * @returns true when something was applied
 */
export async function startSync(
  ctx: HandlerContext,
  cluster: Cluster,
  sync: string,
  fetched: () => Promise<void>,
): Promise<boolean> {
  const [source = {}, root = {}]: readonly (LiveObject | undefined)[] = syncObjectsIn(sync);
  const [liveSource, liveRoot] = await Promise.all([find(cluster, source), find(cluster, root)]);
  const points = { source: pointsAs(liveSource, source), root: pointsAs(liveRoot, root) };
  const turns = liveRoot !== undefined && !(points.source && points.root);
  const resumes =
    liveRoot?.metadata?.annotations?.[TAKEN_DOWN] !== undefined || (turns && liveRoot.spec?.suspend !== true);

  if (turns && resumes) {
    const metadata = { annotations: { [TAKEN_DOWN]: new Date().toISOString() } };
    await cluster.patch(ROOT, { metadata, spec: { suspend: true } });
  }
  if (!points.source) await apply(ctx, cluster, source);
  // Who pinned it keeps these fields, whoever else applies the object.
  const pins = pinsOf(liveSource, source);
  if (pins.length > 0)
    await cluster.patch(ofSync(source), {
      spec: { ref: Object.fromEntries(pins.map((name) => [name, null])) },
    });
  if (turns || resumes) await fetched();
  if (!points.root) await apply(ctx, cluster, liveRoot === undefined ? madeHere(root) : root);
  if (resumes)
    await cluster.patch(ROOT, {
      metadata: { annotations: { [TAKEN_DOWN]: null } },
      spec: { suspend: false },
    });
  return !points.source || !points.root;
}

async function apply(ctx: HandlerContext, cluster: Cluster, object: LiveObject): Promise<void> {
  ctx.status(`applying ${object.kind ?? ""} flux-system`);
  await cluster.apply(object);
}

/** The live object; undefined for one that is being deleted, too. */
async function find(cluster: Cluster, object: LiveObject): Promise<LiveObject | undefined> {
  const live = await cluster.get(ofSync(object));
  return live?.metadata?.deletionTimestamp === undefined ? live : undefined;
}

function ofSync({ apiVersion = "", kind = "" }: LiveObject): Reference {
  return { ...ROOT, apiVersion, kind };
}

/** True when the live object reads from where `wanted` says. */
export function pointsAs(live: LiveObject | undefined, wanted: LiveObject): boolean {
  const pointers = Object.entries(wanted.spec ?? {}).filter(([name]) => POINTERS.includes(name));
  return (
    live !== undefined &&
    contains(live.spec, Object.fromEntries(pointers)) &&
    pinsOf(live, wanted).length === 0
  );
}

/** What holds a source to something else than its branch: a tag, a name or a commit counts more than a branch. */
function pinsOf(live: LiveObject | undefined, wanted: LiveObject): string[] {
  const [held, asked] = [live, wanted].map((object) => Object.keys(object?.spec?.ref ?? {}));
  return wanted.spec?.ref === undefined ? [] : (held ?? []).filter((name) => asked?.includes(name) !== true);
}

/** True when `live` has everything that `wanted` says; the API server adds defaults. */
function contains(live: unknown, wanted: unknown): boolean {
  if (wanted === null || typeof wanted !== "object") return live === wanted;
  return Object.entries(wanted).every(([key, value]) =>
    contains((live as Record<string, unknown> | undefined)?.[key], value),
  );
}
