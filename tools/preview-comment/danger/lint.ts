import { type Change, type Found, type Rule } from "./change";
import { RULES } from "./rules";

/** On an object: rules that it is exempt from, with spaces between, and why where one wants to say it. */
export const ANNOTATION = "handoff.dev/accept";

export interface Danger extends Found {
  readonly rule: string;
  readonly reason: string;
  /** Where it was said that this is wanted; undefined when it wasn't. */
  readonly acceptedBy?: string;
}

/**
 * What of a change somebody should look at twice. Accepted dangers are among them, and say by what.
 * @param accepted lines of the setting `accept`: `<rule> <object>`
 */
export function lint(change: Change, accepted: readonly string[], rules: readonly Rule[] = RULES): Danger[] {
  return rules.flatMap(({ id, reason, find }) =>
    find(change).map((found) => {
      const annotated = (found.annotations ?? []).some((all) =>
        (all[ANNOTATION] ?? "").split(/[\s,]+/).includes(id),
      );
      const acceptedBy = annotated
        ? `the annotation ${ANNOTATION}`
        : accepted.includes(`${id} ${found.object}`)
          ? "the setting accept"
          : undefined;
      return { rule: id, reason, ...found, acceptedBy };
    }),
  );
}
