import type { App } from "../manifests/app";
import { hasNumber } from "./settings/review";
import type { Built, PlatformSettings } from "./system";

/** What a system consists of, with hosts of its own where it is for a pull request. */
export function inReview(
  { review, cloudflare }: Pick<PlatformSettings, "review" | "cloudflare">,
  built: Built,
): Built {
  if (review === undefined) return built;
  const zones = cloudflare ? [cloudflare, ...(cloudflare.zones ?? [])].map(({ zone }) => zone) : [];
  return reviewHosts(built.apps, { number: review.number, zones })(built);
}

/**
 * Gives every public host of a review stack the pull request's number, in whatever the apps say of it: the parent's DNS
 * records and rules are left alone. `cal.example.com` is `cal-pr-7.example.com` – one level below the zone, which is
 * what Cloudflare's own certificates cover – and the zone itself `pr-7.example.com`.
 */
export function reviewHosts(
  apps: readonly App[],
  { number, zones }: { readonly number: string; readonly zones: readonly string[] },
): <T>(value: T) => T {
  const names = [...new Set(apps.flatMap(({ hosts = [] }) => hosts.map(({ name }) => name)))];
  const renamed = new Map(
    names.filter((name) => !hasNumber(name, number)).map((name) => [name, reviewHost(name, number, zones)]),
  );
  if (renamed.size === 0) return (value) => value;
  const pattern = [...renamed.keys()]
    // Of two of which one ends with the other, the longer is meant.
    .sort((a, b) => b.length - a.length)
    .map((name) => name.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`))
    .join("|");
  const token = new RegExp(String.raw`(?<![\w.@-])(?:${pattern})(?![\w-]|\.\w)`, "g");
  return (value) => inTexts(value, (text) => text.replace(token, (name) => renamed.get(name) ?? name));
}

function reviewHost(name: string, number: string, zones: readonly string[]): string {
  const [label = "", ...domain] = name.split(".");
  if (zones.includes(name) || label === "*")
    return label === "*" ? ["*", `pr-${number}`, ...domain].join(".") : `pr-${number}.${name}`;
  return [`${label}-pr-${number}`, ...domain].join(".");
}

/** The same with another text for each; what isn't plain data is left as it is, and so is what has nothing to change. */
function inTexts<T>(value: T, change: (text: string) => string): T {
  if (typeof value === "string") return change(value) as T;
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) {
    const items = value.map((item: unknown) => inTexts(item, change));
    return items.some((item, index) => item !== value[index]) ? (items as T) : value;
  }
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) return value;
  const entries = Object.entries(value).map(([key, one]: [string, unknown]) => {
    return [key, one, inTexts(one, change)] as const;
  });
  const changed = entries.some(([, before, after]) => before !== after);
  return changed ? (Object.fromEntries(entries.map(([key, , after]) => [key, after])) as T) : value;
}
