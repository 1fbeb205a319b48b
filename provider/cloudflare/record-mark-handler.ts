import { Props, ResourceHandler, State } from "../plugin/handler";
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
    for (const { type, name } of await sweepRecord(client, wanted))
      ctx.info(`removed the ${type} record of ${name}, whose making was never recorded`);
  },
};

function placeOf({ zoneId, name, type }: Props): readonly string[] {
  return [String(zoneId), String(name).toLowerCase(), String(type)];
}
