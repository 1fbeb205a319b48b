import { parseAllDocuments, type Document } from "yaml";
import { documentsOf } from "./edit-text";

/** kustomize, kubectl and Flux read YAML 1.1, most other programs 1.2. */
export const VERSIONS = ["1.2", "1.1"] as const;

/** The data of a text's documents as a reader of a version of YAML sees it; undefined when it can't read them. */
export function readAs(text: string, version: (typeof VERSIONS)[number]): unknown[] | undefined {
  const documents =
    version === "1.2"
      ? documentsOf(text)
      : (parseAllDocuments(text, { version, merge: true, logLevel: "silent" }) as Document.Parsed[]);
  if (documents.some(({ errors }) => errors.length > 0)) return undefined;
  try {
    return documents.map((document) => document.toJS({ maxAliasCount: -1 }) as unknown);
  } catch {
    return undefined;
  }
}
