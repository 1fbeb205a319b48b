import { type HandlerContext, type Props, type ResourceHandler, UserError } from "../plugin/handler";
import { type CloudflareRefusal, isUnseen } from "./answer";
import { type CloudflareAccess, CloudflareClient, type ClientOptions } from "./client";
import { differences } from "./differences";
import { changeNoRecord } from "./permission";

interface Watched {
  readonly zoneId: string;
  readonly name: string;
  readonly urn: string;
}

interface Inputs extends CloudflareAccess {
  readonly records: readonly Watched[];
}

/**
 * Handler of `handoff:cloudflare:RecordWatch`: it goes before the records, which the vendor's plugin deletes, and says
 * beforehand what is to be done where that will be refused. What can't be deleted is taken out of the state by the user's
 * word alone.
 */
export const recordWatchHandler: ResourceHandler = {
  computed: [],

  diff: (_ctx, _id, olds, news) => Promise.resolve(differences(olds.inputs, news, [])),

  create: (_ctx, news) => Promise.resolve({ id: "records", outputs: news }),

  async update(ctx, _id, olds, news) {
    const staying = new Set(recordsIn(news).map(({ urn }) => urn));
    const going = recordsIn(olds.inputs).filter(({ urn }) => !staying.has(urn));
    await tell(ctx, news, going, "given", "up");
    return { outputs: news };
  },

  async read(ctx, id, olds) {
    await tell(ctx, olds.inputs, recordsIn(olds.inputs), "environment", "refresh");
    return { id, ...olds };
  },

  async delete(ctx, _id, { inputs }) {
    await tell(ctx, inputs, recordsIn(inputs), "environment", "destroy");
  },
};

async function tell(
  ctx: HandlerContext,
  inputs: Props,
  records: readonly Watched[],
  first: ClientOptions["first"],
  command: string,
): Promise<void> {
  const zones = [...new Set(records.map(({ zoneId }) => zoneId))];
  if (zones.length === 0) return;
  const client = new CloudflareClient(ctx, inputs, { first });
  for (const zoneId of zones) {
    const refusal = await refusalOf(client, zoneId);
    const ours = records.filter((record) => record.zoneId === zoneId);
    if (refusal !== undefined) ctx.warn(refused(ours, refusal, command));
  }
}

/** The refusal to change records of a zone; what else goes wrong, the vendor's plugin meets, too. */
async function refusalOf(client: CloudflareClient, zoneId: string): Promise<CloudflareRefusal | undefined> {
  try {
    await changeNoRecord(client, zoneId);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return isUnseen(error) ? error : undefined;
  }
  return undefined;
}

function refused(records: readonly Watched[], { message }: CloudflareRefusal, command: string): string {
  return [
    `records can't be deleted, nor looked at: ${message}`,
    `→ If their zone is still yours, give the token "Zone / DNS / Edit" of it, and run \`pulumi ${command}\` again.`,
    `→ If the zone has moved to another account, or is gone, its records are no longer this stack's. Once \`pulumi ${command}\` has failed at them, take them out of the state, and run it again:`,
    ...records.map(({ urn }) => `  pulumi state delete '${urn}' --yes`),
  ].join("\n");
}

function recordsIn(inputs: Props): readonly Watched[] {
  return (inputs as unknown as Partial<Inputs>).records ?? [];
}
