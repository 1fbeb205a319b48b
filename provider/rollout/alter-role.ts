import { alterRoleJob, rolePasswords, type PostgresRole } from "../../manifests/secrets/alter-role";
import { lacking } from "../flux/follow/readiness";
import { describeUnready } from "../flux/follow/unready";
import type { Cluster } from "../kubernetes/cluster";
import type { Reference } from "../kubernetes/live-object";
import type { LiveSecret } from "../kubernetes/patched-secret";
import { UserError, type HandlerContext } from "../plugin/handler";
import { until } from "../plugin/until";

export interface Passwords {
  readonly former: string;
  readonly next: string;
}

/** How long the database may take to be reached. */
const PATIENCE = 120;

/** The Job's Secret has the name of the Job. */
function nameOf(value: string): string {
  return `handoff-${value}`.toLowerCase().slice(0, 63).replace(/-+$/, "");
}

/**
 * Gives a database's role its new password by a Job in the cluster, which signs in by the former one. From then on new
 * connections by the former one fail, until those who live by it are restarted. The passwords stay in the Job's Secret
 * until {@link forgetPasswords}: after a kill the state doesn't know which of them the role has, and a further rotation
 * would lose it.
 * @param value name of the value
 * @throws UserError when the Job fails, with what keeps it
 */
export async function alterRole(
  ctx: HandlerContext,
  cluster: Cluster,
  value: string,
  role: PostgresRole,
  passwords: Passwords,
): Promise<void> {
  const name = nameOf(value);
  const { namespace } = role;
  const job: Reference = { apiVersion: "batch/v1", kind: "Job", name, namespace };
  const path = `${namespace}/${name}`;
  const of = `the role ${role.user} of ${namespace}/${role.host}`;
  // A run that was killed may have left one, whose template can't be changed.
  await cluster.delete(job);
  await until(
    ctx,
    PATIENCE,
    async () =>
      (await cluster.get(job)) === undefined ? undefined : `waiting for the former Job ${path} to go`,
    () => new UserError(`The former Job ${path} doesn't go: kubectl describe job ${name} -n ${namespace}`),
  );
  const secret = { apiVersion: "v1", kind: "Secret", metadata: { name, namespace } };
  const left: LiveSecret | undefined = await cluster.get({ ...secret, name, namespace });
  const data = inBase64(rolePasswords(passwords, textsOf(left)));
  await cluster.apply({ ...secret, data } as object, "handoff");
  await cluster.apply(alterRoleJob(name, role, PATIENCE), "handoff");
  await until(
    ctx,
    PATIENCE + 30,
    async () => {
      const live = await cluster.get(job);
      const lack = live === undefined ? "isn't there" : lacking({ ...live, kind: "Job" });
      if (lack !== undefined && lack !== NOT_YET) throw await failed(cluster, of, job);
      return lack && `giving ${of} its new password`;
    },
    async () => await failed(cluster, of, job),
  );
  await cluster.delete(job);
  ctx.info(`${of} has its new password`);
}

/** Once all live by the new password, and the former ones can go. */
export async function forgetPasswords(
  cluster: Cluster,
  value: string,
  { namespace }: PostgresRole,
): Promise<void> {
  await cluster.delete({ apiVersion: "v1", kind: "Secret", name: nameOf(value), namespace });
}

function textsOf(secret: LiveSecret | undefined): Readonly<Record<string, string>> {
  return changed(secret?.data ?? {}, (text) => Buffer.from(text, "base64").toString("utf8"));
}

function inBase64(texts: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return changed(texts, (text) => Buffer.from(text).toString("base64"));
}

function changed(
  texts: Readonly<Record<string, string>>,
  change: (text: string) => string,
): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(texts).map(([key, text]) => [key, change(text)]));
}

/** What `lacking` says of a Job that runs. */
const NOT_YET = "isn't complete";

async function failed(cluster: Cluster, of: string, job: Reference): Promise<Error> {
  const { name, namespace = "" } = job;
  const live = await cluster.get(job);
  const why =
    live === undefined
      ? []
      : await describeUnready(cluster, [{ ...live, kind: "Job", apiVersion: "batch/v1" }]);
  return new UserError(
    [
      `${of} couldn't be given its new password; it has the former one, and nothing was restarted:`,
      ...why,
      `→ kubectl logs -n ${namespace} -l batch.kubernetes.io/job-name=${name}`,
      "→ Mend the cause, then run `pulumi up` again, soon: the Secrets get the new value without it, within the hour.",
    ].join("\n"),
  );
}
