import type { FluxObject } from "../../provider/flux/follow/flux-object";
import { type Manifest, toYaml } from "../../manifests/yaml";

/** What the API server, Flux and kubectl write on an object: nothing of its definition. */
const OTHERS =
  /^(kubectl\.kubernetes\.io\/last-applied-configuration|reconcile\.fluxcd\.io\/.*|handoff\.dev\/.*)$/;
const OF_FLUX = /^(kustomize|helm)\.toolkit\.fluxcd\.io\/(name|namespace)$/;

/** Objects as files that would make them again, as `flux export` writes them. */
export function exported(objects: readonly FluxObject[]): string {
  return objects.map((object) => `---\n${toYaml(definition(object))}`).join("");
}

function definition(object: FluxObject): Manifest {
  const { kind = "", metadata: { name = "", namespace = "", labels, annotations } = {}, spec } = object;
  const { apiVersion = "" } = object as { readonly apiVersion?: string };
  return {
    apiVersion,
    kind,
    metadata: {
      name,
      namespace,
      ...without("labels", labels, OF_FLUX),
      ...without("annotations", annotations, OTHERS),
    },
    spec: { ...spec },
  };
}

function without(field: string, values: Readonly<Record<string, string>> = {}, names: RegExp): object {
  const kept = Object.entries(values).filter(([name]) => !names.test(name));
  return kept.length === 0 ? {} : { [field]: Object.fromEntries(kept) };
}
