import { stringify } from "yaml";
import type { AppliedAs } from "../../manifests/flux/applied-as";
import { yamlData } from "../../manifests/yaml-data";
import type { LiveObject } from "../kubernetes/live-object";
import type { FileObject } from "./objects";
import { substituted, type Variables } from "./substitute";

/** How one folder is applied. */
export interface AppliedRoot {
  readonly as: AppliedAs;
  readonly variables: Variables | undefined;
}

/** True when a Kustomization changes what is built. */
export function changesBuild({ as }: AppliedRoot): boolean {
  const { targetNamespace, namePrefix, nameSuffix, patches, components, images } = as;
  return [targetNamespace, namePrefix, nameSuffix, patches, components, images].some(
    (value) => value !== undefined,
  );
}

type Fields = Readonly<Record<string, unknown>>;

/**
 * A folder's kustomization as kustomize-controller builds it: with the Kustomization's own fields in it. Source:
 * fluxcd/pkg kustomize (`Generator.WriteFile`).
 * @param text of the folder's file, undefined when there is none
 * @param entries what Flux lists where there is none
 * @param more further fields
 */
export function amended(
  text: string | undefined,
  entries: readonly string[],
  as: AppliedAs,
  more: Fields = {},
): string {
  const data = text === undefined ? [] : yamlData(text);
  // kustomize says what is wrong with it.
  if (typeof data === "string") return text ?? "";
  const found = data[0] as Fields | null | undefined;
  const fields = found ?? {
    apiVersion: "kustomize.config.k8s.io/v1beta1",
    kind: "Kustomization",
    resources: entries,
  };
  const { targetNamespace, namePrefix, nameSuffix, patches, components, images } = as;
  const list = (name: string): readonly unknown[] =>
    Array.isArray(fields[name]) ? (fields[name] as unknown[]) : [];
  const named = new Set(images?.map(({ name }) => name));
  return stringify({
    ...fields,
    ...more,
    ...(targetNamespace !== undefined && { namespace: targetNamespace }),
    ...(namePrefix !== undefined && { namePrefix }),
    ...(nameSuffix !== undefined && { nameSuffix }),
    ...(patches !== undefined && { patches: [...list("patches"), ...patches] }),
    ...(components !== undefined && { components: [...list("components"), ...components] }),
    ...(images !== undefined && {
      images: [
        ...list("images").filter((one) => !named.has((one as { readonly name: string }).name)),
        ...images,
      ],
    }),
  });
}

/** An object as it is applied after the build: with the common metadata, and variables filled in. */
export function finished(found: FileObject, { as, variables }: AppliedRoot): FileObject {
  if (as.kubeConfig !== undefined)
    return {
      ...found,
      elsewhere: true,
      unjudged: "its Kustomization applies it to another cluster (`kubeConfig`)",
    };
  const object = withMetadata(found.object, as.commonMetadata);
  const one = { ...found, object, ...(as.force === true && { forced: true }) };
  if ("sops" in object) return one;
  if (variables === undefined) return { ...one, unjudged: undefined };
  const filled = substituted(object, variables);
  if (typeof filled === "string") return { ...one, unjudged: filled };
  if ("fault" in filled) return { ...one, unjudged: filled.fault, unfilled: filled.fault };
  return { ...one, object: filled, unjudged: undefined };
}

function withMetadata(object: LiveObject, common: AppliedAs["commonMetadata"]): LiveObject {
  if (common === undefined) return object;
  const { metadata } = object;
  const { labels, annotations } = common;
  return {
    ...object,
    metadata: {
      ...metadata,
      ...(labels !== undefined && { labels: { ...metadata?.labels, ...labels } }),
      ...(annotations !== undefined && { annotations: { ...metadata?.annotations, ...annotations } }),
    },
  };
}
