import { OriginRequest, OwnRule, Rule, sameRule } from "./ingress-rules";

/** What a program says of a rule: its service, and those origin settings that it names. The rest is others'. */
export type RuleSettings = Pick<Rule, "service" | "originRequest">;

/** A field of ours that is neither as we left it nor as it should be: somebody changed it. */
export interface RuleConflict {
  readonly field: string;
  /** As we left it; undefined when we hadn't set it. */
  readonly left: unknown;
  readonly found: unknown;
  readonly wanted: unknown;
}

export interface MergedRule {
  readonly rule: Rule;
  readonly conflicts: readonly RuleConflict[];
}

/**
 * The rule as it is there with our fields as they should be: what others set beside them, such as Access, stays. `left`
 * is what we wrote last: a field that only it has is taken away.
 */
export function mergeRule(there: Rule, left: RuleSettings | undefined, own: OwnRule): MergedRule {
  const [was, is, wanted] = [left?.originRequest, there.originRequest, own.originRequest].map(originFields);
  const conflicts: RuleConflict[] = [];
  const take = (field: string, before: unknown, found: unknown, next: unknown): unknown => {
    if (!sameValue(found, next) && !sameValue(found, before))
      conflicts.push({ field, left: before, found, wanted: next });
    return next;
  };
  const service = take("service", left?.service, there.service, own.service) as string;
  // With what the API calls empty, as it came.
  const originRequest: Record<string, unknown> = { ...objectOf(there.originRequest) };
  for (const name of new Set([...Object.keys(was ?? {}), ...Object.keys(wanted ?? {})])) {
    const next = take(`originRequest.${name}`, was?.[name], is?.[name], wanted?.[name]);
    if (next === undefined) Reflect.deleteProperty(originRequest, name);
    else originRequest[name] = next;
  }
  const { originRequest: _, ...rest } = there;
  const empty = Object.keys(originRequest).length === 0;
  const rule = { ...rest, service, ...(empty ? {} : { originRequest: originRequest as OriginRequest }) };
  return { rule, conflicts };
}

/** True when the rule says all that we say, whatever others set beside it. */
export function carries(there: Rule, own: RuleSettings): boolean {
  const found = originFields(there.originRequest);
  return (
    there.service === own.service &&
    Object.entries(originFields(own.originRequest)).every(([name, value]) => sameValue(found[name], value))
  );
}

/** Those settings that are ours, as they are there. */
export function ownSettings(there: Rule, own: RuleSettings): RuleSettings {
  const names = Object.keys(originFields(own.originRequest));
  const fields = Object.entries(originFields(there.originRequest)).filter(([name]) => names.includes(name));
  return {
    service: there.service,
    ...(fields.length === 0 ? {} : { originRequest: Object.fromEntries(fields) }),
  };
}

/** The API answers `{}`, nulls and empty texts for what was never set. */
export function originFields(origin: OriginRequest | undefined | null): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(objectOf(origin)).filter(
      ([, value]) => value !== undefined && value !== null && value !== "",
    ),
  );
}

function objectOf(value: unknown): object {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? value : {};
}

function sameValue(a: unknown, b: unknown): boolean {
  const rule = (value: unknown): Rule => ({ service: "", originRequest: { value } as OriginRequest });
  return sameRule(rule(a), rule(b));
}
