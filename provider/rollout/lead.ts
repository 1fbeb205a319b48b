import { HAS_IT } from "../../manifests/secrets/role-scripts";
import { evaluate } from "../../manifests/secrets/secret-text";
import { byTemporaryRole, takesOne } from "../../manifests/secrets/temporary-address";
import { temporaryRole, temporaryValue } from "../../manifests/secrets/temporary-role";
import { lacking } from "../flux/follow/readiness";
import { describeUnready } from "../flux/follow/unready";
import type { Cluster } from "../kubernetes/cluster";
import type { LiveObject } from "../kubernetes/live-object";
import { UserError, type HandlerContext } from "../plugin/handler";
import { until } from "../plugin/until";
import { canBeLed, isLed, MANAGER, temporarySecret, wayOf } from "./environment";
import { touchedSecrets, wholeTexts, type RolledSecret, type RolloutInputs } from "./plan";
import { consumersOf, podsOf, type Consumer } from "./restart";
import { applySecret, Disallowed, keepPasswords, runStep, titleOf, type Rotation } from "./role-jobs";

type Inputs = Pick<RolloutInputs, "secrets" | "values" | "roles" | "timeoutSeconds">;

/** Those who sign in by roles that get another password, by whether they can be led to temporary ones meanwhile. */
export async function signedIn(
  cluster: Cluster,
  rotations: readonly Pick<Rotation, "value" | "role">[],
  inputs: Inputs,
) {
  const roles = Object.fromEntries(rotations.map(({ value, role }) => [value, role]));
  const touched = touchedSecrets(inputs.secrets, Object.keys(roles));
  const consumers = await consumersOf(cluster, touched, inputs);
  const ways = consumers.flatMap((consumer) => {
    const way = wayOf(consumer.workload, consumer.reads, roles, inputs.values);
    return way === undefined ? [] : [{ consumer, ...way }];
  });
  return {
    roles,
    touched,
    led: ways.flatMap(({ consumer, lead }) => (lead === undefined ? [] : [{ consumer, lead }])),
    left: ways.flatMap(({ consumer, why }) => (why === undefined ? [] : [{ consumer, why }])),
  };
}

/**
 * Before roles get another password: has those who can sign in by temporary roles, which act as these, so that none of
 * them lives by a password that is about to end. Their lasting state is in git and in their Secrets, where nothing is
 * changed; what is killed in between goes on so, and the next run leads them on.
 * @returns the rotations whose temporary role has to go in the end
 * @throws UserError after `timeoutSeconds`, with what keeps the pods; the roles have the former passwords then
 */
export async function lead(
  ctx: HandlerContext,
  cluster: Cluster,
  rotations: readonly Rotation[],
  inputs: Inputs,
): Promise<readonly Rotation[]> {
  const passwords: Record<string, string> = {};
  for (const one of rotations) passwords[temporaryValue(one.value)] = await keepPasswords(cluster, one);
  const { touched, ...all } = await signedIn(cluster, rotations, inputs);
  // Those that a killed run led are led back, whatever they are like now.
  const able = [...all.led, ...all.left.filter(({ consumer }) => isLed(consumer.workload))];
  const taken = touched.filter((secret) => able.some(({ consumer: { reads } }) => reads.includes(secret)));
  const begun = rotations.filter(({ value, role }) =>
    taken.some((secret) =>
      Object.values(wholeTexts(secret)).some((text) => takesOne(text, { [value]: role })),
    ),
  );
  const ready: Rotation[] = [];
  for (const rotation of begun) if (await prepare(ctx, cluster, rotation)) ready.push(rotation);
  const { led, roles } = await signedIn(cluster, ready, inputs);
  for (const secret of taken)
    await writeAddresses(cluster, secret, roles, { ...inputs.values, ...passwords });
  for (const { consumer, lead: spec } of led) {
    const { kind = "", metadata: { name = "", namespace } = {} } = consumer.workload;
    if (!isLed(consumer.workload))
      ctx.info(`restarting ${consumer.path}: it signs in by another role meanwhile`);
    const template = { spec: Object.fromEntries(Object.entries(spec).filter(([, list]) => list.length > 0)) };
    await cluster.apply(
      { apiVersion: "apps/v1", kind, metadata: { name, namespace }, spec: { template } },
      MANAGER,
    );
  }
  await untilAll(
    ctx,
    cluster,
    led.map(({ consumer }) => consumer),
    inputs.timeoutSeconds,
  );
  return begun;
}

/**
 * Once nobody lives by them any more, removes the temporary roles and their addresses.
 * @throws UserError after `timeoutSeconds`, with the pods that still sign in by them
 */
