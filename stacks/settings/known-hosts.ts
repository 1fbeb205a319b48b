import { createHmac } from "node:crypto";

/** A host as known_hosts names it: with its port when that isn't 22. */
export function hostName(url: URL): string {
  const host = url.hostname.toLowerCase();
  return url.port === "" || url.port === "22" ? host : `[${host}]:${url.port}`;
}

/** True when the lines of a known_hosts file name the host of an ssh:// address. */
export function knowsHost(knownHosts: string, url: URL): boolean {
  const name = hostName(url);
  return knownHosts.split("\n").some((line) => {
    const fields = line.trim().split(/\s+/);
    const [patterns, type, key] = fields[0]?.startsWith("@") === true ? fields.slice(1) : fields;
    if (patterns === undefined || patterns.startsWith("#") || type === undefined || key === undefined)
      return false;
    return patterns.startsWith("|1|") ? matchesHashed(patterns, name) : matchesPatterns(patterns, name);
  });
}

function matchesHashed(field: string, name: string): boolean {
  const [, , salt = "", hash] = field.split("|");
  return createHmac("sha1", Buffer.from(salt, "base64")).update(name).digest("base64") === hash;
}

function matchesPatterns(field: string, name: string): boolean {
  const matches = (pattern: string) => {
    const escaped = pattern.toLowerCase().replaceAll(/[\\^$.+()|[\]{}]/g, "\\$&");
    return new RegExp(`^${escaped.replaceAll("*", ".*").replaceAll("?", ".")}$`).test(name);
  };
  const patterns = field.split(",");
  return (
    patterns.some((p) => !p.startsWith("!") && matches(p)) &&
    !patterns.some((p) => p.startsWith("!") && matches(p.slice(1)))
  );
}
