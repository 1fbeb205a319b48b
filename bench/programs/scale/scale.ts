import type { Controllers } from "../../../manifests/flux/controllers";

/** What the program is to hand off, as JSON in the environment variable SCALE. */
export interface Scale {
  readonly apps: number;
  readonly cut: "artifacts" | "source";
  readonly parts?: number;
  readonly controllers?: Controllers;
  readonly shards?: readonly string[];
}
