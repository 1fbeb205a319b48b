import { isIP } from "node:net";
import { z } from "zod";
import { networkOf } from "../../manifests/cloudflare/network";
import { DNS_NAME, IMAGE } from "../../manifests/names";

/**
 * Fields of the schema. A field's error message is what it allows, in words; what was found and where is added when
 * the faults are collected.
 */
export function text(pattern: RegExp, allowed: string) {
  return z.string({ error: allowed }).regex(pattern, { error: allowed });
}

export const anyText = (allowed: string) => text(/\S/, allowed);

export const flag = () => z.boolean({ error: "true or false" });

export const oneOf = <const T extends readonly [string, ...string[]]>(values: T) =>
  z.enum(values, { error: `one of ${values.join(", ")}` });

export const number = (min: number, max: number) => {
  const error = `a whole number from ${min} to ${max}`;
  return z.int({ error }).min(min, { error }).max(max, { error });
};

export const mapping = <T extends z.core.$ZodLooseShape>(shape: T, allowed?: string) => {
  const keys = Object.keys(shape).join(", ");
  return z.strictObject(shape, {
    error: (issue) => (issue.code === "unrecognized_keys" ? keys : (allowed ?? `a mapping of ${keys}`)),
  });
};

/** A mapping from some of these names to values of one shape. */
export const byName = <const K extends readonly [string, ...string[]], T extends z.ZodType>(
  names: K,
  value: T,
  allowed: string,
) =>
  z.partialRecord(z.enum(names), value, {
    error: ({ code }: { readonly code: string }) =>
      code === "unrecognized_keys" ? names.join(", ") : allowed,
  });

/** A mapping that takes exactly one of the keys of `shape`, and those of `others` beside it. */
export const choice = <T extends z.core.$ZodLooseShape, U extends z.core.$ZodLooseShape>(
  shape: T,
  others: U,
  allowed?: string,
) => {
  const keys = Object.keys(shape);
  return mapping({ ...mapping(shape).partial().shape, ...others }, allowed)
    .check(exactlyOne(keys))
    .meta({ oneOf: keys.map((key) => ({ required: [key] })) });
};

/** Checked beside other faults of the same mapping, not only when there are none. */
function exactlyOne(keys: readonly string[]) {
  return z.refine<object>((value) => keys.filter((key) => key in value).length === 1, {
    error: `exactly one of ${keys.join(", ")}`,
    when: ({ value }) => typeof value === "object" && value !== null && !Array.isArray(value),
  });
}

export const DURATION = "a duration of numbers with ms, s, m or h, such as 10m or 1h30m";

/** What Flux's CRDs take. */
export const duration = () => text(/^([0-9]+(\.[0-9]+)?(ms|s|m|h))+$/, DURATION);

/** Go's durations have no days. */
export const age = () => text(/^[1-9][0-9]{0,5}[dh]$/, "whole days or hours, such as 90d or 12h");

export const uuid = () =>
  text(
    /^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$/,
    "a UUID such as 00000000-0000-0000-0000-000000000000",
  );

export const cloudflareId = (where: string) =>
  text(/^[0-9a-f]{32}$/, `32 lowercase hexadecimal digits (${where})`);

export const dnsName = (example: string) => text(DNS_NAME, `a lowercase DNS name such as ${example}`);

export const kubernetesName = () =>
  text(
    /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/,
    "a Kubernetes name: at most 63 lowercase letters, digits and hyphens",
  );

/** Path inside a repository. `./` in front is dropped. */
export const repositoryPath = () =>
  text(
    /^(?!\/)(?!(.*\/)?\.\.(\/|$))(\.\/)?[A-Za-z0-9._/-]*[A-Za-z0-9._-]$/,
    "a path inside the repository, without .. and without / at its start or end",
  ).transform((path) => path.replace(/^\.\//, ""));

/** A path of a file, or of a folder with a final `/`. */
export const retainedPath = () =>
  text(
    /^(?!\/)(?!(.*\/)?\.\.?(\/|$))[^\\\u0000-\u001f]+$/,
    "a path inside the repository, without . or .., with a final / for a folder",
  );

export const chartUrl = () =>
  text(/^(https?|oci):\/\/[^\s/@]+(\/\S*)?$/, "the address of a chart repository, https://… or oci://…");

export const httpUrl = (example: string) =>
  text(/^https?:\/\/[^\s/@]+(\/\S*)?$/, `an address such as ${example}`);

export const image = () => text(IMAGE, "an image with its tag or digest, such as postgres:16.4-alpine");

export const email = () => text(/^[^\s@]+@[^\s@]+$/, "an e-mail address");

export const size = () => text(/^[1-9][0-9]*(Ki|Mi|Gi|Ti)$/, "a size in Ki, Mi, Gi or Ti, such as 5Gi");

/** A part or a number of CPUs, as Kubernetes takes it. */
export const cpu = () => text(/^([1-9][0-9]*m|[0-9]+(\.[0-9]+)?)$/, "a number of CPUs, such as 500m or 2");

export const ipAddress = () => {
  const error = "an IP address such as 192.168.1.100";
  return z.string({ error }).refine((address) => isIP(address) !== 0, { error });
};

/** In CIDR notation. */
export const network = () => {
  const error = "a network such as 10.0.0.0/8, without bits behind its length";
  return z.string({ error }).check(({ value, issues }) => {
    const meant = networkOf(value);
    if (meant === value) return;
    const hint = meant === undefined ? undefined : `Did you mean ${meant}?`;
    const params = { found: JSON.stringify(value), hint };
    issues.push({ code: "custom", input: value, message: error, params });
  });
};

/** A danger that the preview's comment names. */
export function danger() {
  return text(/^[a-z]+(-[a-z]+)* [A-Z][A-Za-z0-9]* \S+$/, "`<rule> <object>`, as the comment names both");
}

/** A live object. */
export function objectName() {
  return text(
    /^[A-Z][A-Za-z0-9]* ([a-z0-9.-]+\/)?[a-z0-9.:-]+$/,
    "`Kind namespace/name`, or `Kind name` of a cluster-wide object",
  );
}
