import { DNS_NAME } from "../names";

/** Days for which Cloudflare's Origin CA signs: https://developers.cloudflare.com/ssl/origin-configuration/origin-ca/ */
export const ORIGIN_CA_DAYS = [7, 30, 90, 365, 730, 1095, 5475] as const;

/** Days for which a token of Origin CA may be good: there are a day of use and a day to replace it. */
export const TOKEN_DAYS = { least: 3, most: 3650 } as const;

/** Of the time of a certificate or a token, the last part in which an `up` makes another one. */
const RENEWED_IN_LAST = 1 / 3;

/** Names that a certificate may have. */
const MOST_HOSTS = 200;

/** Days after which a certificate or a token is made anew, so that there is time for an `up` before its end. */
export function renewedAfter(days: number): number {
  return Math.max(1, Math.floor(days * (1 - RENEWED_IN_LAST)));
}

/** What Cloudflare would refuse to sign. */
export function certificateFaults(hostnames: readonly string[], days: number): string[] {
  const faults = hostnames
    .filter((host) => !DNS_NAME.test(host.replace(/^\*\./, "")))
    .map((host) => `${JSON.stringify(host)} is no lowercase DNS name, with "*." before it at most`);
  if (hostnames.length === 0) faults.push("no hosts are given");
  if (hostnames.length > MOST_HOSTS)
    faults.push(`${String(hostnames.length)} hosts: Cloudflare signs for ${String(MOST_HOSTS)} at most`);
  if (!ORIGIN_CA_DAYS.some((allowed) => allowed === days))
    faults.push(`${String(days)} days: Cloudflare signs for ${ORIGIN_CA_DAYS.join(", ")}`);
  return faults;
}
