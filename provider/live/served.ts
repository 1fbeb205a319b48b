import { groupOf } from "../git/build/objects";
import type { Cluster } from "../kubernetes/cluster";
import { isLeftAlone } from "./said";
import { type FileObject, nameOf } from "./objects";

/**
 * Groups that the API server serves by itself: no definition brings another version of them. As `kubectl api-versions`
 * lists them, with `extensions`, which is gone since Kubernetes 1.22.
 */
const BUILT_IN =
  /^(apps|autoscaling|batch|extensions|policy|(admissionregistration|apiextensions|apiregistration|authentication|authorization|certificates|coordination|discovery|events|flowcontrol\.apiserver|networking|node|rbac\.authorization|resource|scheduling|storage)\.k8s\.io)$/;

/** In which versions the cluster has an object's kind, the preferred one first; undefined without its group. */
export type Served = ReadonlyMap<FileObject, readonly string[] | undefined>;

/** @param unserved objects whose kind, in their version, isn't there */
export async function servedOtherwise(cluster: Cluster, unserved: readonly FileObject[]): Promise<Served> {
  const known = new Map<string, ReturnType<Cluster["versions"]>>();
  const served = new Map<FileObject, readonly string[] | undefined>();
  for (const one of unserved) {
    const { apiVersion = "", kind = "" } = one.object;
    const group = groupOf(apiVersion);
    const versions = known.get(`${group} ${kind}`) ?? cluster.versions(group, kind);
    known.set(`${group} ${kind}`, versions);
    served.set(one, await versions);
  }
  return served;
}

/**
 * What of the objects this API server has no such version of: Kubernetes has taken it away, or doesn't have it yet. Of
 * other groups the definition may come with the commit.
 */
export function unservedFaults(served: Served): string[] {
  return [...served].flatMap(([{ object, path }, versions]) => {
    const { apiVersion = "", kind = "" } = object;
    const group = groupOf(apiVersion);
    if (!BUILT_IN.test(group) || isLeftAlone(object)) return [];
    if (versions === undefined && group !== "extensions") return [];
    const [best, ...others] = versions ?? [];
    const [has, advice] =
      best === undefined
        ? [`no kind ${kind} in any version of ${group}`, "Leave it out, or use what took its place"]
        : [`it as ${[best, ...others].join(" and ")}`, `Write it as ${best}, whose fields may differ`];
    return [
      `${nameOf(object)} (${path}): the cluster doesn't serve ${apiVersion}; it has ${has}\n→ ${advice} (https://kubernetes.io/docs/reference/using-api/deprecation-guide/).`,
    ];
  });
}

/** Why kinds aren't there, where the cluster has them in another version. */
export function whyUnserved(served: Served): [FileObject, string][] {
  return [...served].flatMap(([one, versions = []]): [FileObject, string][] => {
    const { apiVersion = "" } = one.object;
    const words = `the cluster has its kind as ${versions.join(" and ")}, not yet as ${apiVersion}`;
    return versions.length === 0 ? [] : [[one, words]];
  });
}
