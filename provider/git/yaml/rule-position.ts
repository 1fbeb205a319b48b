import { stringify } from "yaml";
import { EditError, TakenError } from "./edit-text";
import {
  CATCH_ALL,
  hiddenRule,
  hiddenWords,
  hidesWhole,
  isCatchAll,
  ruleName,
  rulePosition,
  sameKey,
  type OwnRule,
  type Rule,
} from "../../../manifests/cloudflare/ingress-rules";
import type { ListEdit } from "../../../manifests/git/edits";

/** The catch-all that cloudflared demands and the list lacks, and how many rules it has. */
export function catchAllFor(
  entries: readonly unknown[],
): { readonly rule: Rule; readonly after: number } | undefined {
  const rules = rulesOf(entries);
  const there = rules.some((rule) => rule !== null && isCatchAll(rule));
  return there ? undefined : { rule: CATCH_ALL, after: rules.length };
}

/** Rules as cloudflared reads them: what YAML takes for a number is a text to it. */
function rulesOf(entries: readonly unknown[]): (Partial<Rule> | null)[] {
  return entries.map((entry) => {
    if (entry === null || typeof entry !== "object") return null;
    const { hostname, path } = entry as Readonly<Record<string, unknown>>;
    const text = (value: unknown): string | undefined =>
      typeof value === "string" || typeof value === "number" ? String(value) : undefined;
    return { ...entry, hostname: text(hostname), path: text(path) };
  });
}

/** True for a rule that isn't reached, because one above takes its requests. */
export function isHidden(entries: readonly unknown[], index: number, edit: ListEdit): boolean {
  if (edit.position !== "ingress") return false;
  const above = rulesOf(entries).slice(0, index);
  return rulePosition(above, edit.entry as unknown as OwnRule, { above: edit.above }) < index;
}

/**
 * @param now where it stood
 * @throws EditError when others have a rule for the same hostname and path, spelled in another way
 */
export function ingressPosition(entries: readonly unknown[], edit: ListEdit, now?: number): number {
  const own = edit.entry as unknown as OwnRule;
  const rules = rulesOf(entries);
  const twin = rules.find((rule) => rule !== null && sameKey(rule, own));
  if (twin !== undefined && twin !== null)
    throw new TakenError(
      `${edit.list.join(".")} already has a rule for ${ruleName(own)}:\n${stringify(twin)}→ Remove that rule, or give this one the same content.`,
    );
  const index = rulePosition(rules, own, { above: edit.above, now });
  const hidden = hiddenRule(rules, own, index);
  if (hidden !== undefined && hidesWhole(own, hidden))
    throw new EditError(`${edit.list.join(".")} has ${hiddenWords(own, hidden)}`);
  if (hidden !== undefined)
    throw new EditError(
      `${ruleName(own)} has no place in ${edit.list.join(".")}: a wildcard with a variable may take its requests, and it would take those of ${ruleName(hidden)} below\n` +
        `→ Move ${ruleName(hidden)} above the wildcard.`,
    );
  return index;
}
