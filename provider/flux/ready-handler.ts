import { randomUUID } from "node:crypto";
import { isDeepStrictEqual } from "node:util";
import { type DetailedDiff, listChanges, mapChanges } from "../plugin/detailed-diff";
import { HandlerContext, hasUnknown, Props, ResourceHandler, stackOf, type State } from "../plugin/handler";
import { Cluster, ClusterConnection } from "../kubernetes/cluster";
import { type ObjectProgress, SUSPENDED_AS_ALLOWED } from "./follow/conditions";
import { isBusy } from "../kubernetes/cluster-error";
import { keyOf, type ObjectKey } from "./follow/flux-object";
import { FLUX_SYSTEM } from "../../manifests/flux/objects";
import type { Expectation } from "./follow/progress";
import { takeBackKept } from "./kept-for-others";
import { Nudges } from "./follow/nudges";
import { settle } from "./follow/follow";
import { HOLDER, holderOf, ROOT } from "./root";
import { startSync } from "./sync";
import { syncInCluster, whyNotFollowing } from "./sync-look";
import { takeDown } from "./take-down";
import { clusterGone } from "./uninstall";
import type { KustomizationReference } from "../../manifests/flux/objects";

interface Inputs extends ClusterConnection {
  /** Text of `gotk-sync.yaml`. */
  readonly sync: string;
  /** Revisions that were pushed: name of the GitRepository in flux-system → `main@sha1:…`. */
  readonly revisions: Readonly<Record<string, string>>;
  /** ArtifactGenerators in flux-system that cut what was pushed into artifacts. */
  readonly generators?: readonly string[];
  readonly kustomizations: readonly KustomizationReference[];
  /** Those whose files stay in git, as `namespace/name`. */
  readonly staying?: readonly string[];
  readonly helmReleases: readonly { readonly name: string; readonly namespace: string }[];
  /** Namespaces of ours that a bundle applies. */
  readonly namespaces?: readonly string[];
  /** Pull requests that wait to be merged. */
  readonly pending?: readonly string[];
  readonly wait?: boolean;
  /** Objects that may be suspended, as `Kind namespace/name`. */
  readonly allowSuspended?: readonly string[];
  readonly timeoutSeconds: number;
}

/** The provider's side of `FluxReady`. */
export const fluxReadyHandler: ResourceHandler = {
  computed: ["ready", "reconciled", "followed", "suspended"],

  async diff(ctx, _id, olds, news) {
    const changed = Object.keys({ ...olds.inputs, ...news }).filter(
      (name) => !isDeepStrictEqual(olds.inputs[name], news[name]),
    );
    // What waited for a pull request is to be looked at again.
    if (inputsOf(olds.inputs).pending !== undefined) changed.push("pending");
    const { allowSuspended = [] } = inputsOf(news);
    if (allowSuspended.length > 0) ctx.info(`may be suspended: ${allowSuspended.join(", ")}`);
    if (changed.length === 0 && !hasUnknown(news)) {
      const why = await lookOrUnknown(ctx, inputsOf(news), olds.outputs);
      if (why !== undefined) ctx.warn(`${why}: \`up\` sees to it`);
      if (why !== undefined) changed.push("sync");
    }
    const detailed = Object.assign(
      {},
      ...changed.map((name) => changesOf(name, olds.inputs[name], news[name])),
    ) as DetailedDiff;
    return { changes: changed.length > 0, detailed };
  },

  async create(ctx, news) {
    return { id: FLUX_SYSTEM, outputs: { ...news, ...(await follow(ctx, inputsOf(news), {})) } };
  },

  async update(ctx, _id, olds, news) {
    return {
      outputs: { ...news, ...(await follow(ctx, inputsOf(news), olds.outputs, formerOf(olds, news))) },
    };
  },

  async read(_ctx, id, olds) {
    const inputs = inputsOf(olds.inputs);
    // A sync that waits for a pull request needn't be there.
    if (inputs.pending !== undefined) return { id, ...olds };
    const sync = await syncInCluster(await Cluster.connect(inputs), inputs.sync);
    return sync === undefined ? undefined : { id, outputs: olds.outputs, inputs: { ...olds.inputs, sync } };
  },

  async delete(ctx, _id, olds) {
    const inputs = inputsOf(olds.inputs);
    if (await clusterGone(ctx, inputs)) return;
    const cluster = await Cluster.connect(inputs);
    const holder = await holderOf(cluster);
    // One that was replaced by another, as when a component got another name, leaves what the other hands off.
    if (holder !== undefined && holder !== olds.outputs.holder) {
      ctx.info("another hand-off leads Flux now: what runs goes on running");
      return;
    }
    const { staying = [], kustomizations } = inputs;
    if (staying.length > 0) ctx.info(`run on, since their files stay: ${staying.join(", ")}`);
    const going = kustomizations.filter(({ name, namespace }) => !staying.includes(`${namespace}/${name}`));
    await takeDown(ctx, cluster, { ...inputs, kustomizations: going }, inputs.timeoutSeconds);
  },
};

