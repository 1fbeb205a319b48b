import type { Cluster } from "../kubernetes/cluster";
import { noneIfForbidden } from "../kubernetes/cluster-error";
import type { LiveObject } from "../kubernetes/live-object";
import { nameOf } from "./objects";
import { KUSTOMIZE } from "./said";

interface Named {
  readonly kind?: string;
  readonly name?: string;
  readonly namespace?: string;
  readonly optional?: boolean;
}

/** The fields by which Flux's objects name others. */
interface Spec {
  readonly dependsOn?: readonly Named[];
  readonly sourceRef?: Named;
  readonly chartRef?: Named;
  readonly chart?: { readonly spec?: { readonly sourceRef?: Named } };
  readonly postBuild?: { readonly substituteFrom?: readonly Named[] };
  readonly valuesFrom?: readonly Named[];
}

const READERS = [
  [`${KUSTOMIZE}/v1`, "Kustomization"],
  ["helm.toolkit.fluxcd.io/v2", "HelmRelease"],
] as const;

/** Kinds that others may wait for or read. */
const READ =
  /^(Kustomization|HelmRelease|GitRepository|OCIRepository|HelmRepository|HelmChart|Bucket|ExternalArtifact|ConfigMap|Secret) /;

/**
 * Who stays in the cluster and waits for, or reads, an object that a commit takes away: what they run stays as it is, and
 * Flux changes nothing of it any more. One text each.
 * @param pruned what goes, as `Kind namespace/name`
 * @param known what is in the commit, by the same names, and Kustomizations of ours: these say themselves what they need
 */
export async function dependantsOf(
  cluster: Cluster,
  pruned: readonly string[],
  known: ReadonlySet<string>,
): Promise<string[]> {
  const gone = new Set(pruned.filter((name) => READ.test(name)));
  if (gone.size === 0) return [];
  const lists = await Promise.all(
    READERS.map(([apiVersion, kind]) => cluster.list(apiVersion, kind).catch(noneIfForbidden)),
  );
  const readers = lists.flat().filter(({ metadata }) => metadata?.deletionTimestamp === undefined);
  const going = new Set(gone);
  // What a Kustomization has applied goes with it, and what that has applied.
  for (let size = -1; size !== going.size;) {
    size = going.size;
    for (const one of readers) if (going.has(applierOf(one))) going.add(nameOf(one));
  }
  return readers
    .filter((one) => !going.has(nameOf(one)) && !known.has(nameOf(one)))
    .flatMap((one) =>
      named(one)
        .filter(([, name]) => gone.has(name))
        .map(([field, name]) => `${nameOf(one)} (its \`${field}\` names ${name})`),
    );
}

/** It is a word by the way: who may not list them isn't kept from a preview. */
function applierOf({ metadata }: LiveObject): string {
  const { [`${KUSTOMIZE}/name`]: name = "", [`${KUSTOMIZE}/namespace`]: namespace = "" } =
    metadata?.labels ?? {};
  return `Kustomization ${namespace}/${name}`;
}

function named({ kind = "", metadata = {}, spec = {} }: LiveObject): [field: string, name: string][] {
  const { dependsOn = [], sourceRef, chartRef, chart, postBuild, valuesFrom = [] } = spec as Spec;
  const of = (field: string, all: readonly (Named | undefined)[], usual = ""): [string, string][] =>
    all.flatMap((one): [string, string][] => {
      if (one === undefined || one.optional === true) return [];
      const { namespace = metadata.namespace ?? "", name = "" } = one;
      return [[field, `${one.kind ?? usual} ${namespace}/${name}`]];
    });
  return [
    ...of("dependsOn", dependsOn, kind),
    ...of("sourceRef", [sourceRef, chart?.spec?.sourceRef]),
    ...of("chartRef", [chartRef]),
    ...of("substituteFrom", postBuild?.substituteFrom ?? []),
    ...of("valuesFrom", valuesFrom),
  ];
}
