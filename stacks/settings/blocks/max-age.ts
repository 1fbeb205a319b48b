import { age, byName } from "../fields";

/** Ages after which credentials of these names are replaced by themselves. */
export function maxAge<const Names extends readonly [string, ...string[]]>(names: Names) {
  const [first] = names;
  return byName(names, age(), `ages by name, such as {${first}: 90d}`)
    .prefault({})
    .describe(
      `Ages, as 90d, by name (${names.join(", ")}): the first \`up\` after it replaces the credential, and a preview says so. Left out: never.`,
    );
}
