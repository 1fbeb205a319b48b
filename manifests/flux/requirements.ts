import { FLUX_SYSTEM, type KustomizationOptions } from "./objects";
import { SHARD_LABEL } from "./shards";

/** What apps ask of the installation of Flux. */
interface Demand {
  readonly kustomizations: readonly KustomizationOptions[];
  readonly generators?: readonly string[];
}

interface Installation {
  readonly shards?: readonly string[];
  /** Names of the controllers. Asked only where it matters. */
  readonly installed: () => readonly string[];
}

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
