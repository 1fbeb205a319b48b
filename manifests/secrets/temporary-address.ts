import type { PostgresRole } from "./alter-role";
import { isTemplate, joined, referencesIn, type SecretText, type Template } from "./secret-text";
import { temporaryRole, temporaryValue } from "./temporary-role";
import { urlEncode } from "./url-encode";

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
