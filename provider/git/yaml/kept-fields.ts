import { isMap, isScalar, isSeq, parseAllDocuments, type Document, type Scalar } from "yaml";
import { yamlData } from "../../../manifests/yaml-data";
import type { FieldStep, KeptField } from "../../../manifests/git/kept-fields";

/** A value that the repository's file has in place of ours. */
export interface KeptValue {
  readonly field: string;
  readonly value: unknown;
}

interface Found {
  /** The field without wildcards. */
  readonly field: KeptField;
  readonly scalar: Scalar.Parsed;
}

/** The comment by which Flux's image automation finds what it sets. It has to be the whole comment of its line. */
const MARKER = /^[ \t]*(#[ \t]*\{[ \t]*"\$imagepolicy".*)$/;

/**
 * `ours` with the values that `theirs` has in `fields`, and with image automation's markers on their lines; all other
 * bytes are ours. A field that one of the two hasn't got, or that isn't a single value there, stays as ours has it.
 */
export function keepFields(
  ours: string,
  theirs: string,
  fields: readonly KeptField[],
): { readonly text: string; readonly kept: readonly KeptValue[] } {
  const source = parse(theirs);
  if (source === undefined) return { text: ours, kept: [] };
  let text = ours;
  const kept: KeptValue[] = [];
  const places = fields.flatMap((field) => [...find(parse(ours), field)]);
  for (const { field } of places) {
    const [other] = find(source, field);
    // Offsets move with every replacement.
    const [place] = find(parse(text), field);
    if (other === undefined || place === undefined) continue;
    if (!Object.is(place.scalar.value, other.scalar.value)) {
      const replaced = replaceValue(text, place, sourceOf(theirs, other.scalar), other.scalar.value);
      if (replaced === undefined) continue;
      text = replaced;
      kept.push({ field: describeField(field), value: other.scalar.value });
    }
    const marker = MARKER.exec(restOfLine(theirs, other.scalar.range[1]))?.[1];
    const [now] = find(parse(text), field);
    if (marker !== undefined && now !== undefined) text = withMarker(text, now.scalar.range[1], marker);
  }
  return { text, kept };
}

/** What is wrong with the fields to keep of a file, in words; no text for none. */
export function keptFaults(text: string, fields: readonly KeptField[]): string[] {
  const documents = parse(text);
  if (documents === undefined) return ["it isn't valid YAML, so no field of it can be kept"];
  return fields.flatMap((field) => {
    const holders = documents.filter((document) => [...find([document], field)].length > 0);
    const named = describeField(field);
    if (holders.length === 0) return [`${named} is no single value in it`];
    if (holders.length > 1) return [`${named} is in ${String(holders.length)} documents: give kind and name`];
    return [];
  });
}

/** `Deployment calcom: spec.template.spec.containers[name=calcom].image` */
export function describeField({ kind, name, path }: KeptField): string {
  const document = [kind, name].filter((word) => word !== undefined).join(" ");
  const steps = path.map((step) => {
    if (typeof step === "object") {
      const values = Object.entries(step).map(([key, value]) => `${key}=${value}`);
      return `[${values.join(",")}]`;
    }
    return typeof step === "number" || step === "*" ? `[${String(step)}]` : `.${step}`;
  });
  return `${document === "" ? "" : `${document}: `}${steps.join("").replace(/^\./, "")}`;
}

function parse(text: string): Document.Parsed[] | undefined {
  // An alias without its anchor is no error of the parser's.
  return typeof yamlData(text, "1.2") === "string" ? undefined : parseAllDocuments(text);
}

/** Where a field is, each place named so that it can be found in another version of the file. */
function* find(documents: readonly Document.Parsed[] | undefined, field: KeptField): Generator<Found> {
  for (const document of documents ?? []) {
    const kind = textAt(document, ["kind"]);
    const name = textAt(document, ["metadata", "name"]);
    if (field.kind !== undefined && field.kind !== kind) continue;
    if (field.name !== undefined && field.name !== name) continue;
    for (const { path, scalar } of resolve(document.contents, field.path)) {
      yield {
        field: { ...(kind !== undefined && { kind }), ...(name !== undefined && { name }), path },
        scalar,
      };
    }
  }
}

function* resolve(
  node: unknown,
  [step, ...rest]: readonly FieldStep[],
  at: readonly FieldStep[] = [],
): Generator<{ path: readonly FieldStep[]; scalar: Scalar.Parsed }> {
  if (step === undefined) {
    const single = isScalar(node) && node.type !== "BLOCK_LITERAL" && node.type !== "BLOCK_FOLDED";
    if (single && node.range != null) yield { path: at, scalar: node as Scalar.Parsed };
  } else if (isMap(node)) {
    if (typeof step === "string") yield* resolve(node.get(step, true), rest, [...at, step]);
  } else if (isSeq(node)) {
    for (const [index, item] of node.items.entries()) {
      const name = isMap(item) ? item.get("name") : undefined;
      if (step === "*") {
        yield* resolve(item, rest, [...at, typeof name === "string" ? { name } : index]);
      } else if (typeof step === "number" ? step === index : selects(step, item)) {
        yield* resolve(item, rest, [...at, step]);
      }
    }
  }
}

function selects(step: string | Readonly<Record<string, string>>, item: unknown): boolean {
  return (
    typeof step === "object" &&
    isMap(item) &&
    Object.entries(step).every(([key, value]) => item.get(key) === value)
  );
}

function textAt(document: Document.Parsed, path: readonly string[]): string | undefined {
  const value = isMap(document.contents) ? document.getIn(path) : undefined;
  return typeof value === "string" ? value : undefined;
}

/**
 * Puts another value in a place, spelled as in the other file where that means the same here. Nothing else of the
 * file may change its meaning: then there is no way, and ours stays.
 */
function replaceValue(text: string, place: Found, source: string, value: unknown): string | undefined {
  const [start, end] = place.scalar.range;
  const before = JSON.stringify(plain(text, place.field, value));
  for (const spelling of [source, JSON.stringify(value)]) {
    // `key:` without a value has no space either.
    const glue = start === end && spelling !== "" ? " " : "";
    const changed = text.slice(0, start) + glue + spelling + text.slice(end);
    const [now] = find(parse(changed), place.field);
    if (
      now !== undefined &&
      Object.is(now.scalar.value, value) &&
      !sourceOf(changed, now.scalar).includes("\n")
    ) {
      if (JSON.stringify(plain(changed, place.field, value)) === before) return changed;
    }
  }
  return undefined;
}

/** The file's data with `value` in the field. */
function plain(text: string, field: KeptField, value: unknown): unknown {
  const documents = parse(text) ?? [];
  const [place] = find(documents, field);
  if (place !== undefined) place.scalar.value = value;
  return documents.map((document) => document.toJS({ maxAliasCount: -1 }) as unknown);
}

/** A line's comment is the marker alone; a marker of our own text is the newer one. */
function withMarker(text: string, end: number, marker: string): string {
  const rest = restOfLine(text, end);
  if (!/^[ \t]*(#.*)?$/.test(rest) || MARKER.test(rest)) return text;
  return `${text.slice(0, end)} ${marker}${text.slice(end + rest.length)}`;
}

function sourceOf(text: string, scalar: Scalar.Parsed): string {
  return text.slice(scalar.range[0], scalar.range[1]);
}

function restOfLine(text: string, from: number): string {
  return /^[^\r\n]*/.exec(text.slice(from))?.[0] ?? "";
}
