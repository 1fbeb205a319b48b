/** Shorter texts are no secrets that could be told apart from ordinary words. */
const SHORTEST = 6;

/** A text without the secrets in it, also where a vendor repeats one in its answer, as JSON, in a URL or in base64. */
export function mask(text: string, secrets: Iterable<string | undefined>): string {
  let masked = text;
  const forms = [...secrets]
    .filter((secret) => secret !== undefined)
    .flatMap(formsOf)
    .filter((form) => form.length >= SHORTEST);
  // The longest first: one may be a part of another.
  for (const form of new Set(forms.sort((a, b) => b.length - a.length)))
    masked = masked.replaceAll(form, "[secret]");
  return masked;
}

function formsOf(secret: string): string[] {
  const text = secret.trim();
  // Half a character can be in no URL.
  const wellFormed = Buffer.from(text).toString();
  const padded = Buffer.from(text).toString("base64");
  const base64 = padded.replace(/=+$/, "");
  return [
    secret,
    text,
    JSON.stringify(text).slice(1, -1),
    encodeURIComponent(wellFormed),
    padded,
    base64,
    base64.replaceAll("+", "-").replaceAll("/", "_"),
    ...linesOf(text),
  ];
}

/** Who refuses a key in PEM, or a kubeconfig, shows the line. Shorter lines may be anybody's. */
function linesOf(text: string): string[] {
  const lines = text.split(/\r?\n/).map((line) => line.trim());
  return lines.length === 1 ? [] : lines.filter((line) => line.length >= 24 && !line.startsWith("-----"));
}
