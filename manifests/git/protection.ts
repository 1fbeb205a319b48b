/** What a commit of ours never takes away. Removing the resource may. */
export interface Protection {
  readonly files: readonly string[];
  /** Entries of a kustomization's `resources`, by the kustomization's path. */
  readonly resources: Readonly<Record<string, readonly string[]>>;
  /**
   * Folder that a root sync of Flux reads, from the repository's root. It is built before and after each commit, as
   * far as its lists tell: what of others would vanish, appear or be there twice is refused, and what Flux couldn't
   * build any more. @default none: only folders whose kustomization file changes are looked at
   */
  readonly root?: string;
  /** What would happen without it, for the reader of the refusal. */
  readonly reason: string;
}
