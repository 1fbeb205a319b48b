/** Shorter texts are masked only where they stand alone: they are parts of ordinary words. */
const SHORT = 6;
/** What is shorter still is no secret that could be told from ordinary words. */
const SHORTEST = 4;
/** Longer texts are known by their lines, and by what is secret within them. */
const LONG = 512;

/**
 * A text without the secrets in it, also where a vendor repeats one in its answer: escaped as in JSON, a URL or HTML,
 * in hexadecimal digits, in base64, in base64 of a text around it, as sign-ins by name and password have it, and in base64
 * of that, as Secrets for registries do.
 */
export function mask(text: string, secrets: Iterable<string | undefined>): string {
  let masked = text;
  const known = [...secrets].filter((secret) => secret !== undefined);
  const forms = known.flatMap(knownForms).filter((form) => form.length >= SHORTEST);
  // The longest first: one may be a part of another.
  for (const form of new Set(forms.sort((a, b) => b.length - a.length)))
    masked = masked.replaceAll(form.length < SHORT ? alone(form) : form, "[secret]");
  for (const secret of known) {
    const form = secret.trim();
    if (form.length >= SHORT && form.length <= LONG && SPECIAL.test(form))
      masked = masked.replace(escaped(form), "[secret]");
  }
  return masked;
}

function alone(text: string): RegExp {
  return new RegExp(`(?<![\\p{L}\\p{N}_-])${literal(text)}(?![\\p{L}\\p{N}_-])`, "gu");
}

function literal(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);
}

/** What programs escape in one way or another. */
const SPECIAL = /[^A-Za-z0-9_.~-]/;
const ENTITIES: Readonly<Record<string, string>> = {
  ...{ "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&apos;", " ": "\\+" },
};

const patterns = new Map<string, RegExp>();

/** The text with each character as it is or escaped, whoever chose which: Go escapes `&<>` in JSON, others don't. */
function escaped(text: string): RegExp {
  const known = patterns.get(text) ?? patternOf(text);
  patterns.set(text, known);
  return known;
}

function patternOf(text: string): RegExp {
  const characters = (text.match(/\\+|[^]/gu) ?? []).map((character) => {
    if (!SPECIAL.test(character)) return literal(character);
    // A run of them as one, so that there is one way only to match it.
    const run = character.length;
    if (character.startsWith("\\"))
      return `(?:\\\\{${String(run)},${String(4 * run)}}|(?:%(?:25)?5[cC]){${String(run)}})`;
    const units = Array.from({ length: character.length }, (_, i) => hex(character.charCodeAt(i), 4));
    const point = character.codePointAt(0) ?? 0;
    const ways = [
      `\\\\{0,3}${literal(character)}`,
      ENTITIES[character],
      units.map((unit) => `\\\\+u${unit}`).join(""),
      [...Buffer.from(character)].map((byte) => `%(?:25)?${hex(byte, 2)}`).join(""),
      `&#0*(?:${String(point)}|x0*${hex(point, 1)});`,
      ...({ "\n": ["\\\\+n"], "\r": ["\\\\+r"], "\t": ["\\\\+t"] }[character] ?? []),
    ];
    return `(?:${ways.filter((way) => way !== undefined).join("|")})`;
  });
  return new RegExp(characters.join(""), "g");
}

/** A number in hexadecimal digits of either case. */
function hex(number: number, digits: number): string {
  return number
    .toString(16)
    .padStart(digits, "0")
    .replace(/[a-f]/g, (digit) => `[${digit}${digit.toUpperCase()}]`);
}

const formsBySecret = new Map<string, readonly string[]>();

function knownForms(secret: string): readonly string[] {
  const forms = formsBySecret.get(secret) ?? formsOf(secret);
  formsBySecret.set(secret, forms);
  return forms;
}

function formsOf(secret: string): string[] {
  const text = secret.trim();
  const json = JSON.stringify(text).slice(1, -1);
  // Half a character can be in no URL.
  const url = encodeURIComponent(Buffer.from(text).toString());
  const digits = text.length < SHORT ? "" : Buffer.from(text).toString("hex");
  // Of a longer text there would be much, and its lines are told by themselves.
  const twice = text.length <= LONG ? base64Of(text).flatMap((form) => base64Of(form).filter(isLong)) : [];
  return [
    ...[secret, text, json, url, digits, digits.toUpperCase()],
    ...[...base64Of(text), ...twice, ...linesOf(text)],
  ];
}

/** Of a short text there is too little in it to be told from other texts. */
const isLong = (form: string): boolean => form.length >= 10;

/** As it is in base64 of a text that begins with it, or with one or two bytes more: each third of a byte looks alike. */
function base64Of(text: string): string[] {
  const bytes = Buffer.from(text);
  const whole = bytes.toString("base64");
  const within = [0, 1, 2].map((before) => {
    const encoded = Buffer.concat([Buffer.alloc(before), bytes]).toString("base64");
    const known = Math.floor(((before + bytes.length) * 8) / 6);
    return encoded.slice(Math.ceil((before * 8) / 6), known);
  });
  const forms = [whole, whole.replace(/=+$/, ""), ...within.filter(isLong)];
  return forms.flatMap((form) => [form, form.replaceAll("+", "-").replaceAll("/", "_")]);
}

/** Who refuses a key in PEM, or a kubeconfig, shows the line. Shorter lines may be anybody's. */
function linesOf(text: string): string[] {
  const lines = text.split(/\r?\n/).map((line) => line.trim());
  return lines.length === 1 ? [] : lines.filter((line) => line.length >= 24 && !line.startsWith("-----"));
}
