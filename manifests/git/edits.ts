/**
 * One entry in a list of a file that others own too: a resource of a kustomization, a rule of a cloudflared
 * configuration. Ours is ensured and removed; every other line stays byte for byte.
 */
export interface ListEdit {
  /** Keys down to a block scalar (`|`) that holds YAML itself, such as `["data", "config.yaml"]` of a ConfigMap. */
  readonly within?: readonly string[];
  /** Keys down to the list, such as `["resources"]`. */
  readonly list: readonly string[];
  readonly entry: string | Readonly<Record<string, unknown>>;
  /** Keys that make a map entry the same entry. For strings: the text, a leading `./` and a final `/` aside. */
  readonly identity?: readonly string[];
  /**
   * Where a new entry goes: `last`; `first`, for rules of which the first match counts; or `ingress` for cloudflared, where the first match wins: before the catch-all,
   * before a wildcard that matches its hostname, and with a path before the same hostname without one.
   */
  readonly position?: "last" | "first" | "ingress";
  /** With `ingress`: other paths of its hostname whose rules it stands above. @default none */
  readonly above?: readonly string[];
  /** Text of the file when there is none yet; without it a missing file is an error. */
  readonly initial?: string;
}

/** One entry in a map of a file that others own too: a key of a ConfigMap's `data`, a label, a value of a chart. */
export interface MapEdit {
  /** Keys down to a block scalar (`|`) that holds YAML itself, such as `["data", "values.yaml"]` of a ConfigMap. */
  readonly within?: readonly string[];
  /** Keys down to the map, such as `["data"]`; none for the document itself. */
  readonly map: readonly string[];
  readonly key: string;
  /** Anything that JSON can hold. */
  readonly value: unknown;
  /** Text of the file when there is none yet; without it a missing file is an error. */
  readonly initial?: string;
}

/**
 * Entries of ours in files that others own too. Ours are ensured and removed as whole lines; every other line stays
 * byte for byte, with its comments and quoting.
 */
export type Edit = ListEdit | MapEdit;
