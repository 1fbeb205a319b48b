import { setTimeout as sleep } from "node:timers/promises";
import { isDeepStrictEqual } from "node:util";
import { parseAllDocuments } from "yaml";
import { HandlerContext, ResourceHandler, UserError, Props } from "../../provider/handler";
import { Cluster, ClusterConnection, LiveObject, Reference } from "./cluster";
import { Expectation, FluxObject, keyOf, ObjectKey, ObjectProgress, progressOf } from "./progress";
import { clusterGone } from "./uninstall";
import { FluxWatch, KINDS } from "./watch";
import { FLUX_SYSTEM } from "./objects";
import { waves } from "./order";

export interface KustomizationReference {
  readonly name: string;
  readonly namespace: string;
  readonly dependsOn: readonly { readonly name: string; readonly namespace?: string }[];
}

interface Inputs extends ClusterConnection {
  /** Text of `gotk-sync.yaml`. */
  readonly sync: string;
  /** Revisions that were pushed: name of the GitRepository in flux-system → `main@sha1:…`. */
  readonly revisions: Readonly<Record<string, string>>;
  readonly kustomizations: readonly KustomizationReference[];
  readonly helmReleases: readonly { readonly name: string; readonly namespace: string }[];
  readonly timeoutSeconds: number;
}

const ROOT: Reference = {
  apiVersion: "kustomize.toolkit.fluxcd.io/v1",
  kind: "Kustomization",
  name: FLUX_SYSTEM,
  namespace: FLUX_SYSTEM,
};

/** How long an object may fail before we give up on it, and how often it is asked to try again meanwhile. */
const PATIENCE = 90_000;
const RETRY_EVERY = 10_000;

/** The provider's side of `FluxReady`. */
export const fluxReadyHandler: ResourceHandler = {
  computed: ["ready", "reconciled"],

  async diff(_ctx, _id, olds, news) {
    const changed = Object.keys({ ...olds.inputs, ...news }).filter(
      (name) => !isDeepStrictEqual(olds.inputs[name], news[name]),
    );
    const detailed = Object.fromEntries(changed.map((name) => [name, "update" as const]));
    return Promise.resolve({ changes: changed.length > 0, detailed });
  },

  async create(ctx, news) {
    return { id: FLUX_SYSTEM, outputs: { ...news, ...(await follow(ctx, inputsOf(news))) } };
  },

  async update(ctx, _id, _olds, news) {
    return { outputs: { ...news, ...(await follow(ctx, inputsOf(news))) } };
  },

  async read(_ctx, id, olds) {
    return Promise.resolve({ id, ...olds });
  },

  async delete(ctx, _id, olds) {
    const inputs = inputsOf(olds.inputs);
    if (await clusterGone(ctx, inputs)) return;
    await takeDown(ctx, await Cluster.connect(inputs), inputs);
  },
};

function inputsOf(props: Props): Inputs {
  return props as unknown as Inputs;
}

/** Starts the sync where it isn't, nudges the sources, and follows until everything runs what was pushed. */
async function follow(ctx: HandlerContext, inputs: Inputs): Promise<Props> {
  const cluster = await Cluster.connect(inputs);
  await startSync(ctx, cluster, inputs.sync);
  const token = new Date().toISOString();
  const expected: Expectation = {
    sources: Object.fromEntries(
      Object.entries(inputs.revisions).map(([name, revision]) => [keyOf("GitRepository", name), revision]),
    ),
    kustomizations: [
      keyOf("Kustomization", FLUX_SYSTEM),
      ...inputs.kustomizations.map(({ name, namespace }) => keyOf("Kustomization", name, namespace)),
    ],
    helmReleases: inputs.helmReleases.map(({ name, namespace }) => keyOf("HelmRelease", name, namespace)),
    token,
  };
  const watch = new FluxWatch(cluster, ctx.signal);
  try {
    const progress = await settle(ctx, cluster, watch, expected, inputs.timeoutSeconds);
    return {
      ready: true,
      reconciled: Object.fromEntries(
        progress.filter(({ revision }) => revision !== undefined).map(({ key, revision }) => [key, revision]),
      ),
    };
  } finally {
    watch.stop();
  }
}

