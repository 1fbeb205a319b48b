import { HandlerContext, Props, UserError } from "../plugin/handler";
import { asciiName } from "../../manifests/names";
import { isObject, kindOf, textOf } from "../../manifests/shape";
import { notUnderstood, objectOf, unlessMissing } from "./answer";
import { CloudflareAccess, CloudflareClient } from "./client";

/** A record as it is to be made. */
export interface MarkedRecord extends CloudflareAccess {
  readonly zoneId: string;
  /** In full. */
  readonly name: string;
  readonly type: string;
  /** Not known in a preview whose tunnel isn't there yet. */
  readonly content?: string;
  /** With a mark that no other stack has; not known in a preview before anything was made. */
  readonly comment?: string;
}

interface LiveRecord {
  readonly id: string;
  readonly name: string;
  readonly type: string;
  readonly content: string;
  readonly proxied: boolean;
  readonly comment?: string;
  readonly created_on?: string;
  /** An app of Cloudflare's, such as Pages or a Worker's custom domain, keeps it: the API doesn't let it be deleted. */
  readonly locked: boolean;
}

interface Clearing extends MarkedRecord {
  /** The user wants what others have at this name to be replaced. */
  readonly adopt: boolean;
  /** How the comments of this stack's records begin, and those of stacks of its name. */
  readonly owner: string;
  readonly dryRun: boolean;
}

/**
 * Makes way for a record that is about to be made, before the vendor's resource makes it: one that a killed run made,
 * or whose answer was lost, bears our mark and goes; so does what is to be adopted.
 * @returns `cleared` when there was any, `fault` in words when the name has a record of somebody else
 */
export async function clearRecord(args: Props, ctx: HandlerContext): Promise<Props> {
  const { adopt, dryRun, owner, ...wanted } = args as unknown as Clearing;
  try {
    const client = new CloudflareClient(ctx, wanted);
    const inTheWay = (await recordsOf(client, wanted)).filter((live) => conflicts(live, wanted));
    const others = inTheWay.filter((live) => !isOurs(live, wanted));
    const locked = others.filter((live) => live.locked);
    if (locked.length > 0) return { fault: kept(wanted, locked) };
    if (others.length > 0 && !adopt) return { fault: taken(wanted, others, owner) };
    const delegated = await delegationOf(client, wanted);
    if (delegated !== undefined) return { fault: delegated };
    if (others.length > 0) ctx.warn(replaced(wanted, others));
    if (!dryRun) for (const { id } of inTheWay) await deleteRecord(client, wanted, id);
    return { cleared: inTheWay.length > 0 };
  } catch (error) {
    if (error instanceof UserError) return { fault: error.message };
    throw error;
  }
}

/** Removes what has the mark: called when no state knows of a record with it any more. */
export async function sweepRecord(
  client: CloudflareClient,
  wanted: MarkedRecord,
): Promise<readonly string[]> {
  const orphans = (await recordsOf(client, wanted)).filter(
    (live) => live.type === wanted.type && isOurs(live, wanted),
  );
  for (const { id } of orphans) await deleteRecord(client, wanted, id);
  return orphans.map(({ type, name }) => `the ${type} record of ${name}`);
}

async function recordsOf(client: CloudflareClient, { zoneId, name }: MarkedRecord): Promise<LiveRecord[]> {
  const found = await client.list(
    `/zones/${zoneId}/dns_records?name.exact=${encodeURIComponent(asciiName(name))}`,
  );
  return found.map(recordIn).filter((live) => same(live.name, name));
}

/** A record of an answer, of which id, name and type must be there. */
function recordIn(answer: object): LiveRecord {
  const { id, name, type, content, proxied, comment, created_on, locked, meta } = answer as Readonly<
    Record<string, unknown>
  >;
  for (const [field, value] of Object.entries({ id, name, type }))
    if (typeof value !== "string") throw notUnderstood(`the ${field} of a record`, `is ${kindOf(value)}`);
  const managed = isObject(meta) && (meta.managed_by_apps === true || meta.read_only === true);
  return {
    ...{ id: String(id), name: String(name), type: String(type), content: textOf(content) ?? "?" },
    ...{ proxied: proxied === true, comment: textOf(comment), created_on: textOf(created_on) },
    locked: locked === true || managed,
  };
}

