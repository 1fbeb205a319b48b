import { setTimeout as sleep } from "node:timers/promises";
import { HandlerContext, UserError } from "../plugin/handler";
import type { Cluster } from "../kubernetes/cluster";
import type { LiveObject, Reference } from "../kubernetes/live-object";
import { isKept, takesAlong } from "../live/forecast";
import { KUSTOMIZE } from "../live/said";
import { inventoryId, inventoryOf } from "../live/inventory";
import { FLUX_SYSTEM } from "../../manifests/flux/objects";
import { outsideOf, waves } from "../../manifests/flux/order";
import { isContainer, type Within, within } from "../live/within";
import { shortened } from "./follow/pods";
import { keepForOthers } from "./kept-for-others";
import { ROOT } from "./root";
import { referencesIn, whatHolds } from "./what-holds";
import type { KustomizationReference, ObjectReference } from "../../manifests/flux/objects";

/** Annotation of a root that we suspended, so that the next `up` may resume it. */
export const TAKEN_DOWN = "handoff.dev/taken-down";

/** What a hand-off leads in the cluster. */
export interface HandedOff {
  readonly kustomizations: readonly KustomizationReference[];
  readonly helmReleases: readonly Required<ObjectReference>[];
  /** Namespaces of ours in bundles. */
  readonly namespaces?: readonly string[];
}

/** Objects that are deleted together; the next ones go when these are gone. */
type Step = readonly Reference[];

/**
 * Takes the apps down before their files leave git: Flux prunes a folder in one go and knows no reverse order. The
 * root is suspended, so that it puts nothing back; then each Kustomization is deleted after those that depend on it,
 * and its finalizer prunes what it applied. A bundle, which applies other Kustomizations of ours and maybe some of
 * others, goes first and prunes nothing: what is ours of it is deleted one by one, and what isn't stays.
 */
export async function takeDown(
  ctx: HandlerContext,
  cluster: Cluster,
  apps: HandedOff,
  timeoutSeconds: number,
): Promise<void> {
  const root = await cluster.get(ROOT);
  if (root !== undefined) {
    // One that a person suspended stays so.
    const mark = root.spec?.suspend === true ? {} : { [TAKEN_DOWN]: new Date().toISOString() };
    await cluster.patch(ROOT, { metadata: { annotations: mark }, spec: { suspend: true } });
  } else if ((await cluster.resource(ROOT.apiVersion, ROOT.kind)) === undefined) return;
  const deadline = Date.now() + timeoutSeconds * 1000;
  const { bundles, held } = await bundlesOf(cluster, apps);
  for (const bundle of bundles) {
    await cluster.patch(bundle, { spec: { suspend: false, deletionPolicy: "Orphan" } });
    await cluster.delete(bundle);
  }
  await untilGone(ctx, cluster, bundles, deadline);
  const ours = [ROOT, ...apps.kustomizations].map((one) => `${one.namespace ?? ""}/${one.name}`);
  const othersIn = within(cluster, new Set(ours));
  for (const step of stepsOf(apps, bundles, held)) {
    const going: Reference[] = [];
    for (const reference of step) going.push(...(await startDeletion(ctx, cluster, reference, othersIn)));
    await untilGone(ctx, cluster, going, deadline);
  }
}

/** Kustomizations of ours that apply others of ours, and what else of ours they apply, as ids of an inventory. */
async function bundlesOf(
  cluster: Cluster,
  { kustomizations }: HandedOff,
): Promise<{ bundles: Reference[]; held: Set<string> }> {
  const own = new Set(kustomizations.map((one) => idOf("Kustomization", one)));
  const bundles: Reference[] = [];
  const held = new Set<string>();
  for (const { name, namespace } of kustomizations) {
    const reference = { ...ROOT, name, namespace };
    const entries = inventoryOf(await cluster.get(reference));
    if (!entries.some((id) => own.has(id))) continue;
    bundles.push(reference);
    for (const id of entries) held.add(id);
  }
  return { bundles, held };
}

function stepsOf(apps: HandedOff, bundles: readonly Reference[], held: ReadonlySet<string>): Step[] {
  const isBundle = ({ name, namespace }: Reference): boolean =>
    bundles.some((bundle) => bundle.name === name && bundle.namespace === namespace);
  const releases = apps.helmReleases.filter((one) => held.has(idOf("HelmRelease", one))).map(helmRelease);
  const order = waves(apps.kustomizations, { known: outsideOf(apps.kustomizations) })
    .reverse()
    .map((wave) => wave.map(kustomizationOf).filter((one) => !isBundle(one)));
  const awaited = new Set(order.flat().map(({ name }) => name));
  const namespaces = (apps.namespaces ?? []).map((name) => ({ apiVersion: "v1", kind: "Namespace", name }));
  return [
    releases.filter(({ name }) => !awaited.has(name)),
    // A release goes before the Kustomization that stands for it, which has its namespace.
    ...order.flatMap((wave) => [releases.filter(({ name }) => wave.some((one) => one.name === name)), wave]),
    namespaces.filter(({ name }) => held.has(`_${name}__Namespace`)),
  ];
}

function kustomizationOf(shown: string): Reference {
  const [name = "", namespace = FLUX_SYSTEM] = shown.split("/").reverse();
  return { ...ROOT, name, namespace };
}

