import { randomBytes } from "node:crypto";
import { roleJob, rolePasswords, type PostgresRole } from "../../manifests/secrets/alter-role";
import { CANNOT, type RoleStep } from "../../manifests/secrets/role-scripts";
import { lacking } from "../flux/follow/readiness";
import { describeUnready } from "../flux/follow/unready";
import type { Cluster } from "../kubernetes/cluster";
import type { Reference } from "../kubernetes/live-object";
import type { LiveSecret } from "../kubernetes/patched-secret";
import { UserError, type HandlerContext } from "../plugin/handler";
import { until } from "../plugin/until";

/** A role that is given another password. */
export interface Rotation {
  /** Name of the value. */
  readonly value: string;
  readonly role: PostgresRole;
  readonly former: string;
  readonly next: string;
}

/** A step that the database doesn't allow; its words say why. */
export class Disallowed extends Error {}

/** How long the database may take to be reached. */
const PATIENCE = 120;

/** The Jobs' Secret has the name of the Jobs. */
function nameOf(value: string): string {
  return `handoff-${value}`.toLowerCase().slice(0, 63).replace(/-+$/, "");
}

export function titleOf({ user, namespace, host }: PostgresRole): string {
  return `the role ${user} of ${namespace}/${host}`;
}

/**
 * Puts the passwords where the Jobs read them. They stay until {@link forgetPasswords}: after a kill the state doesn't know
 * which of them the role has, and a further rotation would lose it.
 * @returns the password of the temporary role
 */
export async function keepPasswords(
  cluster: Cluster,
  { value, role: { namespace }, former, next }: Rotation,
): Promise<string> {
  const reference = { apiVersion: "v1", kind: "Secret", name: nameOf(value), namespace };
  const left: LiveSecret | undefined = await cluster.get(reference);
  const temporary = randomBytes(24).toString("base64url");
  const passwords = rolePasswords({ former, next, temporary }, textsOf(left));
  await applySecret(cluster, reference, passwords);
  return passwords.TEMPORARY_PASSWORD ?? "";
}

/** Once all live by the new password, and the former ones can go. */
export async function forgetPasswords(
  cluster: Cluster,
  { value, role: { namespace } }: Rotation,
): Promise<void> {
  await cluster.delete({ apiVersion: "v1", kind: "Secret", name: nameOf(value), namespace });
}

/**
 * Runs one step by a Job in the cluster, and waits for it.
 * @returns the Job's last words, where they are known
 * @throws Disallowed when the database doesn't allow it, UserError when the Job fails, with what keeps it
 */
export async function runStep(
  ctx: HandlerContext,
  cluster: Cluster,
  { value, role }: Rotation,
  step: RoleStep,
): Promise<string | undefined> {
  const job = { apiVersion: "batch/v1", kind: "Job", name: nameOf(value), namespace: role.namespace };
  const path = `${job.namespace}/${job.name}`;
  // A run that was killed may have left one, whose template can't be changed.
  await cluster.delete(job);
  await until(
    ctx,
    PATIENCE,
    async () =>
      (await cluster.get(job)) === undefined ? undefined : `waiting for the former Job ${path} to go`,
    () =>
      new UserError(
        `The former Job ${path} doesn't go: kubectl describe job ${job.name} -n ${job.namespace}`,
      ),
  );
  await cluster.apply(roleJob(job.name, step, role, PATIENCE), "handoff");
  await until(
    ctx,
    PATIENCE + 30,
    async () => {
      const live = await cluster.get(job);
      const lack = live === undefined ? "isn't there" : lacking({ ...live, kind: "Job" });
      if (lack !== undefined && lack !== NOT_YET) throw await failed(cluster, role, step, job);
      return lack && DOES[step](role);
    },
    async () => await failed(cluster, role, step, job),
  );
  const { message } = await endOf(cluster, job);
  await cluster.delete(job);
  return message?.trim();
}

/** What `lacking` says of a Job that runs. */
const NOT_YET = "isn't complete";

const DOES: Readonly<Record<RoleStep, (role: PostgresRole) => string>> = {
  prepare: (role) => `making a role that signs in beside ${titleOf(role)}`,
  alter: (role) => `giving ${titleOf(role)} its new password`,
  drop: (role) => `removing the role that signed in beside ${titleOf(role)}`,
};

const FAILED: Readonly<Record<RoleStep, (role: PostgresRole) => string>> = {
  prepare: (role) =>
    `${titleOf(role)} couldn't be given its new password; it has the former one, and nothing was restarted:`,
  alter: (role) => `${titleOf(role)} couldn't be given its new password; it has the former one:`,
  drop: (role) => `Everything runs with the new values, but the role beside ${titleOf(role)} is left:`,
};

async function failed(cluster: Cluster, role: PostgresRole, step: RoleStep, job: Reference): Promise<Error> {
  const { name, namespace = "" } = job;
  const { exitCode, message } = await endOf(cluster, job);
  if (exitCode === CANNOT) return new Disallowed(message?.trim());
  const live = await cluster.get(job);
  const why =
    live === undefined
      ? []
      : await describeUnready(cluster, [{ ...live, kind: "Job", apiVersion: "batch/v1" }]);
  const soon = step === "drop" ? "" : ", soon: the Secrets get the new value without it, within the hour";
  return new UserError(
    [
      FAILED[step](role),
      ...why,
      `→ kubectl logs -n ${namespace} -l batch.kubernetes.io/job-name=${name}`,
      `→ Mend the cause, then run \`pulumi up\` again${soon}.`,
    ].join("\n"),
  );
}

interface Ended {
  readonly exitCode?: number;
  readonly message?: string;
}

/** How the last container of the Job that ended did so. */
async function endOf(cluster: Cluster, { name, namespace }: Reference): Promise<Ended> {
  const labelSelector = `batch.kubernetes.io/job-name=${name}`;
  const pods = await cluster.list("v1", "Pod", namespace, { labelSelector });
  const ends = pods
    .flatMap(({ status }) => (status?.containerStatuses ?? []) as { state?: { terminated?: Ended } }[])
    .flatMap(({ state }) => state?.terminated ?? []);
  return ends.find(({ exitCode }) => exitCode === CANNOT) ?? ends.at(-1) ?? {};
}

/** Writes a Secret of ours; what another run left in it is gone. */
export async function applySecret(
  cluster: Cluster,
  { name, namespace }: Reference,
  texts: Readonly<Record<string, string>>,
): Promise<void> {
  const data = changed(texts, (text) => Buffer.from(text).toString("base64"));
  const secret = { apiVersion: "v1", kind: "Secret", metadata: { name, namespace }, data };
  await cluster.apply(secret, "handoff");
}

function textsOf(secret: LiveSecret | undefined): Readonly<Record<string, string>> {
  return changed(secret?.data ?? {}, (text) => Buffer.from(text, "base64").toString("utf8"));
}

function changed(
  texts: Readonly<Record<string, string>>,
  change: (text: string) => string,
): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(texts).map(([key, text]) => [key, change(text)]));
}
