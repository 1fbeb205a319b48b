import { randomBytes } from "node:crypto";
import { ResourceHandler, State } from "../plugin/handler";
import { differences } from "./differences";
import { CloudflareClient } from "./client";
import { MarkedTunnel, sweepTunnel } from "./tunnel-orphans";

/**
 * Handler of `handoff:cloudflare:TunnelMark`: a tunnel's secret, known to the state before the tunnel is made with it.
 * It goes after the tunnel, and takes along one that has the secret and that no state knows of.
 */
export const tunnelMarkHandler: ResourceHandler = {
  computed: ["tunnelSecret"],
  secrets: ["tunnelSecret"],

  // A tunnel can get another name, but no other account.
  diff: (_ctx, _id, olds, news) => Promise.resolve(differences(olds.inputs, news, ["accountId"])),

  preview: (_ctx, news, olds) =>
    Promise.resolve({ ...news, ...(olds !== undefined && { tunnelSecret: olds.outputs.tunnelSecret }) }),

  create(_ctx, news) {
    const tunnelSecret = randomBytes(32).toString("base64");
    return Promise.resolve({ id: randomBytes(6).toString("hex"), outputs: { ...news, tunnelSecret } });
  },

  update: (_ctx, _id, olds, news) =>
    Promise.resolve({ outputs: { ...news, tunnelSecret: olds.outputs.tunnelSecret } }),

  read: (_ctx, id, olds) => Promise.resolve({ id, ...olds }),

  async delete(ctx, _id, { inputs, outputs }: State) {
    const wanted = { ...inputs, tunnelSecret: outputs.tunnelSecret } as unknown as MarkedTunnel;
    const client = new CloudflareClient(ctx, wanted, { first: "environment" });
    for (const { id } of await sweepTunnel(client, wanted))
      ctx.info(`removed the tunnel ${id}, whose making was never recorded`);
  },
};
