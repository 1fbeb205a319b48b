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

/** So many passwords of rotations that were begun and never ended are tried. */
const LEFT = ["LEFT_PASSWORD_1", "LEFT_PASSWORD_2", "LEFT_PASSWORD_3"] as const;

/**
 * No password stands in an argument, which others on the node could read, nor in what the pod prints. `\password` sends
 * what the server keeps of it, so that a server that logs statements doesn't log it; without a terminal, it reads the
 * password twice from its input.
 */
const SCRIPT = String.raw`set -eu
as() { PGPASSWORD="$1" psql --no-psqlrc --quiet --tuples-only --set=ON_ERROR_STOP=1 --set=role="$PGUSER"; }
takes() { echo 'select 1;' | as "$1" >/dev/null 2>&1; }
if takes "$NEW_PASSWORD"; then
  echo 'the role has the new password already'
  exit 0
fi
if [ "${"$"}{#NEW_PASSWORD}" -gt 99 ] && psql --version | grep -Eq ' (9|1[0-3])\.'; then
  echo 'psql before 14 takes the first 99 characters of a password alone: use a newer image, or a shorter password' >&2
  exit 1
fi
former="$OLD_PASSWORD"
for left in ${LEFT.map((name) => `"\${${name}:-}"`).join(" ")}; do
  if [ -n "$left" ] && takes "$left"; then former="$left"; fi
done
printf '%s\n' '\password :"role"' "$NEW_PASSWORD" "$NEW_PASSWORD" | as "$former"
echo 'select 1;' | as "$NEW_PASSWORD" >/dev/null
echo 'the role has the new password'
`;

/**
 * What the Job's Secret holds.
 * @param left what it held before, of a rotation that wasn't ended: the role may have any of those passwords
 */
export function rolePasswords(
  { former, next }: { readonly former: string; readonly next: string },
  left: Readonly<Record<string, string | undefined>> = {},
): Readonly<Record<string, string>> {
  const tried = ["NEW_PASSWORD", ...LEFT, "OLD_PASSWORD"].map((key) => left[key] ?? "");
  const others = [...new Set(tried)].filter((text) => text !== "" && text !== former && text !== next);
  return {
    OLD_PASSWORD: former,
    NEW_PASSWORD: next,
    ...Object.fromEntries(
      LEFT.flatMap((key, index) => (index in others ? [[key, others[index] ?? ""]] : [])),
    ),
  };
}

/**
 * The Job that gives a role its new password, signed in by the old one, or one of a rotation that wasn't ended;
 * nothing when it has the new one already.
 * @param name of the Job, and of the Secret with {@link rolePasswords}
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
