/**
 * What Cloudflare's Universal SSL has no certificate for: it covers a zone and the names one level below it, so that
 * browsers refuse deeper ones that are proxied.
 * https://developers.cloudflare.com/ssl/edge-certificates/universal-ssl/limitations/
 * @returns a word of warning, undefined when the host is covered
 */
export function uncovered(host: string, zone: string): string | undefined {
  const below = host.toLowerCase().slice(0, -zone.length - 1);
  if (host.toLowerCase() === zone.toLowerCase() || !below.includes(".")) return undefined;
  return `${host} is more than one level below ${zone}: Universal SSL has no certificate for it. Use a name such as ${below.replaceAll(".", "-").replace(/^\*-/, "")}.${zone}, or have one made by Advanced Certificate Manager.`;
}
