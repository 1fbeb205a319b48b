import { namespaceName, rfc1123Name } from "../flux/names";
import type { Manifest } from "../yaml";
import { CANNOT, LEFT, ROLE_SCRIPTS, type RoleStep } from "./role-scripts";
import { markOf, temporaryRole } from "./temporary-role";

/** A role of PostgreSQL in the cluster that signs in by a value, and knows no other one than it was given. */
export interface PostgresRole {
  readonly namespace: string;
  /** Service of the server, as pods of that namespace reach it. The workload of this name goes on without a restart. */
  readonly host: string;
  /** @default 5432 */
  readonly port?: number;
  readonly user: string;
  /** Database to connect to. @default `user` */
  readonly database?: string;
  /** Image with a shell and psql: the server's own is there already. */
  readonly image: string;
}

/** What the role's password was, and is to be; what the temporary role has. */
export interface RolePasswords {
  readonly former: string;
  readonly next: string;
  readonly temporary: string;
}

/**
 * What the Jobs' Secret holds. The temporary role keeps the password that it was made with, by which pods may run.
 * @param left what it held before, of a rotation that wasn't ended: the role may have any of those passwords
 */
export function rolePasswords(
  { former, next, temporary }: RolePasswords,
  left: Readonly<Record<string, string | undefined>> = {},
): Readonly<Record<string, string>> {
  const tried = ["NEW_PASSWORD", ...LEFT, "OLD_PASSWORD"].map((key) => left[key] ?? "");
  const others = [...new Set(tried)].filter((text) => text !== "" && text !== former && text !== next);
  return {
    OLD_PASSWORD: former,
    NEW_PASSWORD: next,
    TEMPORARY_PASSWORD: left.TEMPORARY_PASSWORD ?? temporary,
    ...Object.fromEntries(
      LEFT.flatMap((key, index) => (index in others ? [[key, others[index] ?? ""]] : [])),
    ),
  };
}

/**
 * The Job of one step: `prepare` makes the temporary role, `alter` gives the role its new password, `drop` removes the
 * temporary one. It signs in by the password that the role has: the new one, the old one, or one of a rotation that wasn't
 * ended. What is done already is left as it is.
 * @param name of the Job, and of the Secret with {@link rolePasswords}
 */
export function roleJob(name: string, step: RoleStep, role: PostgresRole, timeoutSeconds: number): Manifest {
  const { namespace, host, port = 5432, user, database = user, image } = role;
  const env = {
    PGHOST: host,
    PGPORT: String(port),
    PGUSER: user,
    PGDATABASE: database,
    PGCONNECT_TIMEOUT: "10",
    ROLE: user,
    TEMPORARY: temporaryRole(user) ?? "",
    MARK: markOf(user),
  };
  return {
    apiVersion: "batch/v1",
    kind: "Job",
    metadata: { name: rfc1123Name(name, "Job's name", 63), namespace: namespaceName(namespace) },
    spec: {
      backoffLimit: 2,
      podFailurePolicy: {
        rules: [{ action: "FailJob", onExitCodes: { operator: "In", values: [CANNOT] } }],
      },
      activeDeadlineSeconds: timeoutSeconds,
      ttlSecondsAfterFinished: 600,
      template: {
        spec: {
          restartPolicy: "Never",
          automountServiceAccountToken: false,
          securityContext: {
            runAsNonRoot: true,
            runAsUser: 65534,
            seccompProfile: { type: "RuntimeDefault" },
          },
          containers: [
            {
              name: "psql",
              image,
              command: ["sh", "-c", ROLE_SCRIPTS[step]],
              env: Object.entries(env).map(([key, text]) => ({ name: key, value: text })),
              envFrom: [{ secretRef: { name } }],
              terminationMessagePolicy: "FallbackToLogsOnError",
              securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } },
            },
          ],
        },
      },
    },
  };
}