/** Of a list or map what changes in it, and nothing else. */
function changesOf(name: string, before: unknown, after: unknown): DetailedDiff {
  const whole: DetailedDiff = { [name]: "update" };
  const isMap = (value: unknown): boolean =>
    value !== null && typeof value === "object" && !hasUnknown(value);
  if (!isMap(before) || !isMap(after)) return whole;
  const parts =
    Array.isArray(before) && Array.isArray(after)
      ? listChanges(name, before, after)
      : mapChanges(name, before, after);
  return Object.keys(parts).length === 0 ? whole : parts;
}

function inputsOf(props: Props): Inputs {
  return props as unknown as Inputs;
}

/**
 * Why Flux doesn't follow. A cluster that can't be reached is no reason to stop a preview, and `up` doesn't come so far;
 * one that can't tell yet, as right after Flux's definitions came to it, may be empty.
 */
async function lookOrUnknown(
  ctx: HandlerContext,
  inputs: Inputs,
  outputs: Props,
): Promise<string | undefined> {
  try {
    const { followed, suspended } = outputs as Pick<Outputs, "followed" | "suspended">;
    const { sync, revisions, wait, allowSuspended } = inputs;
    const { generators, kustomizations, helmReleases } = expectedOf(inputs);
    const apps = [...generators, ...kustomizations.slice(1), ...helmReleases];
    return await whyNotFollowing(await Cluster.connect(inputs, 1), {
      ...{ sync, revisions, apps, wait, allowSuspended, followed, suspended },
    });
  } catch (error) {
    const why = `can't tell whether Flux follows: ${error instanceof Error ? error.message : String(error)}`;
    if (isBusy(error)) return why;
    ctx.warn(why);
    return undefined;
  }
}

/** What `follow` leaves. */
interface Outputs {
  readonly ready: boolean;
  readonly reconciled: Readonly<Record<ObjectKey, string>>;
  readonly holder: string;
  /** The request that the sources had answered. */
  readonly followed?: string;
  /** Objects that are suspended, as is allowed. */
  readonly suspended?: readonly ObjectKey[];
}

function expectedOf(inputs: Inputs): Omit<Expectation, "token"> {
  const { revisions, generators = [], kustomizations, helmReleases, allowSuspended } = inputs;
  return {
    sources: Object.fromEntries(
      Object.entries(revisions).map(([name, revision]) => [keyOf("GitRepository", name), revision]),
    ),
    generators: generators.map((name) => keyOf("ArtifactGenerator", name)),
    kustomizations: [
      keyOf("Kustomization", FLUX_SYSTEM),
      ...kustomizations.map(({ name, namespace }) => keyOf("Kustomization", name, namespace)),
    ],
    helmReleases: helmReleases.map(({ name, namespace }) => keyOf("HelmRelease", name, namespace)),
    allowSuspended,
  };
}

