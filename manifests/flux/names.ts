import { InputError } from "../files";

/** Go duration: `90s`, `10m`, `1h30m`. */
export type Duration = string;

/** @throws InputError unless the text is a duration that Flux's CRDs accept. */
export function duration(text: Duration, field: string): Duration {
  if (!/^([0-9]+(\.[0-9]+)?(ms|s|m|h))+$/.test(text)) {
    throw new InputError(`${field}: ${JSON.stringify(text)} is no duration; write it as 90s, 10m or 1h30m.`);
  }
  return text;
}

/** A duration in milliseconds: fractions of seconds aren't exact. The text must be one, see {@link duration}. */
export function milliseconds(text: Duration): number {
  const units = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 } as const;
  return [...text.matchAll(/([0-9.]+)(ms|s|m|h)/g)].reduce(
    (sum, [, amount, unit]) => sum + Math.round(Number(amount) * units[unit as keyof typeof units]),
    0,
  );
}

/** @throws InputError unless the text is an RFC 1123 subdomain, as Kubernetes wants the names of most objects. */
export function rfc1123Name(text: string, what = "name", limit = 253): string {
  if (text.length > limit) throw new InputError(`The ${what} ${text} is longer than ${limit} characters.`);
  if (!/^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/.test(text)) {
    throw new InputError(
      `The ${what} ${JSON.stringify(text)} may hold only a–z, 0–9, "-" and ".", and must start and end with a letter or digit.`,
    );
  }
  return text;
}

/** @throws InputError unless the text is an RFC 1123 label, as Kubernetes wants namespaces and Services. */
export function namespaceName(text: string, what = "namespace"): string {
  if (text.includes(".")) throw new InputError(`The ${what} ${text} must not hold a ".".`);
  return rfc1123Name(text, what, 63);
}
