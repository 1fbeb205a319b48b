import { alterRoleJob, type PostgresRole } from "../../manifests/secrets/alter-role";
import { lacking } from "../flux/follow/readiness";
import { describeUnready } from "../flux/follow/unready";
import type { Cluster } from "../kubernetes/cluster";
import type { Reference } from "../kubernetes/live-object";
import { UserError, type HandlerContext } from "../plugin/handler";
import { until } from "../plugin/until";

export interface Passwords {
  readonly former: string;
  readonly next: string;
}

/** How long the database may take to be reached. */
const PATIENCE = 120;

/**
 * Gives a database's role its new password by a Job in the cluster, which signs in by the former one. From then on new
 * connections by the former one fail, until those who live by it are restarted.
 * @param value name of the value
 * @throws UserError when the Job fails, with what keeps it
 */
export async function alterRole(
  ctx: HandlerContext,
  cluster: Cluster,
  value: string,
  role: PostgresRole,
  { former, next }: Passwords,
): Promise<void> {
  const name = `handoff-${value}`.toLowerCase().slice(0, 63).replace(/-+$/, "");
  const { namespace } = role;
  const job: Reference = { apiVersion: "batch/v1", kind: "Job", name, namespace };
  const secret: Reference = { apiVersion: "v1", kind: "Secret", name, namespace };
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
  const stringData = { OLD_PASSWORD: former, NEW_PASSWORD: next };
  try {
    await cluster.apply(
      { apiVersion: "v1", kind: "Secret", metadata: { name, namespace }, stringData } as object,
      "handoff",
    );
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
  } finally {
    await cluster.delete(secret);
  }
  await cluster.delete(job);
  ctx.info(`${of} has its new password`);
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