/** What the sources had at the last `up` that have been pushed to since. */
function formerOf(olds: State, news: Props): Readonly<Record<ObjectKey, string>> {
  const [before, now] = [inputsOf(olds.inputs).revisions, inputsOf(news).revisions];
  const { reconciled = {} } = olds.outputs as Partial<Outputs>;
  return Object.fromEntries(
    Object.keys(now).flatMap((name) => {
      const key = keyOf("GitRepository", name);
      const had = reconciled[key];
      return had === undefined || before[name] === now[name] || had === now[name] ? [] : [[key, had]];
    }),
  );
}

const NOTHING = { sources: {}, generators: [], kustomizations: [], helmReleases: [] };

/** Starts the sync where it isn't, nudges the sources, and follows until everything runs what was pushed. */
async function follow(
  ctx: HandlerContext,
  inputs: Inputs,
  before: Partial<Outputs>,
  former: Readonly<Record<ObjectKey, string>> = {},
): Promise<Outputs> {
  const { pending = [] } = inputs;
  const { reconciled = {}, holder = `${stackOf(ctx)} ${randomUUID()}` } = before;
  if (pending.length > 0) {
    ctx.warn(waiting(pending));
    // The cluster goes on with what it had.
    return { ready: false, reconciled, holder };
  }
  const cluster = await Cluster.connect(inputs);
  const token = new Date().toISOString();
  const source = keyOf("GitRepository", FLUX_SYSTEM);
  const expected: Expectation = { ...expectedOf(inputs), token, former };
  const followed = async (what: Partial<Expectation>): Promise<readonly ObjectProgress[]> =>
    await settle(
      ctx,
      cluster,
      { ...NOTHING, token, former, allowSuspended: inputs.allowSuspended, ...what },
      inputs.timeoutSeconds,
    );
  const started = async (): Promise<boolean> =>
    await startSync(ctx, cluster, inputs.sync, async () => {
      await followed({ sources: { [source]: expected.sources[source] ?? "" } });
    });
  await started();
  if ((await holderOf(cluster)) !== holder) {
    await cluster.patch(ROOT, { metadata: { annotations: { [HOLDER]: holder } } });
  }
  if (inputs.wait === false) {
    await new Nudges(cluster, token).ask(Object.keys(expected.sources));
    return { ready: false, reconciled, holder };
  }
  let progress = await followed(expected);
  // A root that was at work on its old folder has put back the sync that is there.
  if (await started()) progress = await followed(expected);
  await takeBackKept(ctx, cluster, inputs.kustomizations);
  const suspended = progress.filter(({ message }) => message === SUSPENDED_AS_ALLOWED).map(({ key }) => key);
  if (suspended.length > 0) ctx.warn(`suspended, as \`allowSuspended\` allows: ${suspended.join(", ")}`);
  for (const { key, revision } of progress) {
    const pushed = expected.sources[key];
    if (pushed !== undefined && revision !== pushed) ctx.info(otherCommit(key, revision, pushed));
  }
  return {
    ready: true,
    reconciled: Object.fromEntries(
      progress.flatMap(({ key, revision }) => (revision === undefined ? [] : [[key, revision]])),
    ),
    holder,
    followed: token,
    suspended,
  };
}

/** Somebody's newer commit on top of ours, as a rule; but only git knows. */
function otherCommit(key: string, revision = "nothing", pushed: string): string {
  return (
    `${key} has ${revision}, which isn't the commit that was pushed here (${pushed}): somebody pushed after it, ` +
    "or rewrote the branch. `pulumi refresh` and `pulumi preview` show whether the files are still there."
  );
}

/** A branch without our files isn't for Flux to apply: its sync starts when they are there. */
function waiting(pending: readonly string[]): string {
  const [them, order] = pending.length === 1 ? ["it", ""] : ["them", " in this order"];
  return [
    "The files are proposed, and reach the cluster when they are merged:",
    ...pending.map((address) => `  ${address}`),
    `→ Merge ${them}${order}, then run \`pulumi up\` again: it starts Flux's sync where there is none yet, and follows until the cluster runs the files.`,
  ].join("\n");
}
