import type { Protection } from "../../manifests/git/protection";
import type { Inputs, Outputs } from "./commit-inputs";
import type { Owner } from "./commit-message";
import type { Examination } from "./examination";
import type { Former } from "./kept-files";
import type { Desired, Owned } from "./ownership";

/** What a branch shall become, and what it was when we last wrote to it. */
export interface Job {
  readonly inputs: Inputs;
  readonly desired: Desired;
  readonly owned: Owned;
  readonly formers: readonly Former[];
  readonly previous?: Outputs;
  /** What must not be taken away. */
  readonly protect: readonly Protection[];
  readonly owner: Owner;
  /** The commit's subject, where the changes say it. */
  readonly subject?: string;
  /** Looks the plan over before it is committed. */
  readonly examine?: Examination;
  /** Paths whose texts only `up` knows. @default none */
  readonly unknown?: ReadonlySet<string>;
}
