/** `/zones/{zone}/dns_records`. */
import { domainToUnicode } from "node:url";
import { isIPv4, isIPv6 } from "node:net";
import { z } from "zod";
import { asciiName } from "../../../../manifests/names";
import { ApiError, Page, type Context, type RouteCall, type Routes } from "./api";
import { identifier } from "./identifiers";
import type { DnsRecord } from "./state";

const read = { area: "DNS", level: "Read" } as const;
const write = { area: "DNS", level: "Write" } as const;

const content = z.object({
  name: z.string().min(1),
  type: z.enum(["A", "AAAA", "CNAME", "TXT", "MX", "NS", "CAA", "PTR"]),
  content: z.string().min(1),
  ttl: z.number().default(1),
  proxied: z.boolean().default(false),
  priority: z.number().optional(),
  comment: z.string().max(500).nullish(),
  tags: z.array(z.string()).default([]),
  /** Set by apps of the vendor's own, such as Pages, which alone delete what they keep. */
  meta: z.object({ managed_by_apps: z.boolean().optional() }).default({}),
});
type Content = z.output<typeof content>;

const addressTypes = ["A", "AAAA", "CNAME"];

export function dnsRoutes({ state, zones }: Context): Routes {
  const base = "/zones/:zone/dns_records";
  const { records } = state.data;

  const find = (call: RouteCall): DnsRecord => {
    const record = records.find(({ id }) => id === call.params.id);
    if (!record) throw new ApiError(404, 81044, "Record does not exist.");
    return record;
  };
  const zoneOf = ({ params }: RouteCall): string => zones.find(({ id }) => id === params.zone)?.name ?? "";
  const put = (call: RouteCall, given: Content, before?: DnsRecord) => {
    const named = { ...given, name: absoluteName(given.name, zoneOf(call)) };
    checkContent(named);
    checkConflict(
      named,
      records.filter((other) => other !== before),
    );
    const now = new Date().toISOString();
    const record: DnsRecord = {
      ...named,
      id: before?.id ?? identifier(),
      comment: given.comment ?? null,
      created_on: before?.created_on ?? now,
      modified_on: now,
    };
    if (before) records.splice(records.indexOf(before), 1, record);
    else records.push(record);
    return view(record);
  };

  return {
    [`GET ${base}`]: {
      permission: read,
      handle: (call) =>
        new Page(
          records
            .filter(({ name }) => isIn(name, zoneOf(call)))
            .filter((record) => matches(record, call.query))
            .map(view),
        ),
    },
    [`POST ${base}`]: { permission: write, handle: (call) => put(call, call.body(content)) },
    [`GET ${base}/:id`]: { permission: read, handle: (call) => view(find(call)) },
    [`PUT ${base}/:id`]: {
      permission: write,
      handle: (call) => {
        const before = find(call);
        return put(call, call.body(content), before);
      },
    },
    [`PATCH ${base}/:id`]: {
      permission: write,
      handle: (call) => {
        const before = find(call);
        const given = call.body(z.record(z.string(), z.unknown()));
        return put(call, content.parse({ ...before, ...given }), before);
      },
    },
    [`DELETE ${base}/:id`]: {
      permission: write,
      handle: (call) => {
        const record = find(call);
        if (record.meta?.managed_by_apps === true)
          throw new ApiError(400, 1043, "This DNS record is managed by an app and can't be changed here.");
        records.splice(records.indexOf(record), 1);
        return { id: record.id };
      },
    },
  };
}

/** A name without the zone at its end gets it, as the vendor does: another zone's name ends up below this one. */
function absoluteName(given: string, zone: string): string {
  const name = asciiName(given);
  if (name === "@") return zone;
  return isIn(name, zone) ? name : `${name}.${zone}`;
}

function isIn(name: string, zone: string): boolean {
  return name === zone || name.endsWith(`.${zone}`);
}

function checkContent({ type, content: value, ttl, proxied }: Content): void {
  if (type === "A" && !isIPv4(value)) {
    throw new ApiError(400, 9005, "Content for A record must be a valid IPv4 address.");
  }
  if (type === "AAAA" && !isIPv6(value)) {
    throw new ApiError(400, 9006, "Content for AAAA record must be a valid IPv6 address.");
  }
  if (proxied && !addressTypes.includes(type)) {
    throw new ApiError(400, 9004, "This record type cannot be proxied.");
  }
  if (proxied && ttl !== 1)
    throw new ApiError(400, 9021, "Invalid TTL. It must be 1 when the record is proxied.");
  if (ttl !== 1 && (ttl < 60 || ttl > 86400)) {
    throw new ApiError(400, 9021, "Invalid TTL. Must be between 60 and 86400 seconds, or 1 for Automatic.");
  }
}

function checkConflict(given: Content, others: readonly DnsRecord[]): void {
  const sameName = others.filter(({ name }) => name === given.name);
  if (sameName.some((other) => other.type === given.type && other.content === given.content)) {
    const code = given.type === "CNAME" ? 81053 : 81058;
    throw new ApiError(400, code, code === 81058 ? "An identical record already exists." : hostExists);
  }
  if (!addressTypes.includes(given.type)) return;
  if (
    sameName.some((other) => addressTypes.includes(other.type) && [other.type, given.type].includes("CNAME"))
  ) {
    throw new ApiError(400, 81053, hostExists);
  }
}
const hostExists = "An A, AAAA, or CNAME record with that host already exists.";

/** `name=x` and `name.exact=x` are the same; `search` looks at name and content. */
function matches(record: DnsRecord, query: URLSearchParams): boolean {
  const tests: Record<string, (value: string, wanted: string) => boolean> = {
    exact: (value, wanted) => value === wanted,
    contains: (value, wanted) => value.includes(wanted),
    startswith: (value, wanted) => value.startsWith(wanted),
    endswith: (value, wanted) => value.endsWith(wanted),
  };
  for (const [key, wanted] of query) {
    const [field, mode = "exact"] = key.split(".");
    const test = tests[mode];
    if (field === "search" && !`${record.name} ${record.content}`.includes(wanted)) return false;
    if ((field === "name" || field === "content") && test && !test(record[field], wanted)) return false;
    if (field === "type" && record.type !== wanted) return false;
    if (field === "proxied" && String(record.proxied) !== wanted) return false;
  }
  return true;
}

function view(record: DnsRecord) {
  // With letters of other scripts, as the vendor tells it, while it is asked for in Punycode.
  return {
    ...record,
    name: domainToUnicode(record.name) || record.name,
    proxiable: addressTypes.includes(record.type),
    settings: {},
    meta: record.meta ?? {},
  };
}
