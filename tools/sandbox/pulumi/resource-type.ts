import type { Props } from "../../../provider/plugin/handler";
import type { InputNames } from "./semantics";

/** Where a type of Cloudflare's resources lives in the API, and how its inputs and outputs are spelled there. */
export interface ResourceType extends InputNames {
  readonly computed: readonly string[];
  readonly secrets?: readonly string[];
  readonly replaceOn: readonly string[];
  readonly collection: (inputs: Props) => string;
  readonly item: (inputs: Props, id: string) => string;
  readonly create: "post" | "put";
  readonly update: "put" | "patch";
  /** Deleting leaves the thing as it is. */
  readonly keepsOnDelete?: boolean;
  readonly body: (inputs: Props) => Props;
  readonly id: (result: Props) => string;
  readonly outputs: (result: Props, inputs: Props, olds?: Props) => Props;
  /** An answer that means "not there any more". */
  readonly gone?: (result: Props) => boolean;
}
