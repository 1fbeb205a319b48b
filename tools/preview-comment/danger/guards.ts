import { isObject } from "../../../manifests/shape";
import { nameOf, typeOf } from "../step";
import { type Change, type Found, part } from "./change";

const APPLICATION = "cloudflare:index/zeroTrustAccessApplication:ZeroTrustAccessApplication";
const RULE = "handoff:cloudflare:IngressRule";
const RECORD = "cloudflare:index/dnsRecord:DnsRecord";

/** Hosts that stay public, and that Cloudflare Access guards no more, or lets everybody pass who can sign in. */
export function droppedGuards({ steps }: Change): Found[] {
  const named = (type: string, field: string, side: "oldState" | "newState"): unknown[] =>
    steps.filter(({ urn }) => typeOf(urn) === type).map((step) => step[side]?.inputs?.[field]);
  const goes = (type: string, field: string): unknown[] => {
    const now = named(type, field, "newState");
    return named(type, field, "oldState").filter((name) => !now.includes(name));
  };
  const goneHosts = goes(RECORD, "name");
  return steps.flatMap((step) => {
    const [old, now] = [step.oldState?.inputs, step.newState?.inputs];
    const [type, object] = [typeOf(step.urn), nameOf(step.urn)];
    if (type === APPLICATION) {
      const domain = String(old?.domain);
      if (goes(APPLICATION, "domain").includes(domain) && !goneHosts.includes(domain.split("/")[0]))
        return { object, what: `${domain} is open to everybody` };
      if (old != null && now != null && letsEveryoneIn(now) && !letsEveryoneIn(old))
        return { object, what: `${domain} is open to everybody who can sign in` };
    }
    if (type !== RULE || now == null || part(old ?? {}, "originRequest", "access") === undefined) return [];
    const { originRequest = {} } = now;
    // What isn't known yet is a text.
    const isDropped = isObject(originRequest) && originRequest.access === undefined;
    return isDropped ? { object, what: "cloudflared lets through what didn't pass Access" } : [];
  });
}

function letsEveryoneIn({ policies }: Readonly<Record<string, unknown>>): boolean {
  const included = (Array.isArray(policies) ? policies : []).flatMap((policy: unknown) =>
    isObject(policy) && Array.isArray(policy.includes) ? (policy.includes as readonly unknown[]) : [],
  );
  return included.some((entry) => isObject(entry) && "everyone" in entry);
}
