import type { Cluster } from "../../kubernetes/cluster";
import { noneIfForbidden } from "../../kubernetes/cluster-error";
import type { Metadata } from "../../kubernetes/live-object";
import { FLUX_SYSTEM } from "../../../manifests/flux/objects";
import { type FluxObject, keyOf, type ObjectKey } from "./flux-object";

/**
 * Those of the objects that fill in a ConfigMap or Secret (`substituteFrom`, `valuesFrom`) that changed since Flux's root
 * source has what was pushed. Flux gives the commit to all at once: one that was faster than the ConfigMap is ready with the
 * values before, and looks again only at its interval.
 */
export async function readersOfChanged(
  cluster: Cluster,
  live: ReadonlyMap<ObjectKey, FluxObject>,
  keys: readonly ObjectKey[],
): Promise<readonly ObjectKey[]> {
  const source = live.get(keyOf("GitRepository", FLUX_SYSTEM));
  const since = Date.parse(source?.status?.artifact?.lastUpdateTime ?? "");
  const read = new Map(
    keys.flatMap((key): [ObjectKey, readonly Input[]][] => {
      const object = live.get(key);
      const inputs = object === undefined || object.spec?.suspend === true ? [] : inputsOf(object);
      return inputs.length === 0 ? [] : [[key, inputs]];
    }),
  );
  if (Number.isNaN(since) || read.size === 0) return [];
  const places = new Set([...read.values()].flat().map(({ place }) => place));
  const found = new Map<string, Metadata>();
  await Promise.all(
    [...places].map(async (place) => {
      const [kind = "", namespace = ""] = place.split(" ");
      for (const metadata of await cluster.metadata("v1", kind, namespace).catch(noneIfForbidden))
        found.set(`${place}/${metadata.name ?? ""}`, metadata);
    }),
  );
  const isNews = ({ place, name, optional }: Input): boolean => {
    const metadata = found.get(`${place}/${name}`);
    if (metadata === undefined || changedAt(metadata) < since) return false;
    // What has to be there was waited for until it was made.
    return optional || Date.parse(metadata.creationTimestamp ?? "") < since;
  };
  return [...read].flatMap(([key, inputs]) => (inputs.some(isNews) ? [key] : []));
}

/** What an object fills in. */
interface Input {
  /** `Kind namespace` */
  readonly place: string;
  readonly name: string;
  readonly optional: boolean;
}

function inputsOf({ metadata, spec }: FluxObject): readonly Input[] {
  const { postBuild, valuesFrom = [] } = spec ?? {};
  return [...(postBuild?.substituteFrom ?? []), ...valuesFrom].map(({ kind, name, optional = false }) => ({
    place: `${kind} ${metadata?.namespace ?? ""}`,
    ...{ name, optional },
  }));
}

function changedAt({ creationTimestamp = "", managedFields = [] }: Metadata): number {
  const times = [creationTimestamp, ...managedFields.map(({ time = "" }) => time)].map((time) =>
    Date.parse(time),
  );
  return Math.max(...times.filter((time) => !Number.isNaN(time)));
}
