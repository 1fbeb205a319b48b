import type { LiveObject } from "../kubernetes/live-object";

interface DefinitionSpec {
  readonly group: string;
  readonly names: { readonly kind: string };
  readonly versions: readonly { readonly name: string; readonly storage: boolean }[];
}

/** apiVersion and kind of a definition's objects, in the version in which the cluster stores them. */
export function storedKind({ spec = {} }: LiveObject): readonly [string, string] | undefined {
  const { group = "", names, versions = [] } = spec as Partial<DefinitionSpec>;
  const version = versions.find(({ storage }) => storage)?.name;
  return names === undefined || version === undefined ? undefined : [`${group}/${version}`, names.kind];
}