/** Applies gotk-sync.yaml while the cluster has no root sync, or one that points elsewhere. */
async function startSync(ctx: HandlerContext, cluster: Cluster, sync: string): Promise<void> {
  for (const document of parseAllDocuments(sync)) {
    const wanted = document.toJS() as LiveObject;
    const live = await cluster.get({ ...ROOT, apiVersion: wanted.apiVersion ?? "", kind: wanted.kind ?? "" });
    const same = Object.entries(wanted.spec ?? {}).every(([field, value]) =>
      contains(live?.spec?.[field], value),
    );
    if (
      live !== undefined &&
      live.metadata?.deletionTimestamp === undefined &&
      same &&
      live.spec?.suspend !== true
    )
      continue;
    ctx.status(`applying ${wanted.kind ?? ""} flux-system`);
    await cluster.apply({ ...wanted, spec: { ...wanted.spec, suspend: false } });
  }
}

/** True when `live` has everything that `wanted` says; the API server adds defaults. */
function contains(live: unknown, wanted: unknown): boolean {
  if (wanted === null || typeof wanted !== "object") return live === wanted;
  return Object.entries(wanted).every(([key, value]) =>
    contains((live as Record<string, unknown> | undefined)?.[key], value),
  );
}

async function settle(
  ctx: HandlerContext,
  cluster: Cluster,
  watch: FluxWatch,
  expected: Expectation,
  timeoutSeconds: number,
): Promise<readonly ObjectProgress[]> {
  const deadline = Date.now() + timeoutSeconds * 1000;
  const asked = new Map<ObjectKey, number>();
  const failingSince = new Map<ObjectKey, number>();
  let shown = "";
  for (;;) {
    const live = await watch.objects();
    for (const key of Object.keys(expected.sources)) {
      if (!asked.has(key) && live.has(key)) await ask(cluster, asked, key, expected.token);
    }
    const progress = progressOf(live, expected);
    const open = progress.filter(({ status }) => status !== "ready");
    if (open.length === 0) return progress;

    const now = Date.now();
    for (const { key, status, nudge } of open) {
      if (status === "failing") {
        const since = failingSince.get(key) ?? now;
        failingSince.set(key, since);
        if (now - (asked.get(key) ?? since) >= RETRY_EVERY) await ask(cluster, asked, key);
      } else {
        failingSince.delete(key);
        if (nudge === true && now - (asked.get(key) ?? 0) >= 1000) await ask(cluster, asked, key);
      }
    }
    const lost = open.filter(
      ({ key, status }) => status === "stopped" || now - (failingSince.get(key) ?? now) > PATIENCE,
    );
    if (lost.length > 0 || now > deadline) {
      const title =
        lost.length > 0
          ? "The files are pushed, but Flux can't bring the cluster to them"
          : `The files are pushed, but after ${String(timeoutSeconds)} s the cluster isn't there yet`;
      throw new UserError(await report(cluster, live, title, lost.length > 0 ? lost : open, progress));
    }
    const line = `${String(progress.length - open.length)} of ${String(progress.length)} ready; ${summary(open)}`;
    if (line !== shown) ctx.status(line);
    shown = line;
    await watch.changed(Math.min(1000, deadline - now + 1));
  }
}

/** Requests a reconciliation now, as `flux reconcile` does. */
async function ask(
  cluster: Cluster,
  asked: Map<ObjectKey, number>,
  key: ObjectKey,
  token?: string,
): Promise<void> {
  asked.set(key, Date.now());
  const annotations = { "reconcile.fluxcd.io/requestedAt": token ?? new Date().toISOString() };
  await cluster.patch(referenceOf(key), { metadata: { annotations } });
}

