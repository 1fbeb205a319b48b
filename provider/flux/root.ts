import type { Cluster } from "../kubernetes/cluster";
import type { LiveObject, Reference } from "../kubernetes/live-object";
import { FLUX_SYSTEM } from "../../manifests/flux/objects";
import { syncObjectsIn } from "../../manifests/flux/read-bootstrap";

/** The Kustomization that applies all others. */
export const ROOT: Reference = {
  apiVersion: "kustomize.toolkit.fluxcd.io/v1",
  kind: "Kustomization",
  name: FLUX_SYSTEM,
  namespace: FLUX_SYSTEM,
};

// Flux takes away what kubectl set on an object that it applies, told by the name of the field manager
// (https://fluxcd.io/flux/components/kustomize/kustomizations/#controlling-the-apply-behavior-of-resources).
const AS_HANDOFF = "--overwrite --field-manager=handoff";

/** Annotation of the root: which `FluxReady` came to it last, as `<project>/<stack> <id>`. */
export const HOLDER = "handoff.dev/holder";

export async function holderOf(cluster: Cluster): Promise<string | undefined> {
  return (await cluster.get(ROOT))?.metadata?.annotations?.[HOLDER];
}

/**
 * Why a stack must not lead this cluster's Flux: its root reads something else than `sync` says, and no hand-off of
 * the stack has pointed it there, as when a kubeconfig is that of another cluster; or it applies that to another
 * cluster. Pointed elsewhere, a root prunes all that it applied. Undefined when there is no such reason.
 * @param sync text of `gotk-sync.yaml`
 * @param stack `<project>/<stack>`
 */
export async function foreignRoot(
  cluster: Cluster,
  sync: string,
  stack: string,
): Promise<string | undefined> {
  const root = await cluster.get(ROOT);
  if (root?.spec?.kubeConfig !== undefined) return elsewhere(cluster, root.spec.kubeConfig);
  const [holder] = root?.metadata?.annotations?.[HOLDER]?.split(" ") ?? [];
  if (holder === stack) return undefined;
  const wanted: readonly LiveObject[] = syncObjectsIn(sync).map((object) => object ?? {});
  const live = await Promise.all(
    wanted.map(async ({ apiVersion = "", kind = "" }) =>
      kind === ROOT.kind ? root : await cluster.get({ ...ROOT, apiVersion, kind }),
    ),
  );
  const other = await otherSource(cluster, root, wanted[1]);
  if (
    other === undefined &&
    wanted.every((object, index) => placeOf([live[index] ?? object]) === placeOf([object]))
  )
    return undefined;
  const path = placeOf(wanted.slice(1));
  const place = other === undefined ? placeOf(live) : `${other} ${placeOf(live.slice(1))}`;
  return (
    `Flux in the cluster at ${cluster.server} reads ${place}, and no hand-off of ${stack} has pointed it there; ` +
    `it would be pointed to ${placeOf(wanted)}\n` +
    "→ Check the kubeconfig and its context. If this is the right cluster, let the stack lead its Flux, which then " +
    `prunes what ${path} hasn't got: kubectl annotate kustomization ${FLUX_SYSTEM} -n ${FLUX_SYSTEM} ${HOLDER}=${stack} ${AS_HANDOFF}`
  );
}

/** A root with a kubeconfig applies what it reads to that cluster: there nothing of it would be looked at or followed. */
function elsewhere({ server }: Cluster, kubeConfig: unknown): string {
  const { secretRef, configMapRef } = kubeConfig as Partial<
    Record<"secretRef" | "configMapRef", { readonly name?: string }>
  >;
  const of =
    secretRef === undefined ? `ConfigMap ${configMapRef?.name ?? ""}` : `Secret ${secretRef.name ?? ""}`;
  return (
    `Flux in the cluster at ${server} applies ${FLUX_SYSTEM} to another cluster, by spec.kubeConfig of its root (${of})\n` +
    "→ Bootstrap that cluster itself: give the kubeconfig of the one in which the apps run. Or take spec.kubeConfig off " +
    `the root: kubectl edit kustomization ${FLUX_SYSTEM} -n ${FLUX_SYSTEM}`
  );
}

/** The source of a root that reads another one than the sync's: of another name, an artifact or a bucket. */
async function otherSource(
  cluster: Cluster,
  root: LiveObject | undefined,
  wanted: LiveObject | undefined,
): Promise<string | undefined> {
  const [own, other] = [wanted, root].map(
    (object) => (object?.spec?.sourceRef ?? {}) as Partial<Record<"kind" | "name" | "namespace", string>>,
  );
  const { kind = "", name = "", namespace = FLUX_SYSTEM } = other ?? {};
  if (
    root === undefined ||
    name === "" ||
    (kind === own?.kind && name === own.name && namespace === FLUX_SYSTEM)
  )
    return undefined;
  const apiVersion = "source.toolkit.fluxcd.io/v1";
  const { url, bucketName, endpoint } = ((await cluster.get({ apiVersion, kind, name, namespace }))?.spec ??
    {}) as Partial<Record<"url" | "bucketName" | "endpoint", string>>;
  const address = url ?? (bucketName === undefined ? "" : `${endpoint ?? ""}/${bucketName}`);
  return [kind, `${namespace}/${name}`, ...(address === "" ? [] : [`(${address})`])].join(" ");
}

/** Where a sync's objects read from, however that is spelled. */
function placeOf(objects: readonly (LiveObject | undefined)[]): string {
  const { url, ref, path } = Object.assign({}, ...objects.map((object) => object?.spec)) as {
    readonly url?: string;
    readonly ref?: { readonly branch?: string };
    readonly path?: string;
  };
  return [
    ...(url === undefined ? [] : [url.replace(/(\.git)?\/*$/, ""), ref?.branch ?? JSON.stringify(ref ?? {})]),
    ...(path === undefined
      ? []
      : [
          path
            .split("/")
            .filter((part) => part !== "" && part !== ".")
            .join("/") || "./",
        ]),
  ].join(" ");
}
