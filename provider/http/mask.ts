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
const ESCAPES: Readonly<Record<string, readonly string[]>> = {
  ...{ "&": ["&amp;"], "<": ["&lt;"], ">": ["&gt;"], " ": ["\\+"], $: ["\\$\\$"], "%": ["%%"] },
  ...{ '"': ["&quot;", '""'], "'": ["&apos;", "''", "'\\\\{1,4}''", `'"'"'`] },
  ...{ "\n": ["\\\\{1,4}n"], "\r": ["\\\\{1,4}r"], "\t": ["\\\\{1,4}t"] },
};

const patterns = new Map<string, RegExp>();

/** The text with each character as it is or escaped, whoever chose which: Go escapes `&<>` in JSON, others don't. */
function escaped(text: string): RegExp {
  const known = patterns.get(text) ?? patternOf(text);
  patterns.set(text, known);
  return known;
}

function patternOf(text: string): RegExp {
  // Runs of a character, each escaped in one way: there are few ways only to match them.
  const runs = text.match(/([^])\1*/gu) ?? [];
  const patterns = runs.map((run) => {
    const character = String.fromCodePoint(run.codePointAt(0) ?? 0);
    if (!SPECIAL.test(character)) return literal(run);
    const count = `{${String(run.length / character.length)}}`;
    if (character === "\\")
      return `(?:\\\\{${String(run.length)},${String(4 * run.length)}}|(?:%(?:25)?5[cC]|\\\\{1,4}(?:x5[cC]|134))${count})`;
    const ways = waysOf(character).map((way) => `(?:${way})${count}`);
    // Long lines are folded.
    return `(?:${[...ways, ...(character === " " ? ["\\s+"] : [])].join("|")})`;
  });
  return new RegExp(patterns.join(""), "g");
}

/** A character as it is, and as JSON, URLs, HTML, and the strings of Go, JavaScript, Python, SQL, shells and git have it. */
function waysOf(character: string): string[] {
  const units = Array.from({ length: character.length }, (_, i) => hex(character.charCodeAt(i), 4));
  const point = character.codePointAt(0) ?? 0;
  const bytes = [...Buffer.from(character)];
  return [
    `\\\\{0,3}${literal(character)}`,
    ...(ESCAPES[character] ?? []),
    units.map((unit) => `\\\\{1,4}u${unit}`).join(""),
    `\\\\{1,4}(?:U${hex(point, 8)}|u\\{0*${hex(point, 1)}\\})`,
    bytes.map((byte) => `%(?:25)?${hex(byte, 2)}`).join(""),
    bytes.map((byte) => `\\\\{1,4}x${hex(byte, 2)}`).join(""),
    bytes.map((byte) => `\\\\{1,4}${byte.toString(8).padStart(3, "0")}`).join(""),
    `&#0*(?:${String(point)}|x0*${hex(point, 1)});`,
  ];
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