/** A CNAME is alone at its name; a second address would take a part of the requests. */
function conflicts({ type }: LiveRecord, wanted: MarkedRecord): boolean {
  return (
    type === wanted.type || (["A", "AAAA", "CNAME"].includes(type) && [type, wanted.type].includes("CNAME"))
  );
}

/** What says the same without our mark is somebody else's; with it, it is ours from when the host led elsewhere, too. */
function isOurs(live: LiveRecord, { comment }: MarkedRecord): boolean {
  return comment !== undefined && live.comment === comment;
}

function same(one: string, other: string): boolean {
  return asciiName(one) === asciiName(other);
}

/** @returns a fault in words when the zone leaves the name to other name servers, which nobody would ask the zone for */
async function delegationOf(
  client: CloudflareClient,
  { zoneId, name }: MarkedRecord,
): Promise<string | undefined> {
  const servers = (await client.list(`/zones/${zoneId}/dns_records?type=NS`)).map(recordIn);
  const above = servers.filter((one) => one.type === "NS" && isWithin(name, one.name));
  if (above.length === 0) return undefined;
  const zone = textOf(objectOf(await client.call("GET", `/zones/${zoneId}`), "the zone").name) ?? "";
  // Those of the zone itself are servers that have it, too.
  const [cut] = above.filter((one) => !same(one.name, zone));
  if (cut === undefined) return undefined;
  const to = servers.filter((one) => same(one.name, cut.name)).map(({ content }) => content);
  const what = same(cut.name, name) ? name : `${name} lies below ${cut.name}, which`;
  return (
    `${what} is left to other name servers by zone ${zone} (NS ${to.join(", ")}): a record in this zone would answer nobody\n` +
    `→ If ${cut.name} is a zone at Cloudflare, add it to \`cloudflare.zones\`. Else choose another host, or remove these NS records if nothing needs them.`
  );
}

function isWithin(name: string, top: string): boolean {
  return same(name, top) || asciiName(name).endsWith(`.${asciiName(top)}`);
}

async function deleteRecord(client: CloudflareClient, { zoneId }: MarkedRecord, id: string): Promise<void> {
  await client.call("DELETE", `/zones/${zoneId}/dns_records/${id}`).catch(unlessMissing);
}

/** What a record says, on a line of its own. */
function shown({ type, content, proxied, created_on }: LiveRecord): string {
  return `  ${type} → ${content}${proxied ? ", proxied" : ""}, of ${created_on ?? "?"}`;
}

function kept({ name }: MarkedRecord, locked: readonly LiveRecord[]): string {
  return [
    `${name} has a record that an app of Cloudflare's keeps, and that can't be replaced by this stack's:`,
    ...locked.map(shown),
    `→ Remove ${name} from the custom domains of the Pages project or Worker that has it, or choose another host.`,
  ].join("\n");
}

function taken({ name }: MarkedRecord, others: readonly LiveRecord[], owner: string): string {
  const lines = others.map((live) => `${shown(live)}: ${whose(live, owner)}`);
  return [
    `${name} has ${others.length === 1 ? "a record" : "records"} already that this stack didn't make:`,
    ...lines,
    `→ Choose another host. Or, if nobody needs ${others.length === 1 ? "it" : "them"}, add ${name} to the list \`cloudflare.adopt\`: this stack's record then takes the place.`,
  ].join("\n");
}

/** The vendor's resource makes a record and can't take one over: there is a moment without. */
function replaced({ name }: MarkedRecord, others: readonly LiveRecord[]): string {
  return [
    `this stack's record takes the place of what others made for ${name}:`,
    ...others.map(shown),
    "It is deleted first. Who asks for the name in the second between may remember for half an hour that it isn't there.",
  ].join("\n");
}

function whose({ comment = "" }: LiveRecord, owner: string): string {
  if (comment === "") return "it has no comment";
  if (comment === owner || comment.startsWith(`${owner} `))
    return "another stack of this one's name made it, or this one before its state was lost";
  return `its comment is ${JSON.stringify(comment)}`;
}
