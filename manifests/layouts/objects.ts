import type { FolderContent } from "../app";
import type { Manifest, YamlSource } from "../yaml";

/** The objects among the files of a folder that are known before `up`; Secrets aren't, see `secretsOf`. */
export function objectsOf(content: FolderContent = {}): YamlSource[] {
  return Object.values(content)
    .flat()
    .filter((source): source is YamlSource => {
      return source !== undefined && ("kind" in source || "object" in source);
    });
}

export function manifestOf(source: YamlSource): Manifest {
  return ("kind" in source ? source : source.object) as Manifest;
}

export function kindOf(source: YamlSource): string {
  return manifestOf(source).kind;
}

export function nameOf(source: YamlSource): string {
  return (manifestOf(source).metadata as { readonly name: string }).name;
}
