import { setTimeout as sleep } from "node:timers/promises";
import type { Cluster } from "../../kubernetes/cluster";
import type { LiveObject } from "../../kubernetes/live-object";
import { ClusterError } from "../../kubernetes/cluster-error";
import { FluxObject, keyOf, ObjectKey } from "./flux-object";

/** Kinds that the follower looks at. */
export const KINDS = [
  { apiVersion: "source.toolkit.fluxcd.io/v1", kind: "GitRepository" },
  { apiVersion: "source.toolkit.fluxcd.io/v1", kind: "OCIRepository" },
  { apiVersion: "source.toolkit.fluxcd.io/v1", kind: "Bucket" },
  { apiVersion: "source.toolkit.fluxcd.io/v1", kind: "ExternalArtifact" },
  { apiVersion: "source.extensions.fluxcd.io/v1beta1", kind: "ArtifactGenerator" },
  { apiVersion: "kustomize.toolkit.fluxcd.io/v1", kind: "Kustomization" },
  { apiVersion: "helm.toolkit.fluxcd.io/v2", kind: "HelmRelease" },
] as const;

type Kind = (typeof KINDS)[number];

/** How long until the next attempt: after an error, and where the cluster has no such kind. */
const AGAIN = 1000;
const ABSENT = 10_000;

/** Why the objects may be out of date. */
export interface Outage {
  readonly since: number;
  readonly error: ClusterError;
}

/**
 * The live Flux objects of a cluster, kept current by one list and one watch a kind, however many objects there are.
 * An API server that restarts, a cut network and a login that expires are waited out: see `outage`.
 */
export class FluxWatch {
  private readonly live = new Map<ObjectKey, FluxObject>();
  private readonly outages = new Map<Kind, Outage>();
  private readonly stopping = new AbortController();
  private wake: () => void = () => undefined;
  private started: Promise<unknown> | undefined;

  constructor(
    private readonly cluster: Cluster,
    signal: AbortSignal,
  ) {
    signal.addEventListener("abort", () => {
      this.stop();
    });
  }

  /**
   * The objects as they are now.
   * @throws ClusterError when the cluster can't be asked the first time
   */
  async objects(): Promise<ReadonlyMap<ObjectKey, FluxObject>> {
    this.started ??= Promise.all(
      KINDS.map(async (kind) => {
        const version = await this.list(kind);
        void this.follow(kind, version);
      }),
    );
    await this.started;
    return this.live;
  }

  /** The longest of the current failures to keep up with a kind. */
  get outage(): Outage | undefined {
    return [...this.outages.values()].sort((left, right) => left.since - right.since)[0];
  }

  /** Resolves at the next change, or after `timeout` milliseconds. */
  async changed(timeout: number): Promise<void> {
    if (this.stopping.signal.aborted) throw this.stopping.signal.reason as Error;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, timeout);
      this.wake = () => {
        clearTimeout(timer);
        // Changes come in bursts, and a look at many objects costs: one serves many.
        setTimeout(resolve, Math.min(200, 10 + this.live.size));
      };
    });
  }

  stop(): void {
    this.stopping.abort(new Error("cancelled"));
    this.wake();
  }

  /** Watches the kind from a version on, and from a fresh list where that isn't possible. Never throws. */
  private async follow(kind: Kind, version: string | undefined): Promise<void> {
    const { signal } = this.stopping;
    let from = version;
    while (!signal.aborted) {
      let pause = AGAIN;
      try {
        if (from !== undefined) from = await this.watch(kind, from);
        else if ((from = await this.list(kind)) === undefined) pause = ABSENT;
        this.outages.delete(kind);
      } catch (error) {
        this.failed(kind, error);
        from = undefined;
      }
      // Nothing is missed meanwhile: a watch goes on from its version.
      await sleep(pause, undefined, { signal }).catch(() => undefined);
    }
  }

  private failed(kind: Kind, error: unknown): void {
    const fault = error instanceof ClusterError ? error : new ClusterError(String(error));
    // As long as nothing changes, the API server forgets where a watch began.
    if (fault.status === 410) return;
    this.outages.set(kind, { error: fault, since: this.outages.get(kind)?.since ?? Date.now() });
    this.wake();
  }

  /** The version that the list is of; undefined when the cluster has no such kind. */
  private async list({ apiVersion, kind }: Kind): Promise<string | undefined> {
    const found = await this.cluster.snapshot(apiVersion, kind);
    for (const key of this.live.keys()) if (key.startsWith(`${kind} `)) this.live.delete(key);
    for (const item of found?.items ?? []) this.put(kind, item);
    this.wake();
    return found?.version;
  }

  /** The version up to which the watch came until the server ended it. */
  private async watch({ apiVersion, kind }: Kind, from: string): Promise<string> {
    let version = from;
    await this.cluster.watch(apiVersion, kind, from, this.stopping.signal, (type, object) => {
      version = object.metadata?.resourceVersion ?? version;
      if (type === "BOOKMARK") return;
      if (type === "DELETED") this.live.delete(this.key(kind, object));
      else this.put(kind, object);
      this.wake();
    });
    return version;
  }

  private put(kind: string, object: LiveObject): void {
    this.live.set(this.key(kind, object), { ...object, kind });
  }

  private key(kind: string, { metadata }: LiveObject): ObjectKey {
    return keyOf(kind, metadata?.name ?? "", metadata?.namespace);
  }
}
