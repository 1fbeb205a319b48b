import { stringify } from "yaml";
import type { Change, Variables } from "./changes";

/** What differs of a stack, for the reader; of secrets the names. */
export function report(
  stack: string,
  changed: readonly Change[],
  { plain, secret, kept, others }: Variables,
  apply: boolean,
): string {
  const lines = changed.map(({ name, current, wanted }) => `  ${name}: ${shown(current)} → ${shown(wanted)}`);
  const names = (list: readonly string[], what: string): string[] =>
    list.length === 0 ? [] : [`  ${list.join(", ")}: ${what}`];
  return [
    `${stack}: ${changed.length === 0 ? "as its file says" : `${String(changed.length)} settings differ`}`,
    ...lines,
    ...names(
      Object.keys(plain),
      apply ? "set" : "set by --apply; Pulumi Cloud doesn't tell whether they differ",
    ),
    ...names(Object.keys(secret), apply ? "set, encrypted" : "secrets, set by --apply from the environment"),
    ...names(kept, "secrets that stay as they are set: the environment has no value"),
    ...names(others, "set there and not in the file; left alone"),
    "",
  ].join("\n");
}

function shown(value: unknown): string {
  if (value === undefined || value === "" || (Array.isArray(value) && value.length === 0)) return "none";
  if (typeof value === "string") return value;
  return stringify(value, { collectionStyle: "flow", lineWidth: 0 }).trim();
}
