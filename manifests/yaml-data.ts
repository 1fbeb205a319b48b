import { parseAllDocuments } from "yaml";

/**
 * The data of each document of a text as a reader of a version of YAML takes it; a text says why there is none. An
 * alias without its anchor, or a merge of what is no map, is found only when the data is made.
 * @param version kustomize, kubectl and Flux read 1.1, but for what only another version takes for a text.
 * @default "1.1"
 */
export function yamlData(text: string, version: "1.1" | "1.2" = "1.1"): readonly unknown[] | string {
  if (CONTROL.test(text)) return "isn't valid YAML: it has a control character";
  try {
    const documents = parseAllDocuments(text, { version, merge: true, logLevel: "silent" });
    const [error] = documents.flatMap(({ errors }) => errors);
    if (error !== undefined) return notYaml(error);
    return documents.map((document) => document.toJS({ maxAliasCount: -1 }) as unknown);
  } catch (error) {
    return notYaml(error as Error);
  }
}

/** What Go's reader refuses and this library takes. */
const CONTROL = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u0084\u0086-\u009f\ufffe\uffff]/;

function notYaml({ message }: Error): string {
  return `isn't valid YAML: ${message.split("\n")[0] ?? ""}`;
}
