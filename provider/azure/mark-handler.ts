import { randomBytes } from "node:crypto";
import type { DiffResult, ResourceHandler } from "../plugin/handler";
import { differences } from "../cloudflare/differences";
import { AzureClient } from "./client";
import { sweep, type Marked } from "./marked";

/**
 * Handler of `handoff:azure:Mark`: a random text, known to the state before anything is made with it in its tags. It goes
 * after all that, and takes along what has it and no state knows of.
 */
export const azureMarkHandler: ResourceHandler = {
  computed: ["mark"],

  diff: (_ctx, _id, olds, news): Promise<DiffResult> =>
    Promise.resolve(differences(olds.inputs, news, PLACE)),

  preview: (_ctx, news, olds) =>
    Promise.resolve({ ...news, ...(olds !== undefined && { mark: olds.outputs.mark }) }),

  create(_ctx, news) {
    const mark = randomBytes(8).toString("hex");
    return Promise.resolve({ id: mark, outputs: { ...news, mark } });
  },

  update: (_ctx, _id, olds, news) => Promise.resolve({ outputs: { ...news, mark: olds.outputs.mark } }),

  read: (_ctx, id, olds) => Promise.resolve({ id, ...olds }),

  async delete(ctx, _id, { inputs, outputs }) {
    const wanted = { ...inputs, mark: outputs.mark } as unknown as Marked;
    await sweep(new AzureClient(ctx, wanted), wanted, (what) => {
      ctx.info(`removed ${what}, whose making was never recorded`);
    });
  },
};

/** Elsewhere it is another mark: the old one still finds what is at the old place. */
const PLACE = ["subscriptionId", "tenantId", "cloud", "resourceGroup", "vault"];
