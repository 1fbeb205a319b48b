import { lacking } from "../flux/follow/readiness";
import { describeUnready } from "../flux/follow/unready";
import type { Cluster } from "../kubernetes/cluster";
import type { LiveObject } from "../kubernetes/live-object";
import { referenceOf, type LiveSecret } from "../kubernetes/patched-secret";
import { UserError, type HandlerContext } from "../plugin/handler";
import { until } from "../plugin/until";
import { digestOf, runsOnFormer, secretsRead, SEEN, templateOf, WORKLOADS } from "./consumers";
import { isLed, MANAGER } from "./environment";
import type { RolledSecret, RolloutInputs } from "./plan";

/** A workload that reads Secrets whose values are others now. */
export interface Consumer {
  readonly workload: LiveObject;
  /** Those of ours that it reads, the others beside the changed ones. */
  readonly reads: readonly RolledSecret[];
  readonly path: string;
}

/**
 * The workloads that read one of the changed Secrets. A database's server, whose role was given the value, goes on: it
 * took its environment at its first start.
 */
export async function consumersOf(
  cluster: Cluster,
  changed: readonly RolledSecret[],
  { secrets, roles = {} }: Pick<RolloutInputs, "secrets" | "roles">,
): Promise<Consumer[]> {
  const servers = new Set(Object.values(roles).map(({ namespace, host }) => `${namespace}/${host}`));
  const namespaces = [...new Set(changed.map(({ namespace }) => namespace))];
  const lists = await Promise.all(
    namespaces.flatMap((namespace) =>
      WORKLOADS.map(async (kind) => await cluster.list("apps/v1", kind, namespace)),
    ),
  );
  return lists.flat().flatMap((workload) => {
    const { name = "", namespace = "" } = workload.metadata ?? {};
    const read = secretsRead(workload);
    const isRead = (secret: RolledSecret): boolean => secret.namespace === namespace && read.has(secret.name);
    if (servers.has(`${namespace}/${name}`) || !changed.some(isRead)) return [];
    const path = `${workload.kind ?? ""} ${namespace}/${name}`;
    return [{ workload, reads: secrets.filter(isRead), path }];
  });
}

/**
 * Starts the pods anew that run on former values or sign in by a temporary role, by an annotation of their template under
 * a name that Flux doesn't take back, and waits for all of them.
 * @throws UserError after `timeoutSeconds`, with what keeps the pods
 */
export async function restart(
  ctx: HandlerContext,
  cluster: Cluster,
  consumers: readonly Consumer[],
  timeoutSeconds: number,
): Promise<void> {
  const followed: Consumer[] = [];
  for (const consumer of consumers) {
    await restartOne(ctx, cluster, consumer);
    const why = whyNotByItself(consumer.workload);
    if (why === undefined) followed.push(consumer);
    else ctx.warn(`${consumer.path} ${why}: its pods have the former value until they are made anew`);
  }
  const open = async (): Promise<Consumer[]> => {
    const live = await Promise.all(
      followed.map(async (consumer) => {
        const { kind = "", metadata: { name = "", namespace } = {} } = consumer.workload;
        const workload = await cluster.get({ apiVersion: "apps/v1", kind, name, namespace });
        return workload === undefined ? [] : [{ ...consumer, workload: { ...workload, kind } }];
      }),
    );
    return live.flat().filter(({ workload }) => lacking(workload) !== undefined);
  };
  await until(
    ctx,
    timeoutSeconds,
    async () => {
      const [first, ...others] = await open();
      if (first === undefined) return undefined;
      const more = others.length === 0 ? "" : ` and ${String(others.length)} more`;
      return `restarting ${first.path}${more}: ${lacking(first.workload) ?? ""}`;
    },
    async () => {
      const workloads = (await open()).map(({ workload }) => workload);
      return new UserError(
        [
          `The Secrets have the new values, but after ${String(timeoutSeconds)} s not everything runs with them:`,
          ...(await describeUnready(cluster, workloads)),
          "→ Mend the cause, then run `pulumi up` again: it goes on with this rotation.",
        ].join("\n"),
      );
    },
  );
  if (followed.length > 0)
    ctx.info(`runs with the new values: ${followed.map(({ path }) => path).join(", ")}`);
}

async function restartOne(
  ctx: HandlerContext,
  cluster: Cluster,
  { workload, reads, path }: Consumer,
): Promise<void> {
  const { kind = "", metadata: { name = "", namespace } = {} } = workload;
  const live = await Promise.all(
    reads.map(async (secret): Promise<LiveSecret[]> => {
      const found: LiveSecret | undefined = await cluster.get(referenceOf(secret));
      return found === undefined ? [] : [found];
    }),
  );
  const secrets = live.flat();
  const digest = digestOf(workload, secrets);
  const spec = { template: { metadata: { annotations: { [SEEN]: digest } } } };
  if (isLed(workload)) {
    ctx.info(`restarting ${path}`);
    // What the manager applied before and applies no more is taken back by that.
    await cluster.apply({ apiVersion: "apps/v1", kind, metadata: { name, namespace }, spec }, MANAGER);
    return;
  }
  if (templateOf(workload).metadata?.annotations?.[SEEN] === digest) return;
  if (!runsOnFormer(await podsOf(cluster, workload), secrets)) return;
  ctx.info(`restarting ${path}`);
  await cluster.patch({ apiVersion: "apps/v1", kind, name, namespace }, { spec }, "handoff");
}

/** The pods of a workload, those that end among them. */
export async function podsOf(cluster: Cluster, { metadata, spec }: LiveObject): Promise<LiveObject[]> {
  const { matchLabels = {} } = (spec?.selector ?? {}) as { matchLabels?: Readonly<Record<string, string>> };
  const labelSelector = Object.entries(matchLabels)
    .map(([name, value]) => `${name}=${value}`)
    .join(",");
  return await cluster.list("v1", "Pod", metadata?.namespace, { labelSelector });
}

/** Of a workload that makes no new pods for another template. */
function whyNotByItself({ spec = {} }: LiveObject): string | undefined {
  const { paused, updateStrategy } = spec as { paused?: boolean; updateStrategy?: { type?: string } };
  if (paused === true) return "is paused";
  return updateStrategy?.type === "OnDelete" ? "is updated by deleting its pods only" : undefined;
}
