import { z } from "zod";
import type { App } from "../app";
import { type Fault, formatFault, NOTHING, show } from "../fault";
import { InputError } from "../files";
import { holdsCredential } from "../git/address";
import { DNS_NAME, IMAGE, nameIn } from "../names";
import { didYouMean } from "../nearest";

/**
 * Options of apps, checked as the settings are: a stack runs without a check of its types, so that what an editor marks
 * in red would be ignored, or written as it is.
 */
const text = (pattern: RegExp, allowed: string) =>
  z.string({ error: allowed }).regex(pattern, { error: allowed });

export const option = {
  text,
  /** Of a namespace. */
  label: () =>
    text(/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/, "at most 63 lowercase letters, digits and hyphens"),
  /** Of a Service, and of an app that has one of its name. */
  service: () =>
    text(
      /^[a-z]([a-z0-9-]{0,61}[a-z0-9])?$/,
      "at most 63 lowercase letters, digits and hyphens, a letter first",
    ),
  name: () =>
    text(/^(?=.{1,253}$)[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/, "lowercase letters, digits, hyphens and dots"),
  host: () => text(DNS_NAME, "a lowercase DNS name such as hello.example.com"),
  image: () => text(IMAGE, "an image with its tag or digest, such as ghcr.io/your-org/hello:v1.0.0"),
  address: () => z.union([z.ipv4(), z.ipv6(), z.string().regex(DNS_NAME)], { error: ADDRESS }),
  port: () => whole(1, 65_535),
  duration: () => text(/^([0-9]+(\.[0-9]+)?(ms|s|m|h))+$/, "a duration such as 90s, 10m or 1h30m"),
  whole: (least: number, most: number) => whole(least, most),
  flag: () => z.boolean({ error: "true or false" }),
  list: <T extends z.ZodType>(of: T, what: string, least = 0) =>
    z.array(of, { error: `a list of ${what}` }).min(least, { error: `a list with ${what}` }),
  /** Whatever the types say. */
  any: (what: string) => z.looseObject({}, { error: what }),
  map: <T extends z.ZodType>(key: z.ZodString, of: T, what: string) => z.record(key, of, { error: what }),
  mapping: <T extends z.core.$ZodLooseShape>(shape: T) => {
    const keys = Object.keys(shape).join(", ");
    return z.strictObject(shape, {
      error: ({ code }) => (code === "unrecognized_keys" ? keys : `a mapping of ${keys}`),
    });
  },
};

const ADDRESS = "an IP address, or a DNS name such as ingress.example.com";

function whole(least: number, most: number) {
  const error = `a whole number from ${String(least)} to ${String(most)}`;
  return z.int({ error }).min(least, { error }).max(most, { error });
}

/** All that is wrong with options. */
export function optionFaults(schema: z.ZodType, options: unknown): Fault[] {
  const { error } = schema.safeParse(options);
  return (error?.issues ?? []).flatMap((issue): Fault[] => {
    const path = issue.path.map(String);
    if (issue.code === "unrecognized_keys") {
      return issue.keys.map((key) => ({
        path: [...path, key].join("."),
        found: "an unknown option",
        allowed: issue.message,
        hint: didYouMean(key, issue.message.split(", ")),
      }));
    }
    const given = path.reduce<unknown>((value, key) => (value as Record<string, unknown>)[key], options);
    if (issue.code === "invalid_key") {
      const [inner] = issue.issues;
      return [{ path: path.join("."), found: show(path.at(-1)), allowed: inner?.message ?? issue.message }];
    }
    return [
      { path: path.join("."), found: shown(path, given), allowed: issue.message, hint: meant(issue, given) },
    ];
  });
}

/** What stands in a container's environment, in a Secret or in an address may be secret. */
function shown(path: readonly string[], value: unknown): string {
  if (typeof value === "string" && value.includes("://") && holdsCredential(value))
    return "an address with credentials in it";
  const hidden = path.length > 1 && ["env", "secrets"].includes(path[0] ?? "") && typeof value !== "object";
  return hidden && value !== undefined ? `a ${typeof value}, which is not shown` : show(value);
}

/** What people write: capitals, an address, a dot behind it, other letters than a–z; a number as a text, or the reverse. */
function meant(issue: z.core.$ZodIssue, value: unknown): string | undefined {
  if (issue.code === "invalid_format" && typeof value === "string") {
    const [, source = "", flags] = /^\/(.*)\/([a-z]*)$/s.exec(issue.pattern ?? "") ?? [];
    const guess = [...guesses(value), ...(source === DNS_NAME.source ? [nameIn(value) ?? ""] : [])].find(
      (one) => one !== value && new RegExp(source, flags).test(one),
    );
    return guess === undefined ? undefined : `Did you mean ${guess}?`;
  }
  if (issue.code !== "invalid_type") return undefined;
  if (issue.expected !== "string") {
    return typeof value === "string" && /^[0-9]+$/.test(value) ? "Write it without quotes" : undefined;
  }
  return typeof value === "number" || typeof value === "boolean" ? "Put it in quotes" : undefined;
}

function guesses(value: string): string[] {
  const tagged = /[:@][^/]*$/.test(value) ? [] : [`${value}:v1.0.0`];
  return [value.trim(), value.toLowerCase(), value.replace(/^https?:\/\//, ""), ...tagged];
}

/** The app; where its options have faults, one of no content, which every layout refuses with all of them. */
export function checkedApp(
  options: { readonly name: string },
  faults: readonly Fault[],
  make: () => App,
): App {
  const name = typeof options.name === "string" ? options.name : NOTHING;
  const refused = (messages: readonly string[]): App => ({
    name,
    kustomizations: [],
    faults: messages.map((message) => `The app ${name}: ${message}`),
  });
  if (faults.length > 0) return refused(faults.map(formatFault));
  try {
    return make();
  } catch (error) {
    if (error instanceof InputError) return refused([error.message]);
    throw error;
  }
}
