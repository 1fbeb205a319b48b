/** The part of a JSON schema that a page tells of. */
export interface Schema {
  readonly description?: string;
  readonly default?: unknown;
  readonly enum?: readonly string[];
  readonly required?: readonly string[];
  readonly items?: Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: boolean | Schema;
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
}

interface Row {
  readonly path: string;
  readonly given: string;
  readonly what: string;
  /** Of a mapping, whose own settings follow. */
  readonly heading: boolean;
}

/** The page of a system's settings: a row each, with what it is left out for. */
export function settingsPage(name: string, title: string, config: Schema): string {
  const rows = rowsOf(config, "").map(({ path, given, what, heading }) =>
    ["", heading ? `**\`${path}\`**` : `\`${path}\``, given, what, ""].join(" | ").trim(),
  );
  return [
    `# Settings of ${name}`,
    "",
    "<!-- Made by `npm run settings`; not edited by hand. -->",
    "",
    `${title}: all settings of \`Pulumi.${name}.yaml\`, below \`handoff:\`. (reference): named by where it is, \`{env: NAME}\`, \`{file: path}\` or \`{config: name}\`, see [the README](../../README.md#settings).`,
    "",
    "<!-- prettier-ignore-start -->",
    "| setting | default | what |",
    "| --- | --- | --- |",
    ...rows,
    "<!-- prettier-ignore-end -->",
    "",
  ].join("\n");
}

function rowsOf(schema: Schema, prefix: string): Row[] {
  const { properties = {}, required = [], oneOf } = schema;
  // One of them, as the mapping's own row says.
  const choices = (oneOf ?? []).flatMap((choice) => choice.required ?? []);
  return Object.entries(properties).flatMap(([key, property]) => {
    const name = key.replace(/^handoff:/, "");
    const path = prefix === "" ? name : `${prefix}.${name}`;
    const below = isReference(property) ? [] : rowsOf(mappingOf(property), path);
    const given = choices.includes(key)
      ? "one of them"
      : required.includes(key)
        ? prefix === "" || below.length > 0
          ? "**required**"
          : "required in it"
        : defaultOf(property);
    return [{ path, given, what: whatOf(property), heading: below.length > 0 }, ...below];
  });
}

/** Of a mapping that can be given shorter, such as by `true`, the mapping. */
function mappingOf(schema: Schema): Schema {
  return schema.anyOf?.find(({ properties }) => properties !== undefined) ?? schema;
}

/** What names a credential's source is told at the top, not at each. */
function isReference({ properties = {}, anyOf = [] }: Schema): boolean {
  return ["env", "file", "config"].every((key) => key in properties) || anyOf.some(isReference);
}

/** A default that only words can tell stands in the description. */
const LEFT_OUT = /(?:^| )Left out: ((?:[^.]|\.(?=\S))+)\.(?=\s|$)/;

function defaultOf(schema: Schema): string {
  const { default: value, description = "" } = schema;
  const words = LEFT_OUT.exec(description)?.[1];
  if (words !== undefined) return words.replaceAll("<", "&lt;");
  if (value === undefined || value === null) return "";
  if (typeof value === "object" && Object.keys(value).length === 0) return "";
  if (Array.isArray(value)) return value.map((one) => `\`${String(one)}\``).join(", ");
  return `\`${typeof value === "string" ? value : JSON.stringify(value)}\``;
}

function whatOf(schema: Schema): string {
  const { enum: values, oneOf, items, additionalProperties } = schema;
  const description = (schema.description ?? "").replace(LEFT_OUT, "").trim();
  const each =
    typeof additionalProperties === "object" ? Object.keys(additionalProperties.properties ?? {}) : [];
  const choices = (oneOf ?? []).flatMap((choice) => choice.required ?? []);
  const named = (texts: readonly string[]): string => texts.map((text) => `\`${text}\``).join(", ");
  const parts = [
    isReference(schema) ? description.replace(/\.?$/, " (reference).") : description,
    ...(values === undefined ? [] : [`One of ${named(values)}.`]),
    ...(items?.enum === undefined ? [] : [`Any of ${named(items.enum)}.`]),
    ...(each.length > 0 ? [`Each takes ${named(each)}.`] : []),
    ...(choices.length > 0 && !isReference(schema) ? [`One of ${named(choices)}.`] : []),
  ];
  return parts.join(" ").replaceAll("|", "\\|").replaceAll("<", "&lt;").trim();
}
