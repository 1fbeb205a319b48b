import { yamlData } from "../../../manifests/yaml-data";
import { documentsOf } from "./edit-text";

/** kustomize, kubectl and Flux read YAML 1.1, most other programs 1.2. */
export const VERSIONS = ["1.2", "1.1"] as const;

/** The data of a text's documents as a reader of a version of YAML sees it; undefined when it can't read them. */
export function readAs(text: string, version: (typeof VERSIONS)[number]): unknown[] | undefined {
  if (version === "1.1") {
    const data = yamlData(text);
    return typeof data === "string" ? undefined : [...data];
  }
  const documents = documentsOf(text);
  if (documents.some(({ errors }) => errors.length > 0)) return undefined;
  try {
    return documents.map((document) => document.toJS({ maxAliasCount: -1 }) as unknown);
  } catch {
    return undefined;
  }
}