export async function leave(
  ctx: HandlerContext,
  cluster: Cluster,
  rotations: readonly Rotation[],
  inputs: Inputs,
): Promise<void> {
  if (rotations.length === 0) return;
  const touched = touchedSecrets(
    inputs.secrets,
    rotations.map(({ value }) => value),
  );
  const namespaces = [...new Set(touched.map(({ namespace }) => namespace))];
  await until(
    ctx,
    inputs.timeoutSeconds,
    async () => {
      const lists = await Promise.all(
        namespaces.map(async (namespace) => await cluster.list("v1", "Pod", namespace)),
      );
      const [last] = lists.flat().filter((pod) => runs(pod) && isLed(pod));
      return last && `waiting for pod ${pathOf(last)} to end, which signs in by a temporary role`;
    },
    (what) =>
      new UserError(
        `The Secrets have the new values, but after ${String(inputs.timeoutSeconds)} s still ${what}. ` +
          "The role stays until it has gone.\n→ End it, then run `pulumi up` again: it goes on with this rotation.",
      ),
  );
  for (const rotation of rotations) await runStep(ctx, cluster, rotation, "drop");
  for (const { name, namespace } of touched)
    await cluster.delete({ apiVersion: "v1", kind: "Secret", name: temporarySecret(name), namespace });
}

/** Whether the temporary role is there now; where the role has the new password already, none is needed. */
async function prepare(ctx: HandlerContext, cluster: Cluster, rotation: Rotation): Promise<boolean> {
  if (temporaryRole(rotation.role.user) === undefined) return false;
  try {
    return (await runStep(ctx, cluster, rotation, "prepare")) !== HAS_IT;
  } catch (error) {
    if (!(error instanceof Disallowed)) throw error;
    ctx.warn(
      `${titleOf(rotation.role)}: new connections by the former password fail until the restart, since nobody can be led over: ${error.message}`,
    );
    return false;
  }
}

async function writeAddresses(
  cluster: Cluster,
  secret: RolledSecret,
  roles: NonNullable<Inputs["roles"]>,
  values: Inputs["values"],
): Promise<void> {
  const texts = Object.entries(wholeTexts(secret)).flatMap(([key, text]) => {
    const led =
      takesOne(text, roles) && canBeLed(text, roles, values) ? byTemporaryRole(text, roles) : undefined;
    return led === undefined ? [] : [[key, evaluate(led, values)]];
  });
  if (texts.length === 0) return;
  const { name, namespace } = secret;
  const reference = { apiVersion: "v1", kind: "Secret", name: temporarySecret(name), namespace };
  await applySecret(cluster, reference, Object.fromEntries(texts) as Record<string, string>);
}

/** Waits until all pods sign in by the temporary roles, and those that ended meanwhile have gone. */
async function untilAll(
  ctx: HandlerContext,
  cluster: Cluster,
  consumers: readonly Consumer[],
  timeoutSeconds: number,
): Promise<void> {
  const workloads = async (): Promise<LiveObject[]> => {
    const live = await Promise.all(
      consumers.map(async ({ workload: { kind = "", metadata: { name = "", namespace } = {} } }) => {
        const found = await cluster.get({ apiVersion: "apps/v1", kind, name, namespace });
        return found === undefined ? [] : [{ ...found, kind }];
      }),
    );
    return live.flat();
  };
  await until(
    ctx,
    timeoutSeconds,
    async () => {
      for (const workload of await workloads()) {
        const path = `${workload.kind} ${pathOf(workload)}`;
        const lack = lacking(workload);
        if (lack !== undefined) return `restarting ${path}: ${lack}`;
        const former = (await podsOf(cluster, workload)).find((pod) => runs(pod) && !isLed(pod));
        if (former !== undefined) return `restarting ${path}: pod ${pathOf(former)} has yet to end`;
      }
      return undefined;
    },
    async (what) =>
      new UserError(
        [
          `After ${String(timeoutSeconds)} s not everything signs in by the role for the time of the rotation; the database's role has the former password, and goes on with it. ${what}:`,
          ...(await describeUnready(cluster, await workloads())),
          "→ Mend the cause, then run `pulumi up` again: it goes on with this rotation.",
        ].join("\n"),
      ),
  );
}

/** How long after its last moment a pod counts as one that runs: its node may not answer any more. */
const GRACE = 30_000;

function runs({ metadata, status }: LiveObject): boolean {
  const { deletionTimestamp: end } = metadata ?? {};
  if (status?.phase === "Succeeded" || status?.phase === "Failed") return false;
  return end === undefined || Date.now() < Date.parse(end) + GRACE;
}

function pathOf({ metadata }: LiveObject): string {
  return `${metadata?.namespace ?? ""}/${metadata?.name ?? ""}`;
}
