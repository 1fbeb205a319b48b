import { OwnRule } from "../../manifests/cloudflare/ingress-rules";
import { TunnelAddress } from "./tunnel-api";

type Key = Pick<TunnelAddress, "accountId" | "tunnelId"> & Pick<OwnRule, "hostname" | "path">;

/** What tells a rule apart from all others. */
export function placeOfRule({ accountId, tunnelId, hostname, path = "" }: Key): readonly string[] {
  return [accountId, tunnelId, hostname.toLowerCase(), path];
}

/**
 * Rules as the state has them left. One whose resource is replaced, renamed or moved under another parent is made anew
 * before the old one goes: both are of one rule, which others may have edited meanwhile.
 */
export class LeftRules {
  private readonly left = new Map<string, OwnRule>();

  remember(rule: Key & OwnRule): void {
    this.left.set(keyOf(rule), rule);
  }

  /** As a resource of the same rule left it, where one is known. */
  lastOf(rule: Key): OwnRule | undefined {
    return this.left.get(keyOf(rule));
  }
}

function keyOf(rule: Key): string {
  return JSON.stringify(placeOfRule(rule));
}
