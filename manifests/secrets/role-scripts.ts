/** Steps of a rotation in the database, each run by a Job of its own: shell lines for psql. */
export type RoleStep = "prepare" | "alter" | "drop";

/** So many passwords of rotations that were begun and never ended are tried. */
export const LEFT = ["LEFT_PASSWORD_1", "LEFT_PASSWORD_2", "LEFT_PASSWORD_3"] as const;

/** What a Job says at its end when there was nothing to do. */
export const HAS_IT = "the role has the new password already";

/** Exit code of a step that can't be done in this database, however often it is tried. psql's own end at 3. */
export const CANNOT = 10;

/**
 * No password stands in an argument, which others on the node could read, nor in what the pod prints. `\password` sends
 * what the server keeps of it, so that a server that logs statements doesn't log it; without a terminal, it reads the
 * password twice from its input.
 */
const SIGN_IN = String.raw`set -eu
as() { PGPASSWORD="$1" psql --no-psqlrc --quiet --tuples-only --no-align --set=ON_ERROR_STOP=1 --set=role="$ROLE" --set=temporary="$TEMPORARY" --set=mark="$MARK"; }
takes() { echo 'select 1;' | as "$1" >/dev/null 2>&1; }
notes() { echo "$1" 2>/dev/null >"${"$"}{TERMINATION_LOG:-/dev/termination-log}" || :; }
says() { echo "$1"; notes "$1"; }
cannot() { echo "$1" >&2; notes "$1"; exit ${String(CANNOT)}; }
now="$OLD_PASSWORD"
for left in ${LEFT.map((name) => `"\${${name}:-}"`).join(" ")} "$NEW_PASSWORD"; do
  if [ -n "$left" ] && takes "$left"; then now="$left"; fi
done
`;

/** Before what a rotation begins with. */
const BEGIN = String.raw`if [ "$now" = "$NEW_PASSWORD" ]; then
  says '${HAS_IT}'
  exit 0
fi
if [ "${"$"}{#NEW_PASSWORD}" -gt 99 ] && psql --version | grep -Eq ' (9|1[0-3])\.'; then
  echo 'psql before 14 takes the first 99 characters of a password alone: use a newer image, or a shorter password' >&2
  exit 1
fi
`;

/** Whose the role of that name is. */
const OWN = String.raw`found=$(echo "select coalesce(shobj_description(oid, 'pg_authid'), '-') from pg_roles where rolname = :'temporary';" | as "$now")
`;

/**
 * A role for the time of the rotation, by which the database sees the other one: it acts as that from its sign-in on, so
 * that what it makes belongs to it, with the settings that are made for it. One of its name that isn't ours is left alone.
 */
const PREPARE = String.raw`case "$found" in
  '' | "$MARK") ;;
  *) cannot "the role $TEMPORARY is there, and isn't of a rotation (its comment would say so)" ;;
esac
if [ "$(echo 'select rolsuper from pg_roles where rolname = current_user;' | as "$now")" != t ]; then
  cannot "the role $ROLE may make no other one that acts as it: it isn't a superuser"
fi
{
  cat <<'SQL'
begin;
select :'temporary' not in (select rolname from pg_roles) as missing \gset
\if :missing
create role :"temporary" superuser nologin;
\endif
comment on role :"temporary" is :'mark';
select format('alter role %I in database %I set %I from current', :'temporary', current_database(), split_part(setting, '=', 1))
from pg_db_role_setting, unnest(setconfig) as setting
where setrole = (select oid from pg_roles where rolname = :'role')
and setdatabase in (0, (select oid from pg_database where datname = current_database()))
and split_part(setting, '=', 1) <> 'role' \gexec
alter role :"temporary" set role = :'role';
\password :"temporary"
SQL
  printf '%s\n' "$TEMPORARY_PASSWORD" "$TEMPORARY_PASSWORD"
  cat <<'SQL'
alter role :"temporary" login;
commit;
SQL
} | as "$now"
if ! acts=$(echo 'select current_user;' | PGUSER="$TEMPORARY" as "$TEMPORARY_PASSWORD") || [ "$acts" != "$ROLE" ]; then
  cannot "the role $TEMPORARY was made, and can't sign in or doesn't act as $ROLE"
fi
says "the role $TEMPORARY signs in as well"
`;

const ALTER = String.raw`printf '%s\n' '\password :"role"' "$NEW_PASSWORD" "$NEW_PASSWORD" | as "$now"
echo 'select 1;' | as "$NEW_PASSWORD" >/dev/null
says 'the role has the new password'
`;

/** What it made as itself, having put off the other role, belongs to the other one from then on. */
const DROP = String.raw`if [ "$found" != "$MARK" ]; then
  says "there is no role $TEMPORARY of a rotation"
  exit 0
fi
as "$now" <<'SQL'
alter role :"temporary" nologin;
select count(pg_terminate_backend(pid)) as ended from pg_stat_activity where usename = :'temporary' \gset
begin;
reassign owned by :"temporary" to :"role";
drop owned by :"temporary";
drop role :"temporary";
commit;
SQL
says "the role $TEMPORARY is gone"
`;

/**
 * The lines of a step. Their environment: psql's own, `ROLE`, `TEMPORARY` and `MARK` (the comment of the temporary role),
 * and the passwords.
 */
export const ROLE_SCRIPTS: Readonly<Record<RoleStep, string>> = {
  prepare: SIGN_IN + BEGIN + OWN + PREPARE,
  alter: SIGN_IN + BEGIN + ALTER,
  drop: SIGN_IN + OWN + DROP,
};
