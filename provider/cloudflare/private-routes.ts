import { HandlerContext, Props, UserError } from "../plugin/handler";
import { networkOf } from "../../manifests/cloudflare/network";
import { kindOf, textOf } from "../../manifests/shape";
import { notUnderstood, unlessMissing } from "./answer";
import { CloudflareAccess, CloudflareClient } from "./client";

/** A route of a private network to a tunnel, in the account's default virtual network, as it is to be made. */
export interface MarkedRoute extends CloudflareAccess {
  readonly accountId: string;
  /** In CIDR notation. */
  readonly network: string;
  /** With a mark that no other stack has; not known in a preview before anything was made. */
  readonly comment?: string;
}

interface LiveRoute {
  readonly id: string;
  readonly network: string;
  readonly tunnel: string;
  readonly comment: string;
  readonly created_at: string;
  /** Id of the virtual network that it is in. */
  readonly virtual: string | undefined;
}

/**
 * Makes way for a route that is about to be made, before the vendor's resource makes it: one that a killed run made, or
 * whose answer was lost, bears our mark and goes.
 * @returns `cleared` when there was one, `fault` in words when the network is routed by somebody else
 */
export async function clearRoute(args: Props, ctx: HandlerContext): Promise<Props> {
  const { dryRun, ...wanted } = args as unknown as MarkedRoute & { readonly dryRun: boolean };
  try {
    const client = new CloudflareClient(ctx, wanted);
    const { orphans, others } = await namesakes(client, wanted);
    if (others.length > 0) {
      const usual = await defaultNetwork(client, wanted);
      const inTheWay = others.filter(({ virtual }) => virtual === undefined || virtual === usual);
      if (inTheWay.length > 0) return { fault: taken(wanted, inTheWay) };
    }
    if (!dryRun) for (const { id } of orphans) await deleteRoute(client, wanted, id);
    return { cleared: orphans.length > 0 };
  } catch (error) {
    if (error instanceof UserError) return { fault: error.message };
    throw error;
  }
}

/** Removes what has the mark: called when no state knows of a route with it any more. */
export async function sweepRoute(client: CloudflareClient, wanted: MarkedRoute): Promise<readonly string[]> {
  const { orphans } = await namesakes(client, wanted);
  for (const { id } of orphans) await deleteRoute(client, wanted, id);
  return orphans.map(({ network }) => `the route of ${network}`);
}

/** The routes of that very network, by whether they have the mark. Wider and narrower ones are no matter. */
async function namesakes(client: CloudflareClient, { accountId, network, comment }: MarkedRoute) {
  const found = await client.list(`/accounts/${accountId}/teamnet/routes?is_deleted=false`);
  const wanted = networkOf(network);
  const same = found.map(routeIn).filter((one) => networkOf(one.network) === wanted);
  const isOurs = (one: LiveRoute): boolean => comment !== undefined && one.comment === comment;
  return { orphans: same.filter(isOurs), others: same.filter((one) => !isOurs(one)) };
}

/** A route of an answer, of which id and network must be there. */
function routeIn(answer: object): LiveRoute {
  const { id, network, tunnel_name, tunnel_id, comment, created_at, virtual_network_id } = answer as Readonly<
    Record<string, unknown>
  >;
  for (const [field, value] of Object.entries({ id, network }))
    if (typeof value !== "string")
      throw notUnderstood(`the ${field} of a private network's route`, `is ${kindOf(value)}`);
  return {
    ...{ id: String(id), network: String(network), comment: textOf(comment) ?? "" },
    tunnel: textOf(tunnel_name) ?? textOf(tunnel_id) ?? "?",
    created_at: textOf(created_at) ?? "?",
    virtual: textOf(virtual_network_id),
  };
}

/** Where a route goes that names no virtual network. */
async function defaultNetwork(
  client: CloudflareClient,
  { accountId }: MarkedRoute,
): Promise<string | undefined> {
  const found = await client.list(`/accounts/${accountId}/teamnet/virtual_networks?is_deleted=false`);
  const usual = found.find(
    (one) => (one as { readonly is_default_network?: unknown }).is_default_network === true,
  );
  return textOf((usual as { readonly id?: unknown } | undefined)?.id);
}

async function deleteRoute(client: CloudflareClient, { accountId }: MarkedRoute, id: string): Promise<void> {
  await client.call("DELETE", `/accounts/${accountId}/teamnet/routes/${id}`).catch(unlessMissing);
}

function taken({ network }: MarkedRoute, others: readonly LiveRoute[]): string {
  const lines = others.map(({ tunnel, id, comment, created_at }) => {
    const said = comment === "" ? "it has no comment" : `its comment is ${JSON.stringify(comment)}`;
    return `  to the tunnel ${tunnel} (route ${id}), of ${created_at}: ${said}`;
  });
  return [
    `${network} has a route already that this stack didn't make:`,
    ...lines,
    `→ Take ${network} out of \`cloudflare.tunnel.routes\` to leave it so. Or, if nobody needs that route, delete it in the dashboard (Zero Trust, Networks, Routes).`,
  ].join("\n");
}