function referenceOf(key: ObjectKey): Reference {
  const [kind = "", path = ""] = key.split(" ");
  const [namespace, name = ""] = path.split("/");
  const apiVersion = KINDS.find((entry) => entry.kind === kind)?.apiVersion ?? "";
  return { apiVersion, kind, name, namespace };
}

function summary(open: readonly ObjectProgress[]): string {
  const first = open.find(({ status }) => status === "failing") ?? open[0];
  return first === undefined
    ? ""
    : `${first.key.split("/")[1] ?? ""} ${first.message.split("\n")[0] ?? ""}`.slice(0, 160);
}

async function report(
  cluster: Cluster,
  live: ReadonlyMap<ObjectKey, FluxObject>,
  title: string,
  culprits: readonly ObjectProgress[],
  all: readonly ObjectProgress[],
): Promise<string> {
  const ready = all.filter(({ status }) => status === "ready").length;
  const events = await cluster.list("v1", "Event");
  const blocks = culprits.map(({ key, message }) => {
    const { kind, name, namespace } = referenceOf(key);
    const last = events
      .map(
        (event) =>
          event as unknown as { type?: string; message?: string; involvedObject?: Record<string, string> },
      )
      .filter(
        ({ type, involvedObject: object }) =>
          type === "Warning" &&
          object?.kind === kind &&
          object.name === name &&
          object.namespace === namespace,
      )
      .map((event) => (event.message ?? "").trim())
      .filter((text) => text !== "" && !message.includes(text))
      .slice(-3);
    const lines = [`${key}: ${message}`, ...last.map((text) => `  event: ${text}`)];
    return lines.join("\n");
  });
  const suspended = [...live].filter(([, object]) => object.spec?.suspend === true).map(([key]) => key);
  const hint = suspended.length === 0 ? [] : [`Suspended: ${suspended.join(", ")}`];
  return [
    `${title}: ${String(ready)} of ${String(all.length)} objects are ready.`,
    ...blocks,
    ...hint,
    "→ Mend the cause, then run `pulumi up` again: it commits nothing twice and goes on following.",
  ].join("\n");
}

/**
 * Takes the apps down before their files leave git: Flux prunes a folder in one go and knows no reverse order. The
 * root is suspended, so that it puts nothing back; then each Kustomization is deleted after those that depend on it,
 * and its finalizer prunes what it applied.
 */
async function takeDown(ctx: HandlerContext, cluster: Cluster, inputs: Inputs): Promise<void> {
  if (!(await cluster.patch(ROOT, { spec: { suspend: true } }))) return;
  const deadline = Date.now() + inputs.timeoutSeconds * 1000;
  const names = new Set(inputs.kustomizations.map(({ name }) => name));
  const outside = inputs.kustomizations.flatMap(({ dependsOn }) => dependsOn.map(({ name }) => name));
  const order = waves(inputs.kustomizations, { known: outside.filter((name) => !names.has(name)) });
  for (const wave of order.reverse()) {
    let left = wave.map((shown) => {
      const [name = "", namespace = FLUX_SYSTEM] = shown.split("/").reverse();
      return { ...ROOT, name, namespace };
    });
    // A suspended Kustomization would leave behind what it applied.
    for (const reference of left) {
      await cluster.patch(reference, { spec: { suspend: false } });
      await cluster.delete(reference);
    }
    for (;;) {
      const found = await Promise.all(left.map(async (reference) => await cluster.get(reference)));
      left = left.filter((_, index) => found[index] !== undefined);
      if (left.length === 0) break;
      ctx.status(`taking down ${left.map(({ name }) => name).join(", ")}`);
      if (Date.now() > deadline) {
        throw new UserError(
          `timed out taking down ${left.map(({ name }) => `Kustomization ${name}`).join(", ")}\n` +
            "→ See what is left with `flux tree kustomization`, and whether Flux runs with `flux check`; then run `pulumi destroy` again.",
        );
      }
      await sleep(500, undefined, { signal: ctx.signal });
    }
  }
}
