import { createHash } from "node:crypto";

/** Id of a zone that a system of the sandbox has beside the account's first one; the same everywhere. */
export function furtherZoneId(zone: string): string {
  return createHash("sha256").update(zone).digest("hex").slice(0, 32);
}
