import { Document, isMap, isScalar, isSeq, visit, type Node, type Scalar } from "yaml";
import { plainYaml } from "./plain-yaml";

/** A Kubernetes object as plain data. Fields that are `undefined` are left out of the text. */
export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly [field: string]: unknown;
}

/** An object with comments for those who read its file. */
export interface Commented {
  readonly object: object;
  /** Path of a field (`spec.template.spec.containers.0.image`) → the comment above it. `""` is the document. */
  readonly comments: Readonly<Record<string, string>>;
  /** Path of a field with a plain value → the comment behind it, on its line. */
  readonly markers?: Readonly<Record<string, string>>;
}

export type YamlSource = Commented | Manifest;

export function withComments(
  object: object,
  comments: Commented["comments"],
  markers?: Commented["markers"],
): Commented {
  return { object, comments, markers };
}

/**
 * The text of a YAML file in the style of Flux's own files: two spaces, lists at their key's column, fields in the
 * order in which they were built, `---` between documents. The same objects always give the same bytes.
 * @param header comment at the top, without `#`.
 */
export function toYaml(sources: YamlSource | readonly YamlSource[], header?: string): string {
  const list: readonly YamlSource[] = Array.isArray(sources) ? sources : [sources as YamlSource];
  const documents = list.map((source) =>
    documentText(isCommented(source) ? source : { object: source, comments: {} }),
  );
  const top = header === undefined ? "" : `${commentLines(header)}\n`;
  return top + documents.join("---\n");
}

function isCommented(source: YamlSource): source is Commented {
  return "comments" in source && !("kind" in source);
}

function documentText({ object, comments, markers = {} }: Commented): string {
  const plain = [comments, markers].some((told) => Object.keys(told).length > 0)
    ? undefined
    : plainYaml(object, isAmbiguous);
  if (plain !== undefined) return plain;
  // Without aliasDuplicateObjects: false, labels shared by two fields would be written as &a1 and *a1.
  const document = new Document(object, { aliasDuplicateObjects: false });
  visit(document, {
    Scalar(_, scalar) {
      if (typeof scalar.value === "string" && needsQuotes(scalar.value)) scalar.type = "QUOTE_DOUBLE";
    },
  });
  for (const [path, comment] of Object.entries(comments)) setComment(document, path, comment);
  for (const [path, marker] of Object.entries(markers)) setMarker(document, path, marker);
  return escaped(
    document.toString({ indentSeq: false, lineWidth: 0, singleQuote: true, blockQuote: "literal" }),
  );
}

/** What Go's reader refuses, or takes for the end of a line, as YAML 1.1 does; the library writes it as it is. */
const SPECIAL = /[\u007F-\u009F\u2028\u2029\uFEFF\uFFFE\uFFFF]/g;

/** A document's text in which such characters, all of them in double quotes by {@link needsQuotes}, are escaped. */
export function escaped(text: string): string {
  return text.replace(SPECIAL, (it) => `\\u${it.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

// Kubernetes reads YAML 1.1, where `on`, `1_000` and `12:30` are no strings; this library writes 1.2.
const notStrings = ["1.1", "1.2"].flatMap((version) =>
  new Document(null, { version: version as "1.1" | "1.2" }).schema.tags.flatMap((tag) =>
    "test" in tag && tag.test !== undefined && tag.default === true ? [tag.test] : [],
  ),
);

/** True for a text that readers of YAML 1.1 or 1.2 would take for something else, or with other spaces. */
export function needsQuotes(text: string): boolean {
  return isAmbiguous(text) || losesSpaces(text) || escaped(text) !== text;
}

function isAmbiguous(text: string): boolean {
  return /^([yn]|<<|=)$/i.test(text) || notStrings.some((test) => test.test(text));
}

// A block's indentation is told by its first line, so spaces on blank lines would be taken for indentation.
function losesSpaces(text: string): boolean {
  return text.includes("\n") && (/^[ \t]/.test(text) || /^[ \t]+$/m.test(text));
}

function setComment(document: Document, path: string, comment: string): void {
  const text = comment.replaceAll(/^/gm, " ");
  const node = path === "" ? document.contents : commentedNode(document, path.split("."));
  // A comment whose field is gone would silently vanish from the file.
  if (!node) throw new Error(`No field ${path} to comment on.`);
  node.commentBefore = text;
}

function setMarker(document: Document, path: string, marker: string): void {
  const node = document.getIn(path.split("."), true);
  if (!isScalar(node)) throw new Error(`No field ${path} with a plain value to mark.`);
  node.comment = ` ${marker}`;
}

function commentedNode(document: Document, path: readonly string[]): Node | undefined {
  const parent = path.length === 1 ? document.contents : document.getIn(path.slice(0, -1), true);
  const last = path.at(-1);
  if (isSeq<Node>(parent)) return parent.items[Number(last)];
  if (!isMap<Scalar>(parent)) return undefined;
  const key = parent.items.find((pair) => pair.key.value === last)?.key;
  return isScalar(key) ? key : undefined;
}

function commentLines(text: string): string {
  return text
    .split("\n")
    .map((line) => `# ${line}`.trimEnd())
    .join("\n");
}
