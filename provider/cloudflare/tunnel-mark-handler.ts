import { randomBytes } from "node:crypto";
import { Props, ResourceHandler, State, UNKNOWN } from "../plugin/handler";
import { differences } from "./differences";
import { CloudflareClient } from "./client";
import { MarkedTunnel, sweepTunnel } from "./tunnel-orphans";

/**
 * Handler of `handoff:cloudflare:TunnelMark`: a tunnel's secret, known to the state before the tunnel is made with it, or
 * gets it in place of the former one. It goes after the tunnel, and takes along one that has the secret and that no state
 * knows of.
 */
export const tunnelMarkHandler: ResourceHandler = {
  computed: ["tunnelSecret", "formerSecrets"],
  secrets: ["tunnelSecret", "formerSecrets"],

  // The tunnel of a mark that is made anew goes on with the former one's secret.
  place: ({ accountId }, name) => [accountId, name],

  // A tunnel can get another name, but no other account.
  diff: (_ctx, _id, olds, news) => Promise.resolve(differences(olds.inputs, news, ["accountId"])),

  // The former ones are known beforehand: a preview of another secret knows what a killed run made, too.
  preview: (_ctx, news, olds) =>
    Promise.resolve({ ...news, ...(olds !== undefined && nextOf(olds, news, () => UNKNOWN)) }),

  create: (_ctx, news) =>
    Promise.resolve({
      id: randomBytes(6).toString("hex"),
      outputs: { ...news, tunnelSecret: newSecret(), formerSecrets: [] },
    }),

  update: (_ctx, _id, olds, news) =>
    Promise.resolve({ outputs: { ...news, ...nextOf(olds, news, newSecret) } }),

  read: (_ctx, id, olds) => Promise.resolve({ id, ...olds }),

  async delete(ctx, _id, { inputs, outputs }: State) {
    const wanted = { ...inputs, ...keptOf({ inputs, outputs }) } as unknown as MarkedTunnel;
    const client = new CloudflareClient(ctx, wanted, { first: "environment" });
    for (const { id } of await sweepTunnel(client, wanted))
      ctx.info(`removed the tunnel ${id}, whose making was never recorded`);
  },
};

/**
 * So many secrets are known beside the present one. A tunnel of a killed run has the one of that run, however often the
 * number was raised before the next.
 */
const REMEMBERED = 10;

interface Secrets {
  readonly tunnelSecret: unknown;
  readonly formerSecrets: readonly unknown[];
}

/** The secrets of a mark; that of an earlier version knows no former ones. */
function keptOf({ outputs }: State): Secrets {
  const { tunnelSecret, formerSecrets = [] } = outputs as unknown as Partial<Secrets>;
  return { tunnelSecret, formerSecrets };
}

/** What an `up` makes of them. */
function nextOf(olds: State, news: Props, another: () => string): Secrets {
  const kept = keptOf(olds);
  if (!isRaised(olds, news)) return kept;
  const { tunnelSecret, formerSecrets } = kept;
  return {
    tunnelSecret: another(),
    formerSecrets: [tunnelSecret, ...formerSecrets].slice(0, REMEMBERED),
  };
}

const newSecret = (): string => randomBytes(32).toString("base64");

/** A number that is lowered, or left out again, is no wish for another secret. */
function isRaised({ inputs }: State, news: Props): boolean {
  const rotation = ({ rotation = 1 }: Props): number => Number(rotation);
  return rotation(news) > rotation(inputs);
}
