import { domainToASCII } from "node:url";

/** A full name in DNS, in small letters; other letters than a–z as `xn--…`. */
export const DNS_NAME =
  /^(?=.{1,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]([a-z0-9-]{0,61}[a-z0-9])?$/;

/**
 * A name as DNS has it: in small letters, letters of other scripts in Punycode. Cloudflare tells its zones' names with such
 * letters: https://github.com/cloudflare/cloudflare-go/issues/347
 */
export function asciiName(name: string): string {
  const lower = name.toLowerCase();
  // One of digits alone would be read as an address.
  return /[^ -~]/.test(lower) ? domainToASCII(lower) || lower : lower;
}

/** The name in what people write for one: an address, capitals, a dot or a port behind it, other letters than a–z. */
export function nameIn(text: string): string | undefined {
  const host = text
    .trim()
    .replace(/^[a-z]+:\/\//i, "")
    .replace(/[/?#].*$/, "")
    .replace(/:\d+$/, "")
    .replace(/\.$/, "");
  const name = asciiName(host);
  return DNS_NAME.test(name) ? name : undefined;
}

/** An image with tag, digest or both: https://pkg.go.dev/github.com/distribution/reference */
export const IMAGE =
  /^(?=.*[:@][^/]+$)([a-z0-9.-]+(:[0-9]+)?\/)?[a-z0-9]+((\.|__?|-+)[a-z0-9]+)*(\/[a-z0-9]+((\.|__?|-+)[a-z0-9]+)*)*(:[A-Za-z0-9_][A-Za-z0-9_.-]{0,127})?(@sha(256:[0-9a-f]{64}|512:[0-9a-f]{128}))?$/;
