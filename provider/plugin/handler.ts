import type { Struct } from "google-protobuf/google/protobuf/struct_pb";

/**
 * What a resource type of this provider implements. Handlers run in the provider's process, never in the
 * Pulumi program: they are the only code that talks to git hosts, clusters and vendors' APIs by itself.
 */

/** Property values as plain JavaScript; secrets are unwrapped, values not known yet are {@link UNKNOWN}. */
export type Props = Readonly<Record<string, unknown>>;

/** How the engine spells a value that isn't known at preview (sdk/go/common/resource/plugin, UnknownStringValue). */
export const UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

/** True when the value is, or anywhere contains, a value that isn't known yet. */
export function hasUnknown(value: unknown): boolean {
  if (value === UNKNOWN) return true;
  if (value === null || typeof value !== "object") return false;
  return Object.values(value).some(hasUnknown);
}

/** A fault of one input, shown by the engine beside the resource before anything is changed. */
export interface CheckFailure {
  /** Path of the input, such as `files["a.yaml"]`; empty for the resource as a whole. */
  readonly property: string;
  readonly reason: string;
}

export type DiffKind = "add" | "add-replace" | "delete" | "delete-replace" | "update" | "update-replace";

export interface DiffResult {
  readonly changes: boolean;
  /** Top-level inputs whose change replaces the resource. */
  readonly replaces?: readonly string[];
  readonly deleteBeforeReplace?: boolean;
  /** Changes by property path, for `pulumi preview --diff`; without it the engine compares the inputs itself. */
  readonly detailed?: Readonly<Record<string, DiffKind>>;
}

/** The state of a resource as the engine keeps it. */
export interface State {
  readonly inputs: Props;
  readonly outputs: Props;
}

export interface HandlerContext {
  readonly urn: string;
  /** Aborted when the user cancels the operation. */
  readonly signal: AbortSignal;
  /** Shows what is being done, on the resource's line of the engine's display. */
  status(message: string): void;
  info(message: string): void;
  warn(message: string): void;
  /**
   * Takes what a preview found, for a report, by a key of its own. Undefined where nobody asked for one: nothing needs
   * to be gathered then.
   */
  readonly record?: (finding: object, key: string) => void;
}

/** `<project>/<stack>` of a resource, from its URN `urn:pulumi:<stack>::<project>::<type>::<name>`. */
export function stackOf({ urn }: Pick<HandlerContext, "urn">): string {
  const [head = "", project = ""] = urn.split("::");
  return `${project}/${head.replace(/^urn:pulumi:/, "")}`;
}

/** Texts that tell it apart from others of its type. */
export type Place = readonly unknown[] | undefined;

export interface ResourceHandler {
  /** Names of outputs that only the provider knows; unknown in a preview. */
  readonly computed: readonly string[];
  /** Names of computed outputs that are secret. Outputs named as a secret input are secret by themselves. */
  readonly secrets?: readonly string[];
  check?(
    ctx: HandlerContext,
    news: Props,
    olds: Props | undefined,
  ): Promise<{ inputs: Props; failures?: readonly CheckFailure[] }>;
  /**
   * What of the world outside a resource of these inputs is about, of a type whose id doesn't tell: two of one place are
   * about the same. Where the program has another one at the place of one that goes, that isn't deleted: it would take
   * away what its successor has. Undefined: not known.
   * @param name of the resource
   */
  place?(inputs: Props, name: string): Place | Promise<Place>;
  diff(ctx: HandlerContext, id: string, olds: State, news: Props): Promise<DiffResult>;
  /** Outputs that a preview can tell (`olds` is missing on create); without it the inputs and unknown {@link computed} ones. */
  preview?(ctx: HandlerContext, news: Props, olds: State | undefined): Promise<Props>;
  create(ctx: HandlerContext, news: Props): Promise<{ id: string; outputs: Props }>;
  update(ctx: HandlerContext, id: string, olds: State, news: Props): Promise<{ outputs: Props }>;
  /** The resource as it is now; `undefined` when it is gone. */
  read(ctx: HandlerContext, id: string, olds: State): Promise<({ id: string } & State) | undefined>;
  delete(ctx: HandlerContext, id: string, olds: State): Promise<void>;
}

/** What is secret of properties that go to the engine. */
export interface Secrecy {
  /** Names of properties that are secret by themselves. */
  readonly names?: readonly string[];
  /** Properties that came from the engine: what has the place of a secret there is one too. */
  readonly like?: readonly (Struct | undefined)[];
}

/** An error for the reader: printed without a stack trace. */
export class UserError extends Error {
  override readonly name = "UserError";
}

/**
 * Thrown by `create` and `update` when the resource exists but isn't well. The engine keeps `outputs` as its state
 * and shows the error; the next `up` updates the resource instead of making it twice.
 */
export class PartialError extends UserError {
  /** What of the outputs is secret; set by the server. */
  secrets: Secrecy = {};

  constructor(
    message: string,
    readonly id: string,
    readonly outputs: Props,
  ) {
    super(message);
  }
}
