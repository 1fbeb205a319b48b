import { Document, visit } from "yaml";
import { escaped, needsQuotes } from "../../../manifests/yaml";

/** Data as lines of YAML that readers of 1.1 and 1.2 take for the same. */
export function renderLines(value: unknown, indentSeq = true): string {
  const document = new Document(value, { aliasDuplicateObjects: false });
  visit(document, {
    Scalar(_, scalar) {
      if (typeof scalar.value === "string" && needsQuotes(scalar.value)) scalar.type = "QUOTE_DOUBLE";
    },
  });
  return escaped(document.toString({ lineWidth: 0, indentSeq })).trimEnd();
}

/** Data in flow style, on one line. */
export function renderFlow(value: unknown): string {
  return escaped(JSON.stringify(value));
}
