import { Props, ResourceHandler, State, UserError } from "../plugin/handler";
import { CloudflareRefusal, NO_ROUTE } from "./answer";
import { CloudflareClient } from "./client";
import { differences } from "./differences";
import { MarkedRecord, sweepRecord } from "./record-orphans";

/**
 * Handler of `handoff:cloudflare:RecordMark`: a record, known to the state before it is made. It goes after the record,
 * and takes along one that bears our mark and that no state knows of.
 */
export const recordMarkHandler: ResourceHandler = {
  computed: [],

  place: placeOf,

  diff: (_ctx, _id, olds, news) => Promise.resolve(differences(olds.inputs, news, [])),

  create: (_ctx, news) => Promise.resolve({ id: placeOf(news).join("/"), outputs: news }),

  update: (_ctx, _id, _olds, news) => Promise.resolve({ outputs: news }),

  read: (_ctx, id, olds) => Promise.resolve({ id, ...olds }),

  async delete(ctx, _id, { inputs }: State) {
    const wanted = inputs as unknown as MarkedRecord;
    const client = new CloudflareClient(ctx, wanted, { first: "environment" });
    for (const { type, name } of await sweepRecord(client, wanted).catch(explain(ctx.urn, wanted)))
      ctx.info(`removed the ${type} record of ${name}, whose making was never recorded`);
  },
};

/** What is in a zone that the token doesn't see isn't known: it is forgotten by the user's word alone. */
function explain(urn: string, { name, type, comment }: MarkedRecord): (error: unknown) => never {
  return (error) => {
    if (!(error instanceof CloudflareRefusal)) throw error;
    if (!error.unauthorized && !error.codes.includes(NO_ROUTE)) throw error;
    throw new UserError(
      [
        `whether a killed run left a ${type} record of ${name} can't be looked at: ${error.message}`,
        '→ If its zone is still yours, give the token "Zone / DNS / Edit" of it, and run the same command again.',
        `→ If the zone has moved to another account, or is gone, run this, and the same command again; a record with the comment ${JSON.stringify(comment ?? "")} there is left to whoever has the zone:`,
        `  pulumi state delete '${urn}' --yes`,
      ].join("\n"),
    );
  };
}

function placeOf({ zoneId, name, type }: Props): readonly string[] {
  return [String(zoneId), String(name).toLowerCase(), String(type)];
}
