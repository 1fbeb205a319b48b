/**
 * A step of a field's path: a key of a map; in a list an index, `"*"` for every entry, or values that select an
 * entry, such as `{ name: "calcom" }`.
 */
export type FieldStep = string | number | Readonly<Record<string, string>>;

/**
 * A field in a file of ours whose value others set: an image tag that CI or Flux's image automation bumps, a number
 * of replicas. Our text gives the value to start with; from then on the repository's stays.
 */
export interface KeptField {
  /** Document of the file, for a file with several that have the field. */
  readonly kind?: string;
  readonly name?: string;
  /** Down to a single value, such as `["spec", "template", "spec", "containers", { name: "calcom" }, "image"]`. */
  readonly path: readonly FieldStep[];
}

/** Fields kept by the path of their file. */
export type KeptFields = Readonly<Record<string, readonly KeptField[]>>;
