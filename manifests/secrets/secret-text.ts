import { InputError } from "../files";
import { urlEncode } from "./url-encode";

/**
 * How a value is written where it stands: as it is, or so that a URL, a JSON string or base64 gives it back. Of one that is
 * a certificate with its private key in PEM, either of them.
 */
export type Encoding = "url" | "json" | "base64" | PemPart;

type PemPart = keyof typeof PEM_LABELS;

/** Labels of the parts' blocks: https://www.rfc-editor.org/rfc/rfc7468 */
const PEM_LABELS = { certificate: "CERTIFICATE", privateKey: "PRIVATE KEY" } as const;

/** The place of a value in a text, by the one name that the value has in the vault, in state and here. */
export interface ValueReference {
  readonly value: string;
  readonly encode?: Encoding;
}

/** A text with values in it, in order. */
export type Template = readonly (string | ValueReference)[];

/** What stands under a key of a Secret: a text that is no secret, a value, or a text with values in it. */
export type SecretText = string | ValueReference | Template;

/** `value("calcom-postgres-password")` */
export function value(name: string, encode?: Encoding): ValueReference {
  return { value: name, ...(encode !== undefined && { encode }) };
}

/** `` template`postgresql://calcom:${value("calcom-postgres-password", "url")}@calcom-db:5432/calcom` `` */
export function template(
  texts: TemplateStringsArray,
  ...references: readonly (string | ValueReference)[]
): Template {
  return texts
    .flatMap((text, index) => [text, ...references.slice(index, index + 1)])
    .filter((part) => part !== "");
}

export function isTemplate(text: SecretText): text is Template {
  return Array.isArray(text);
}

/** Names of the values in a text. */
export function referencesIn(text: SecretText): string[] {
  const parts: Template = typeof text === "string" ? [] : isTemplate(text) ? text : [text];
  return parts.flatMap((part) => (typeof part === "string" ? [] : [part.value]));
}

/**
 * The text with the parts of the values that are made of others, where they stand as they are.
 * @param templates what such values are made of, none of itself
 */
export function spelledOut(text: SecretText, templates: Readonly<Record<string, Template>>): SecretText {
  if (typeof text === "string") return text;
  if (isTemplate(text)) return joined(text.flatMap((part) => spelledOut(part, templates)));
  const template = text.encode === undefined ? templates[text.value] : undefined;
  return template === undefined ? text : spelledOut(template, templates);
}

/** The same with one text between two values. */
export function joined(parts: Template): Template {
  const whole: (string | ValueReference)[] = [];
  for (const part of parts) {
    const before = whole.at(-1);
    if (typeof part === "string" && typeof before === "string") whole[whole.length - 1] = before + part;
    else whole.push(part);
  }
  return whole;
}

/**
 * The text with the values in their places.
 * @throws InputError for a value that is empty: a database without a password, an app that anybody can sign in to.
 */
export function evaluate(text: SecretText, values: Readonly<Record<string, string>>): string {
  if (typeof text === "string") return text;
  const parts: Template = isTemplate(text) ? text : [text];
  return parts
    .map((part) => (typeof part === "string" ? part : encoded(part, values[part.value] ?? "")))
    .join("");
}

function encoded({ value: name, encode }: ValueReference, text: string): string {
  if (text === "") throw new InputError(`The value ${name} is empty.`);
  switch (encode) {
    case "url":
      return urlEncode(text);
    case "json":
      return JSON.stringify(text).slice(1, -1);
    case "base64":
      return Buffer.from(text, "utf8").toString("base64");
    case "certificate":
    case "privateKey":
      return pemBlocks(name, text, PEM_LABELS[encode]);
    case undefined:
      return text;
  }
}

function pemBlocks(name: string, text: string, label: string): string {
  const blocks = text.match(new RegExp(`-----BEGIN ${label}-----[^-]*-----END ${label}-----`, "g"));
  if (blocks === null) throw new InputError(`The value ${name} has no ${label} in PEM.`);
  return blocks.map((block) => `${block}\n`).join("");
}

/** Names in Go templates have no dashes: `pg-fqdn` is `.pg_fqdn` there. */
export function goName(name: string): string {
  return name.replaceAll(/[^A-Za-z0-9]+/g, "_");
}

/** The text as a Go template of External Secrets: https://external-secrets.io/latest/guides/templating/ */
export function goTemplate(text: SecretText): string {
  if (typeof text === "string") return literal(text);
  const parts: Template = isTemplate(text) ? text : [text];
  return parts.map((part) => (typeof part === "string" ? literal(part) : goReference(part))).join("");
}

function goReference({ value: name, encode }: ValueReference): string {
  const field = `.${goName(name)}`;
  switch (encode) {
    case "url":
      return `{{ ${field} | urlquery }}`;
    case "json":
      // Without the quotes around it: they are the template's.
      return `{{ ${field} | toJson | trimPrefix "\\"" | trimSuffix "\\"" }}`;
    case "base64":
      return `{{ ${field} | b64enc }}`;
    case "certificate":
    case "privateKey":
      return `{{ ${field} | filterPEM "${PEM_LABELS[encode]}" }}`;
    case undefined:
      return `{{ ${field} }}`;
  }
}

/** Every text is read as a Go template; braces that the user means as such are written as a string. */
export function literal(text: string): string {
  return text.replaceAll("{{", '{{ "{{" }}');
}
