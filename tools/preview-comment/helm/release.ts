import type { ChangedObject } from "../findings";

/** What a changed HelmRelease would change in the cluster. */
export interface RenderedRelease {
  /** `HelmRelease namespace/name` */
  readonly name: string;
  /** Its chart before and after, the same once. */
  readonly charts: readonly string[];
  /** What differs between what the chart makes before and after; undefined where that can't be told. */
  readonly objects?: readonly ChangedObject[];
  /** Why it can't be told, in words. */
  readonly reason?: string;
}
