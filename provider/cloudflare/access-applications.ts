import { HandlerContext, Props, UserError } from "../plugin/handler";
import { asciiName } from "../../manifests/names";
import { kindOf, objectsIn, textOf } from "../../manifests/shape";
import { CloudflareRefusal, notUnderstood, unlessMissing } from "./answer";
import { CloudflareAccess, CloudflareClient } from "./client";

/** An application of Access as it is to be made. */
export interface MarkedApplication extends CloudflareAccess {
  readonly accountId: string;
  /** The hostname that it guards, with a path where only that is. */
  readonly domain: string;
  /** How the names of its policies begin, as no other stack's do; not known in a preview before anything was made. */
  readonly comment?: string;
}

interface LiveApplication {
  readonly id: string;
  readonly name: string;
  readonly type: string;
  readonly created_at: string;
  readonly domains: readonly string[];
  /** Names of its policies. */
  readonly policies: readonly string[];
}

/** "Access is not enabled": the account has no Zero Trust organization. */
const NOT_ENABLED = 9999;

/**
 * Makes way for an application that is about to be made, before the vendor's resource makes it: one that a killed run made,
 * or whose answer was lost, bears our mark and goes.
 * @returns `cleared` when there was one, `fault` in words when somebody else's guards the same
 */
export async function clearApplication(args: Props, ctx: HandlerContext): Promise<Props> {
  const { dryRun, ...wanted } = args as unknown as MarkedApplication & { readonly dryRun: boolean };
  try {
    const client = new CloudflareClient(ctx, wanted);
    const { orphans, others } = await namesakes(client, wanted);
    if (others.length > 0) return { fault: taken(wanted, others) };
    if (!dryRun) for (const { id } of orphans) await deleteApplication(client, wanted, id);
    return { cleared: orphans.length > 0 };
  } catch (error) {
    if (error instanceof UserError) return { fault: notEnabled(error) ?? error.message };
    throw error;
  }
}

/** Removes what has the mark: called when no state knows of an application with it any more. */
export async function sweepApplication(
  client: CloudflareClient,
  wanted: MarkedApplication,
): Promise<readonly string[]> {
  const { orphans } = await namesakes(client, wanted);
  for (const { id } of orphans) await deleteApplication(client, wanted, id);
  return orphans.map(() => `the Access application for ${wanted.domain}`);
}

/** What is said in place of a refusal that has this reason. */
export function notEnabled(error: unknown): string | undefined {
  if (!(error instanceof CloudflareRefusal) || !error.codes.includes(NOT_ENABLED)) return undefined;
  return (
    "the account has no Zero Trust organization, so Access guards nothing\n" +
    "→ Dashboard, Zero Trust: choose the team's name and a plan, once; then write that name into `cloudflare.teamName`."
  );
}

/** The applications that guard the same, by whether they have the mark. */
async function namesakes(client: CloudflareClient, { accountId, domain, comment }: MarkedApplication) {
  const found = await client.list(`/accounts/${accountId}/access/apps`);
  const same = found.map(applicationIn).filter(({ domains }) => domains.includes(domainOf(domain)));
  const isOurs = ({ policies }: LiveApplication): boolean =>
    comment !== undefined && policies.some((name) => name === comment || name.startsWith(`${comment},`));
  return { orphans: same.filter(isOurs), others: same.filter((one) => !isOurs(one)) };
}

/** An application of an answer, of which only the id must be there. */
function applicationIn(answer: object): LiveApplication {
  const shown = answer as Readonly<Record<string, unknown>>;
  const { id, name, type, created_at, domain, self_hosted_domains, destinations, policies } = shown;
  if (typeof id !== "string") throw notUnderstood("the id of an Access application", `is ${kindOf(id)}`);
  const further = Array.isArray(self_hosted_domains) ? (self_hosted_domains as readonly unknown[]) : [];
  const domains = [domain, ...further, ...objectsIn(destinations).map(({ uri }) => uri)];
  return {
    ...{ id, name: textOf(name) ?? id, type: textOf(type) ?? "?", created_at: textOf(created_at) ?? "?" },
    domains: domains.filter((one) => typeof one === "string").map(domainOf),
    policies: objectsIn(policies).flatMap((policy) => textOf(policy.name) ?? []),
  };
}

/** As Access compares them: the host in any spelling, the path letter by letter. */
function domainOf(text: string): string {
  const [host = "", ...path] = text.replace(/^https?:\/\//, "").split("/");
  return [asciiName(host), ...path].join("/").replace(/\/+$/, "");
}

async function deleteApplication(
  client: CloudflareClient,
  { accountId }: MarkedApplication,
  id: string,
): Promise<void> {
  await client.call("DELETE", `/accounts/${accountId}/access/apps/${id}`).catch(unlessMissing);
}

function taken({ domain }: MarkedApplication, others: readonly LiveApplication[]): string {
  return [
    `${domain} is guarded by Access already, by what this stack didn't make:`,
    ...others.map((one) => `  ${one.name} (${one.id}, ${one.type}), of ${one.created_at}`),
    `→ Take ${domain} out of \`cloudflare.access\` to leave it so. Or, if nobody needs that application, delete it in the dashboard (Zero Trust, Access, Applications); until this stack's is there, nothing guards ${domain}.`,
  ].join("\n");
}
