import type { Cluster, LiveObject } from "./cluster";
import { FluxObject, keyOf, ObjectKey } from "./progress";

/** Kinds that the follower looks at. */
export const KINDS = [
  { apiVersion: "source.toolkit.fluxcd.io/v1", kind: "GitRepository", plural: "gitrepositories" },
  { apiVersion: "source.toolkit.fluxcd.io/v1", kind: "OCIRepository", plural: "ocirepositories" },
  { apiVersion: "source.toolkit.fluxcd.io/v1", kind: "Bucket", plural: "buckets" },
  { apiVersion: "source.toolkit.fluxcd.io/v1", kind: "ExternalArtifact", plural: "externalartifacts" },
  {
    apiVersion: "source.extensions.fluxcd.io/v1beta1",
    kind: "ArtifactGenerator",
    plural: "artifactgenerators",
  },
  { apiVersion: "kustomize.toolkit.fluxcd.io/v1", kind: "Kustomization", plural: "kustomizations" },
  { apiVersion: "helm.toolkit.fluxcd.io/v2", kind: "HelmRelease", plural: "helmreleases" },
] as const;

/**
 * The live Flux objects of a cluster, kept current by one list and one watch a kind, however many objects there are.
 */
export class FluxWatch {
  private readonly live = new Map<ObjectKey, FluxObject>();
  private readonly stopping = new AbortController();
  private wake: () => void = () => undefined;
  private started: Promise<void> | undefined;

  constructor(
    private readonly cluster: Cluster,
    signal: AbortSignal,
  ) {
    signal.addEventListener("abort", () => {
      this.stop();
    });
  }

  /** The objects as they are now. */
  async objects(): Promise<ReadonlyMap<ObjectKey, FluxObject>> {
    this.started ??= this.start();
    await this.started;
    return this.live;
  }

  /** Resolves at the next change, or after `timeout` milliseconds. */
  async changed(timeout: number): Promise<void> {
    if (this.stopping.signal.aborted) throw this.stopping.signal.reason as Error;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, timeout);
      this.wake = () => {
        clearTimeout(timer);
        // Changes come in bursts: one look serves all of one.
        setTimeout(resolve, 50);
      };
    });
  }

  stop(): void {
    this.stopping.abort(new Error("cancelled"));
    this.wake();
  }

  private async start(): Promise<void> {
    await Promise.all(
      KINDS.map(async (kind) => {
        await this.follow(kind);
      }),
    );
  }

  /** Lists the kind, then watches it; a watch that ends, as they do, is started anew from a fresh list. */
  private async follow(kind: (typeof KINDS)[number]): Promise<void> {
    if (this.stopping.signal.aborted) return;
    const items = await this.cluster.list(kind.apiVersion, kind.kind);
    for (const key of this.live.keys()) if (key.startsWith(`${kind.kind} `)) this.live.delete(key);
    for (const item of items) this.put(kind.kind, item);
    this.wake();
    const { Watch } = await import("@kubernetes/client-node");
    const again = (): void => {
      if (this.stopping.signal.aborted) return;
      setTimeout(() => {
        this.follow(kind).catch(again);
      }, 500);
    };
    const request = await new Watch(this.cluster.config).watch(
      `/apis/${kind.apiVersion}/${kind.plural}`,
      {},
      (phase: string, object: LiveObject) => {
        if (phase === "DELETED") this.live.delete(this.key(kind.kind, object));
        else if (phase !== "ERROR" && phase !== "BOOKMARK") this.put(kind.kind, object);
        this.wake();
      },
      again,
    );
    this.stopping.signal.addEventListener("abort", () => {
      request.abort();
    });
  }

  private put(kind: string, object: LiveObject): void {
    this.live.set(this.key(kind, object), { ...object, kind });
  }

  private key(kind: string, { metadata }: LiveObject): ObjectKey {
    return keyOf(kind, metadata?.name ?? "", metadata?.namespace);
  }
}
