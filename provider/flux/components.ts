import { parseAllDocuments, stringify } from "yaml";
import type { Files } from "../../manifests/files";
import { applyOperations, type PatchOperation } from "../../manifests/flux/controllers";
import { patchFile } from "../../manifests/flux/customize";
import { FLUX_SYSTEM } from "../../manifests/flux/objects";
import { applyOverlay, type PlainObject } from "../../manifests/flux/overlay";
import { kustomizeBuild } from "../kubernetes/kustomize";
import type { HandlerContext } from "../plugin/handler";

export interface ComponentInputs {
  /** Text of `gotk-components.yaml`. */
  readonly components: string;
  /** Changes of Deployments that are in the stack's commit. */
  readonly operations?: Readonly<Record<string, readonly PatchOperation[]>>;
  /** Files of the repository's own `flux-system` folder: its kustomization.yaml and the patches that it names. */
  readonly overlay?: Files;
}

/**
 * Flux's components as its first sync will apply them: with the repository's own patches, so that controllers start
 * where only these let them, and don't restart at once. By `kubectl kustomize` where it is at hand, else as far as
 * the program reads kustomizations itself; what couldn't be applied is said, and Flux applies it.
 */
export async function componentsToApply(
  ctx: HandlerContext,
  inputs: ComponentInputs,
): Promise<PlainObject[]> {
  const { overlay = {}, operations = {} } = inputs;
  const components = objectsIn(inputs.components);
  // A patch of ours that an earlier commit brought is there in its former text: it counts once, as it is now.
  const listed = Object.entries(operations).filter(([name]) => overlay[patchFile(name)] !== undefined);
  const current = {
    ...overlay,
    ...Object.fromEntries(listed.map(([name, list]) => [patchFile(name), stringify(list)])),
  };
  const own =
    overlay["kustomization.yaml"]?.includes("gotk-components.yaml") !== true
      ? components
      : await overlaid(ctx, components, { ...inputs, overlay: current });
  return own.map((object) => {
    const name = object.metadata?.name ?? "";
    const done = object.kind !== "Deployment" || listed.some(([other]) => other === name);
    return done ? object : applyOperations(object, operations[name] ?? []);
  });
}

async function overlaid(
  ctx: HandlerContext,
  components: readonly PlainObject[],
  inputs: ComponentInputs,
): Promise<readonly PlainObject[]> {
  // Flux's sync comes later, when the repository has what it reads.
  const files = { "gotk-sync.yaml": "", ...inputs.overlay, "gotk-components.yaml": inputs.components };
  const build = await kustomizeBuild(files, "");
  if ("objects" in build) {
    const named = new Set(components.map(idOf));
    // What else the folder lists comes with the first sync: other objects may need what isn't there yet.
    return (build.objects as readonly PlainObject[]).filter(
      (object) => named.has(idOf(object)) || supports(object),
    );
  }
  const { objects, skipped } = applyOverlay(components, inputs.overlay ?? {});
  if (skipped.length > 0) {
    ctx.warn(
      `not applied from flux-system/kustomization.yaml, until Flux does so at its first sync:\n${skipped.map((line) => `  ${line}`).join("\n")}\n` +
        "→ Where the controllers don't start without it, put `kubectl` on the PATH and run `pulumi up` again.",
    );
  }
  return objects;
}

/** What the controllers may need beside their own objects, such as a volume claim or a ConfigMap in flux-system. */
function supports({ apiVersion = "", metadata }: PlainObject): boolean {
  return (
    metadata?.namespace === FLUX_SYSTEM &&
    !apiVersion.includes(".toolkit.fluxcd.io/") &&
    /^(v1|[a-z.]*k8s\.io\/.*|apps\/v1|policy\/v1)$/.test(apiVersion)
  );
}

function objectsIn(text: string): PlainObject[] {
  return parseAllDocuments(text)
    .map((document) => document.toJS() as PlainObject | null)
    .filter((object) => object !== null);
}

function idOf({ apiVersion, kind, metadata }: PlainObject): string {
  return [apiVersion, kind, metadata?.namespace, metadata?.name].join(" ");
}
