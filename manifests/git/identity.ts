/** What git takes off both ends of a name or an address (ident.c). */
const TAKEN_OFF = /^[\u0000-\u0020.,:;<>"\\']+|[\u0000-\u0020.,:;<>"\\']+$/g;

/** What is wrong with a commit's author, by input; git would end with a report of a crash or refuse the commit. */
export function authorFaults(author: { readonly name: string; readonly email: string }): [string, string][] {
  return (["name", "email"] as const).flatMap((key): [string, string][] => {
    const value: unknown = author[key];
    const property = `author.${key}`;
    if (typeof value !== "string" || value.replaceAll(TAKEN_OFF, "") === "")
      return [[property, "git leaves nothing of it"]];
    if (/[<>]/.test(value)) return [[property, "it has < or >, by which git tells name and address apart"]];
    if (/\p{Cc}/u.test(value)) return [[property, "it has a line break or another control character"]];
    if (/\p{Cs}/u.test(value)) return [[property, "it isn't valid Unicode"]];
    return key === "email" && /\s/.test(value)
      ? [[property, "it has a space; allowed: ops@example.com"]]
      : [];
  });
}
