/** What a commit of ours never takes away. Removing the resource may. */
export interface Protection {
  readonly files: readonly string[];
  /** Entries of a kustomization's `resources`, by the kustomization's path. */
  readonly resources: Readonly<Record<string, readonly string[]>>;
  /** What would happen without it, for the reader of the refusal. */
  readonly reason: string;
}
