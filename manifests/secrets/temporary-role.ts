import { isTemplate, joined, referencesIn, type SecretText, type Template } from "./secret-text";
import { urlEncode } from "./url-encode";
import type { PostgresRole } from "./alter-role";

/** PostgreSQL cuts longer names off. */
const NAME_BYTES = 63;

/**
 * The role that signs in beside `user` while that gets another password; undefined when the name would be too long.
 */
export function temporaryRole(user: string): string | undefined {
  const name = `${user}_rotation`;
  return Buffer.byteLength(name) > NAME_BYTES ? undefined : name;
}

/** The temporary role's comment, by which it is known. */
export function markOf(user: string): string {
  return `handoff: signs in as ${user} while that gets another password, and goes then`;
}

/** Name of the value by which the temporary role signs in for the role of another value. */
export function temporaryValue(value: string): string {
  return `${value} of the temporary role`;
}

/**
 * The text with the temporary roles in place of the given ones, where each of them stands as user and password of a URL
 * to its own server: `postgresql://calcom:${value("password", "url")}@calcom-db:5432/calcom`. The database must be named
 * there, since it would be that of the user's name otherwise.
 * @param roles by the values that they sign in by
 * @returns undefined when one stands there in another way
 */
export function byTemporaryRole(
  text: SecretText,
  roles: Readonly<Record<string, PostgresRole>>,
): Template | undefined {
  const replaced: Template[number][] = [...joined(isTemplate(text) ? text : [text])];
  for (const [index, part] of replaced.entries()) {
    if (typeof part === "string") continue;
    const role = roles[part.value];
    if (role === undefined) continue;
    const [before, after] = [replaced[index - 1], replaced[index + 1]];
    const name = temporaryRole(role.user);
    const user = `://${urlEncode(role.user)}:`;
    if (name === undefined || typeof before !== "string" || !before.endsWith(user)) return undefined;
    if (typeof after !== "string" || !leadsTo(role, after)) return undefined;
    replaced[index - 1] = `${before.slice(0, -user.length)}://${urlEncode(name)}:`;
    replaced[index] = { ...part, value: temporaryValue(part.value) };
  }
  return replaced;
}

/** Whether a text takes the password of one of the roles. */
export function takesOne(text: SecretText, roles: Readonly<Record<string, PostgresRole>>): boolean {
  return referencesIn(text).some((value) => value in roles);
}

/** Whether the rest of a URL, from `@` on, names the role's own server and a database. */
function leadsTo({ host, namespace }: PostgresRole, rest: string): boolean {
  const [, server = "", database = ""] = /^@([^:/?#]+)(?::\d+)?\/([^/?#]*)/.exec(rest) ?? [];
  const full = `${host}.${namespace}`;
  return (
    database !== "" &&
    (server === host || server === full || server === `${full}.svc` || server.startsWith(`${full}.svc.`))
  );
}
