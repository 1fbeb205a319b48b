import { z } from "zod";

/** What we use of a resource's state, in the document as in the event log. */
export const state = z.object({
  custom: z.boolean().optional(),
  /** It leaves the stack, and what it is stays. */
  retainOnDelete: z.boolean().optional(),
  inputs: z.record(z.string(), z.unknown()).nullish(),
});

/** What we use of a step of a preview. */
export const step = z.object({
  op: z.string(),
  urn: z.string(),
  oldState: state.optional(),
  newState: state.optional(),
  replaceReasons: z.array(z.string()).nullish(),
  detailedDiff: z.record(z.string(), z.unknown()).nullish(),
});

export type Step = z.output<typeof step>;

/** Type of a resource, without those of its parents: `random:index/randomPassword:RandomPassword`. */
export function typeOf(urn: string): string {
  return urn.split("::")[2]?.split("$").at(-1) ?? "";
}

/** What a resource is called in a comment: `RandomPassword calcom-postgres-password`. */
export function nameOf(urn: string): string {
  return `${typeOf(urn).split(":").at(-1) ?? ""} ${urn.split("::").slice(3).join("::")}`;
}
