import { InputError } from "../files";
import { toYaml, type Manifest } from "../yaml";
import {
  applyOperations,
  componentObjects,
  controllerOperations,
  type ComponentObject,
  type Controllers,
} from "./controllers";
import type { FluxComponent } from "./install-manifests";
import { namespaceName } from "./names";

/** Label by which a shard finds its objects; the main controllers leave those with it alone. */
export const SHARD_LABEL = "sharding.fluxcd.io/key";

/** Controllers that a shard has one more of: those of sources and of what applies them. */
export const SHARDED = [
  "source-controller",
  "source-watcher",
  "kustomize-controller",
  "helm-controller",
] as const satisfies readonly FluxComponent[];

/** The argument of the main controllers beside shards. */
export const MAIN_SELECTOR = `--watch-label-selector=!${SHARD_LABEL}`;

/**
 * For each shard a copy of these controllers, which takes the objects with its label, with Services for those that
 * serve artifacts: https://fluxcd.io/flux/installation/configuration/sharding/
 * @param components text of `gotk-components.yaml`
 * @throws InputError for names that can't be part of a Deployment's.
 */
export function shardManifests(
  components: string,
  shards: readonly string[],
  controllers: Controllers = {},
): string {
  const repeated = shards.find((shard, index) => shards.indexOf(shard) !== index);
  if (repeated !== undefined) throw new InputError(`There is more than one shard ${repeated}.`);
  const deployments = componentObjects(components, "Deployment");
  const services = componentObjects(components, "Service");
  const objects = shards.flatMap((shard) =>
    SHARDED.filter((name) => nameIn(deployments, name) !== undefined).flatMap((controller) => {
      const flags = [`--watch-label-selector=${SHARD_LABEL}=${namespaceName(shard, "shard's name")}`];
      const operations = controllerOperations(controller, controllers[controller] ?? {}, deployments, flags);
      const name = `${controller}-${shard}`;
      const service = nameIn(services, controller);
      const deployment = deploymentOf(nameIn(deployments, controller), controller, name);
      return [
        ...(service === undefined ? [] : [{ ...renamed(service, name), spec: served(service, name) }]),
        applyOperations(deployment, operations),
      ];
    }),
  );
  return toYaml(
    objects as unknown as readonly Manifest[],
    "Copies of the controllers in gotk-components.yaml, one set a shard. Written by FluxBootstrap.",
  );
}

function nameIn(objects: readonly ComponentObject[], name: string): ComponentObject | undefined {
  return objects.find(({ metadata }) => metadata.name === name);
}

function renamed(object: ComponentObject, name: string): ComponentObject {
  return { ...object, metadata: { ...object.metadata, name } };
}

function served({ spec }: ComponentObject, name: string): ComponentObject["spec"] {
  return { ...spec, selector: { ...(spec.selector as object), app: name } };
}

function deploymentOf(
  object: ComponentObject | undefined,
  controller: string,
  name: string,
): ComponentObject {
  if (object === undefined) throw new Error(`there is no Deployment ${controller}`);
  const copy = structuredClone(renamed(object, name)) as unknown as MutableDeployment;
  copy.spec.selector.matchLabels.app = name;
  copy.spec.template.metadata.labels.app = name;
  const [container] = copy.spec.template.spec.containers;
  if (container === undefined) throw new Error(`the Deployment ${controller} has no container`);
  // The address under which the artifacts of this shard are found.
  container.args = container.args.map((flag) =>
    flag.startsWith("--storage-adv-addr=") ? flag.replace(`=${controller}.`, `=${name}.`) : flag,
  );
  return copy as unknown as ComponentObject;
}

interface MutableDeployment {
  spec: {
    selector: { matchLabels: Record<string, string> };
    template: {
      metadata: { labels: Record<string, string> };
      spec: { containers: { args: string[] }[] };
    };
  };
}
