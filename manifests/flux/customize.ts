import { stringify } from "yaml";
import type { Files } from "../files";
import { componentObjects, controllerOperations, type Controllers, type PatchOperation } from "./controllers";
import type { FluxComponent } from "./install-manifests";
import { MAIN_SELECTOR, SHARDED, shardManifests } from "./shards";
import type { ListEdit } from "../git/edits";

export interface CustomizeOptions {
  readonly controllers?: Controllers;
  /** Names of the shards. */
  readonly shards?: readonly string[];
}

/** What customizes an installation, beside its kustomization.yaml. */
export interface Customization {
  /** Patches and further objects, by path from the folder of the kustomization.yaml. */
  readonly files: Files;
  /** What the patches change, by Deployment. */
  readonly operations: Readonly<Record<string, readonly PatchOperation[]>>;
  /** Entries of that file, which is its user's. */
  readonly edits: readonly Omit<ListEdit, "initial">[];
}

/**
 * What makes the options of the controllers and the shards take effect: a patch a controller and a file with the
 * shards, each with an entry in the installation's kustomization.yaml.
 * @param components text of `gotk-components.yaml`
 * @throws InputError for what this installation doesn't have or its controllers would refuse.
 */
export function customize(components: string, options: CustomizeOptions): Customization {
  const { controllers = {}, shards = [] } = options;
  const deployments = componentObjects(components, "Deployment");
  const names = deployments.map(({ metadata }) => metadata.name);
  const main = shards.length === 0 ? [] : SHARDED.filter((name) => names.includes(name));
  const patched = [...new Set([...(Object.keys(controllers) as FluxComponent[]), ...main])].sort();
  const patches = patched.flatMap((name) => {
    const flags = main.some((controller) => controller === name) ? [MAIN_SELECTOR] : [];
    const operations = controllerOperations(name, controllers[name] ?? {}, deployments, flags);
    return operations.length === 0 ? [] : [{ name, path: patchFile(name), operations }];
  });
  const header = "# Options of the controller that the program gives to FluxBootstrap.\n";
  return {
    files: Object.fromEntries([
      ...patches.map(({ path, operations }) => [path, header + stringify(operations, { indentSeq: false })]),
      ...(shards.length === 0 ? [] : [[SHARDS_FILE, shardManifests(components, shards, controllers)]]),
    ]) as Files,
    operations: Object.fromEntries(patches.map(({ name, operations }) => [name, operations])),
    edits: [
      ...(shards.length === 0 ? [] : [{ list: ["resources"], entry: SHARDS_FILE }]),
      ...patches.map(({ name, path }) => ({
        list: ["patches"],
        entry: { path, target: { kind: "Deployment", name } },
        identity: ["path"],
      })),
    ],
  };
}

/** Name of the patch with a controller's options. */
export function patchFile(controller: string): string {
  return `patch-${controller}.yaml`;
}

const SHARDS_FILE = "shards.yaml";

/** The controllers of an installation, as the header of its `gotk-components.yaml` names them. */
export function installedComponents(components: string): readonly string[] {
  return (/^# Components: (.*)$/m.exec(components)?.[1] ?? "").split(",");
}