function helmRelease({ name, namespace }: Required<ObjectReference>): Reference {
  return { apiVersion: "helm.toolkit.fluxcd.io/v2", kind: "HelmRelease", name, namespace };
}

/** The id of a Flux object in an inventory. */
function idOf(kind: "Kustomization" | "HelmRelease", metadata: Required<ObjectReference>): string {
  const { apiVersion } = kind === "HelmRelease" ? helmRelease(metadata) : ROOT;
  return inventoryId({ apiVersion, kind, metadata });
}

async function untilGone(
  ctx: HandlerContext,
  cluster: Cluster,
  references: Step,
  deadline: number,
): Promise<void> {
  let left = references;
  let shown = "";
  for (;;) {
    const found = await Promise.all(left.map(async (reference) => await cluster.get(reference)));
    left = left.filter((_, index) => found[index] !== undefined);
    if (left.length === 0) return;
    const line = `taking down ${left.map(({ name }) => name).join(", ")}`;
    if (line !== shown) ctx.status(line);
    shown = line;
    if (Date.now() > deadline) {
      const held = await Promise.all(left.map(async (one) => await whatHolds(cluster, one).catch(() => [])));
      throw new UserError(
        [
          `timed out taking down ${left.map(({ kind, name }) => `${kind} ${name}`).join(", ")}`,
          ...held.flat(),
          "→ Have the controllers answer whose finalizers hold it, or look whether Flux runs with `flux check`; then run `pulumi destroy` again.",
        ].join("\n"),
      );
    }
    await sleep(500, undefined, { signal: ctx.signal });
  }
}

/**
 * A suspended object of Flux would leave behind what it applied; and by default no Kustomization waits until that is
 * gone. One that doesn't prune, or is told to orphan it, leaves it on purpose.
 * @returns what goes: the object, and of a Kustomization its namespaces, which it waits for no longer than its timeout
 */
async function startDeletion(
  ctx: HandlerContext,
  cluster: Cluster,
  reference: Reference,
  othersIn: Within,
): Promise<readonly Reference[]> {
  const namespaces: Reference[] = [];
  if (reference.kind === "Kustomization") {
    const live = await cluster.get(reference);
    const takes = live !== undefined && takesAlong({ ...live, spec: { ...live.spec, suspend: false } });
    if (live !== undefined && !takes) ctx.info(leftBehind(live));
    if (takes) namespaces.push(...(await goingNamespaces(ctx, cluster, live, othersIn)));
    const policy = takes ? { deletionPolicy: "WaitForTermination" } : {};
    // The change starts a reconciliation, and the deletion waits for its end: with checks of what is gone, or doesn't
    // become well, for as long as its timeout.
    const unchecked = { wait: false, healthChecks: null };
    await cluster.patch(reference, { spec: { suspend: false, ...unchecked, ...policy } });
  } else if (reference.kind === "HelmRelease") {
    await cluster.patch(reference, { spec: { suspend: false } });
  } else if (await isKeptForOthers(ctx, await cluster.get(reference), othersIn)) return [];
  await cluster.delete(reference);
  return [reference, ...namespaces];
}

/**
 * The namespaces that go with a Kustomization. Those in which others have something, and definitions of whose kind they
 * have something, are kept from being pruned: that would go, too.
 */
async function goingNamespaces(
  ctx: HandlerContext,
  cluster: Cluster,
  kustomization: LiveObject,
  othersIn: Within,
): Promise<Reference[]> {
  const going: Reference[] = [];
  for (const reference of referencesIn(kustomization)) {
    if (!isContainer(reference.kind)) continue;
    const live = await cluster.get(reference);
    if (live === undefined || isKept(live)) continue;
    if (await isKeptForOthers(ctx, live, othersIn)) await keepForOthers(cluster, reference);
    else if (reference.kind === "Namespace" && isOf(live, kustomization)) going.push(reference);
  }
  return going;
}

/** Whether a Kustomization applied an object last: it prunes nothing that is another's by now. */
function isOf({ metadata }: LiveObject, { metadata: of = {} }: LiveObject): boolean {
  const { [`${KUSTOMIZE}/name`]: name, [`${KUSTOMIZE}/namespace`]: namespace } = metadata?.labels ?? {};
  return name === of.name && namespace === of.namespace;
}

async function isKeptForOthers(
  ctx: HandlerContext,
  live: LiveObject | undefined,
  othersIn: Within,
): Promise<boolean> {
  if (live === undefined || isKept(live) || live.metadata?.deletionTimestamp !== undefined) return false;
  const others = (await othersIn(live)).map(({ name, owner }) => `${name} (${owner})`);
  if (others.length === 0) return false;
  const { kind = "", metadata } = live;
  ctx.warn(
    `${kind} ${metadata?.name ?? ""} stays, since others have in it: ${shortened(others, 5).join(", ")}`,
  );
  return true;
}

function leftBehind({ metadata: { name = "", namespace = "" } = {}, spec }: LiveObject): string {
  const why = spec?.deletionPolicy === "Orphan" ? "deletionPolicy: Orphan" : "prune: false";
  return `what Kustomization ${namespace}/${name} applied stays in the cluster, for you to delete: it has ${why}`;
}
