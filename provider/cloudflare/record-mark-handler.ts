import { hasUnknown, Props, ResourceHandler, State } from "../plugin/handler";
import { CloudflareClient } from "./client";
import { differences } from "./differences";
import { MarkedRecord, sweepRecord } from "./record-orphans";

/**
 * Handler of `handoff:cloudflare:RecordMark`: a record, known to the state before it is made. It goes after the record,
 * and takes along one that bears our mark and that no state knows of.
 */
export function recordMarkHandler(): ResourceHandler {
  // A mark with another name, or one that is made anew, is there before the old one goes: the record is the new one's.
  const claimed = new Set<string>();
  const claim = (inputs: Props) => claimed.add(keyOf(inputs));
  return {
    computed: [],

    diff(_ctx, _id, olds, news) {
      if (!hasUnknown(news)) claim(news);
      return Promise.resolve(differences(olds.inputs, news, []));
    },

    create(_ctx, news) {
      claim(news);
      return Promise.resolve({ id: keyOf(news), outputs: news });
    },

    update(_ctx, _id, _olds, news) {
      claim(news);
      return Promise.resolve({ outputs: news });
    },

    read: (_ctx, id, olds) => Promise.resolve({ id, ...olds }),

    async delete(ctx, _id, { inputs }: State) {
      if (claimed.has(keyOf(inputs))) return;
      const wanted = inputs as unknown as MarkedRecord;
      const client = new CloudflareClient(ctx, wanted, { first: "environment" });
      for (const { type, name } of await sweepRecord(client, wanted))
        ctx.info(`removed the ${type} record of ${name}, whose making was never recorded`);
    },
  };
}

function keyOf({ zoneId, name, type }: Props): string {
  return [zoneId, String(name).toLowerCase(), type].join("/");
}
