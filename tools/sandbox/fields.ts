/**
 * A short notation for the fields of an object, for CRDs and for the values of charts:
 *
 *     instances!: int, imageName, storage: {size, storageClass}, roles: [object], parameters: map<string>
 *
 * A field without a type is a string, `!` says that it's required. Types are `string`, `bool`, `int`, `number`,
 * `intOrString`, `any`, `object` (of any fields), `string(one|other)`, lists, maps, and objects of named fields, where
 * `...` lets further ones through.
 */
export interface Shape {
  readonly type: Scalar | "any" | "list" | "map" | "object";
  /** The values that a string may have. */
  readonly allowed?: readonly string[];
  /** What a list or a map holds. */
  readonly items?: Shape;
  /** The fields of an object; none are named when it takes any. */
  readonly fields?: Readonly<Record<string, Shape>>;
  readonly required?: readonly string[];
  /** Whether an object takes fields beside those that are named. */
  readonly open?: boolean;
}

type Scalar = "bool" | "int" | "intOrString" | "number" | "string";

const words: ReadonlySet<string> = new Set<Shape["type"]>([
  "any",
  "bool",
  "int",
  "intOrString",
  "number",
  "object",
  "string",
]);

/** @throws when the text isn't of the notation, with the place. */
export function parseFields(text: string): Shape {
  const reader = new Reader(text);
  const shape = reader.fields();
  reader.end();
  return shape;
}

class Reader {
  private readonly tokens: readonly string[];
  private at = 0;

  constructor(private readonly text: string) {
    this.tokens = text.match(/\.\.\.|[\w.$-]+|[^\s\w]/g) ?? [];
  }

  /** The fields of an object, up to what closes it. */
  fields(): Shape {
    const fields: Record<string, Shape> = {};
    const required: string[] = [];
    let open = false;
    do {
      if (this.take("...")) {
        open = true;
        continue;
      }
      const name = this.name();
      if (name in fields) this.fail(`${name} is there twice`);
      if (this.take("!")) required.push(name);
      fields[name] = this.take(":") ? this.type() : { type: "string" };
    } while (this.take(","));
    return { type: "object", fields, open, required: required.length > 0 ? required : undefined };
  }

  end(): void {
    if (this.at < this.tokens.length) this.fail(`${this.tokens[this.at] ?? ""} is too much`);
  }

  private type(): Shape {
    if (this.take("[")) return this.closed("]", { type: "list", items: this.type() });
    if (this.take("{")) return this.closed("}", this.fields());
    const word = this.name();
    if (word === "map") {
      this.expect("<");
      return this.closed(">", { type: "map", items: this.type() });
    }
    if (!words.has(word)) this.fail(`${word} is no type`);
    if (word !== "string" || !this.take("(")) return { type: word as Shape["type"] };
    const allowed = [this.name()];
    while (this.take("|")) allowed.push(this.name());
    return this.closed(")", { type: "string", allowed });
  }

  private closed(token: string, shape: Shape): Shape {
    this.expect(token);
    return shape;
  }

  private name(): string {
    const token = this.tokens[this.at];
    if (token === undefined || !/^[\w$]/.test(token))
      this.fail(`a name is missing before ${token ?? "the end"}`);
    this.at++;
    return token;
  }

  private expect(token: string): void {
    if (!this.take(token)) this.fail(`${token} is missing before ${this.tokens[this.at] ?? "the end"}`);
  }

  private take(token: string): boolean {
    if (this.tokens[this.at] !== token) return false;
    this.at++;
    return true;
  }

  private fail(message: string): never {
    const before = this.tokens.slice(Math.max(0, this.at - 8), this.at).join(" ");
    throw new Error(`Fields “${this.text.trim().slice(0, 40)}…”: ${message}, after “${before}”.`);
  }
}

const jsonTypes = { bool: "boolean", int: "integer", number: "number", string: "string" } as const;

/**
 * The JSON schema. A CRD's is structural: server-side apply refuses a field that it doesn't name, and what takes any
 * field has to say so. In `values` an object that isn't open refuses further keys.
 */
export function jsonSchema(shape: Shape, use: "crd" | "values"): Readonly<Record<string, unknown>> {
  const { type, allowed, items, fields, open, required } = shape;
  const unknown = use === "crd" ? { "x-kubernetes-preserve-unknown-fields": true } : {};
  switch (type) {
    case "any":
      return unknown;
    case "intOrString":
      return use === "crd" ? { "x-kubernetes-int-or-string": true } : { type: ["integer", "string"] };
    case "list":
      return { type: "array", items: items && jsonSchema(items, use) };
    case "map":
      return { type: "object", additionalProperties: items && jsonSchema(items, use) };
    case "object": {
      if (fields === undefined) return { type: "object", ...unknown };
      const properties = Object.fromEntries(
        Object.entries(fields).map(([name, field]) => [name, jsonSchema(field, use)]),
      );
      const rest = open === true ? unknown : use === "values" ? { additionalProperties: false } : {};
      return { type: "object", properties, ...(required && { required }), ...rest };
    }
    default:
      return { type: jsonTypes[type], ...(allowed && { enum: allowed }) };
  }
}
