import { namespaceName, rfc1123Name } from "../flux/names";
import type { Manifest } from "../yaml";

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

/** Neither password stands in an argument, which others on the node could read, nor in what the pod prints. */
const SCRIPT = String.raw`set -eu
as() { PGPASSWORD="$1" psql --no-psqlrc --quiet --tuples-only --set=ON_ERROR_STOP=1 --set=role="$PGUSER"; }
if echo 'select 1;' | as "$NEW_PASSWORD" >/dev/null 2>&1; then
  echo 'the role has the new password already'
  exit 0
fi
as "$OLD_PASSWORD" <<'END'
\set password ${"`printenv NEW_PASSWORD`"}
alter role :"role" password :'password';
END
echo 'select 1;' | as "$NEW_PASSWORD" >/dev/null
echo 'the role has the new password'
`;

/**
 * The Job that gives a role its new password, signed in by the old one; nothing when it has the new one already.
 * @param name of the Job, and of the Secret with OLD_PASSWORD and NEW_PASSWORD
 */
export function alterRoleJob(name: string, role: PostgresRole, timeoutSeconds: number): Manifest {
  const { namespace, host, port = 5432, user, database = user, image } = role;
  const env = {
    PGHOST: host,
    PGPORT: String(port),
    PGUSER: user,
    PGDATABASE: database,
    PGCONNECT_TIMEOUT: "10",
  };
  return {
    apiVersion: "batch/v1",
    kind: "Job",
    metadata: { name: rfc1123Name(name, "Job's name", 63), namespace: namespaceName(namespace) },
    spec: {
      backoffLimit: 2,
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
              command: ["sh", "-c", SCRIPT],
              env: Object.entries(env).map(([key, text]) => ({ name: key, value: text })),
              envFrom: [{ secretRef: { name } }],
              securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } },
            },
          ],
        },
      },
    },
  };
}
