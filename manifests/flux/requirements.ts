import { FLUX_SYSTEM, type KustomizationOptions } from "./objects";
import { SHARD_LABEL } from "./shards";

/** What apps ask of the installation of Flux. */
interface Demand {
  readonly kustomizations: readonly KustomizationOptions[];
  readonly generators?: readonly string[];
  readonly imagePolicies?: readonly string[];
}

interface Installation {
  readonly shards?: readonly string[];
  /** Names of the controllers. Asked only where it matters. */
  readonly installed: () => readonly string[];
}

/** One reads the tags, the other commits what policies choose. */
const IMAGE_CONTROLLERS = ["image-reflector-controller", "image-automation-controller"] as const;

/** Objects that no controller would ever look at: Flux reports nothing of them. */
export function unmetDemands(apps: readonly Demand[], { shards = [], installed }: Installation): string[] {
  const faults: string[] = [];
  const [generator] = apps.flatMap(({ generators = [] }) => generators);
  if (generator !== undefined && !installed().includes("source-watcher")) {
    faults.push(
      `The ArtifactGenerator ${generator} needs source-watcher, which isn't installed; installed are ${installed().join(", ")}.\n` +
        "→ Add it to the components of componentsDigest (setting `flux.componentsExtra: [source-watcher]`).",
    );
  }
  const [policy] = apps.flatMap(({ imagePolicies = [] }) => imagePolicies);
  const missing = policy === undefined ? [] : IMAGE_CONTROLLERS.filter((one) => !installed().includes(one));
  if (policy !== undefined && missing.length > 0) {
    const are = missing.length === 1 ? "which isn't" : "which aren't";
    faults.push(
      `The ImagePolicy ${policy} needs ${missing.join(" and ")}, ${are} installed; installed are ${installed().join(", ")}.\n` +
        `→ Add them to the components of componentsDigest (setting \`flux.componentsExtra: [${IMAGE_CONTROLLERS.join(", ")}]\`).`,
    );
  }
  for (const { name, namespace = FLUX_SYSTEM, labels } of apps.flatMap((app) => app.kustomizations)) {
    const shard = labels?.[SHARD_LABEL];
    if (shard === undefined || shards.includes(shard)) continue;
    const known = shards.length === 0 ? "there are none" : `there are ${shards.join(", ")}`;
    faults.push(
      `The Kustomization ${namespace}/${name} is of the shard ${shard}, which the bootstrap hasn't got: ${known}.\n` +
        "→ Add it to the shards of FluxBootstrap (setting `flux.shards`).",
    );
  }
  return faults;
}
