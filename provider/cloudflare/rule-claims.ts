import { OwnRule } from "../../manifests/cloudflare/ingress-rules";
import { TunnelAddress } from "./tunnel-api";

type Key = Pick<TunnelAddress, "accountId" | "tunnelId"> & Pick<OwnRule, "hostname" | "path">;

/**
 * The rules that the running program has. A rule has no place for a mark of its owner, and a resource that is replaced,
 * renamed or moved under another parent is made anew before the old one is deleted: both are of one rule. The engine
 * asks for each resource of a program before it deletes what the program has no more, in this process, also for what a
 * killed run left to be deleted.
 */
export class RuleClaims {
  private readonly wanted = new Set<string>();
  private readonly left = new Map<string, OwnRule>();

  /** The program has it. */
  claim(rule: Key): void {
    this.wanted.add(keyOf(rule));
  }

  isClaimed(rule: Key): boolean {
    return this.wanted.has(keyOf(rule));
  }

  /** The state has it as it was left. */
  remember(rule: Key & OwnRule): void {
    this.left.set(keyOf(rule), rule);
  }

  /** As a resource of the same rule left it, where one is known. */
  lastOf(rule: Key): OwnRule | undefined {
    return this.left.get(keyOf(rule));
  }
}

function keyOf({ accountId, tunnelId, hostname, path = "" }: Key): string {
  return [accountId, tunnelId, hostname.toLowerCase(), path].join("/");
}
