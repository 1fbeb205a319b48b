import type { Props, ResourceHandler, State } from "../plugin/handler";
import { CloudflareClient } from "./client";
import { differences } from "./differences";

/**
 * Handler of a mark: what the vendor's resource is about to make, known to the state before. It goes after that, and takes
 * along what bears the mark and that no state knows of.
 * @param place what the thing is told by
 * @param sweep removes what was left, and tells each in words
 */
export function sweepingMark(
  place: (inputs: Props) => readonly string[],
  sweep: (client: CloudflareClient, wanted: never) => Promise<readonly string[]>,
): ResourceHandler {
  return {
    computed: [],

    place,

    diff: (_ctx, _id, olds, news) => Promise.resolve(differences(olds.inputs, news, [])),

    create: (_ctx, news) => Promise.resolve({ id: place(news).join("/"), outputs: news }),

    update: (_ctx, _id, _olds, news) => Promise.resolve({ outputs: news }),

    read: (_ctx, id, olds) => Promise.resolve({ id, ...olds }),

    async delete(ctx, _id, { inputs }: State) {
      const client = new CloudflareClient(ctx, inputs, { first: "environment" });
      for (const what of await sweep(client, inputs as never))
        ctx.info(`removed ${what}, whose making was never recorded`);
    },
  };
}
