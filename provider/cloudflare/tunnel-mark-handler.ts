import { randomBytes } from "node:crypto";
import { Props, ResourceHandler, State } from "../plugin/handler";
import { differences } from "./differences";
import { CloudflareClient } from "./client";
import { MarkedTunnel, sweepTunnel } from "./tunnel-orphans";

/**
 * Handler of `handoff:cloudflare:TunnelMark`: a tunnel's secret, known to the state before the tunnel is made with it, or
 * gets it in place of the former one. It goes after the tunnel, and takes along one that has the secret and that no state
 * knows of.
 */
export const tunnelMarkHandler: ResourceHandler = {
  computed: ["tunnelSecret"],
  secrets: ["tunnelSecret"],

  // The tunnel of a mark that is made anew goes on with the former one's secret.
  place: ({ accountId }, name) => [accountId, name],

  // A tunnel can get another name, but no other account.
  diff: (_ctx, _id, olds, news) => Promise.resolve(differences(olds.inputs, news, ["accountId"])),

  preview: (_ctx, news, olds) =>
    Promise.resolve({
      ...news,
      ...(olds !== undefined && !isRaised(olds, news) && { tunnelSecret: olds.outputs.tunnelSecret }),
    }),

  create: (_ctx, news) =>
    Promise.resolve({
      id: randomBytes(6).toString("hex"),
      outputs: { ...news, tunnelSecret: newSecret() },
    }),

  update: (_ctx, _id, olds, news) =>
    Promise.resolve({
      outputs: { ...news, tunnelSecret: isRaised(olds, news) ? newSecret() : olds.outputs.tunnelSecret },
    }),

  read: (_ctx, id, olds) => Promise.resolve({ id, ...olds }),

  async delete(ctx, _id, { inputs, outputs }: State) {
    const wanted = { ...inputs, tunnelSecret: outputs.tunnelSecret } as unknown as MarkedTunnel;
    const client = new CloudflareClient(ctx, wanted, { first: "environment" });
    for (const { id } of await sweepTunnel(client, wanted))
      ctx.info(`removed the tunnel ${id}, whose making was never recorded`);
  },
};

const newSecret = (): string => randomBytes(32).toString("base64");

/** A number that is lowered, or left out again, is no wish for another secret. */
function isRaised({ inputs }: State, news: Props): boolean {
  const rotation = ({ rotation = 1 }: Props): number => Number(rotation);
  return rotation(news) > rotation(inputs);
}
