/** Client IP filtering of tokens: https://developers.cloudflare.com/fundamentals/api/how-to/restrict-tokens/ */
import { BlockList, isIP } from "node:net";
import { z } from "zod";

const cidr = z.string().regex(/^[0-9a-fA-F.:]+\/\d{1,3}$/);

export const condition = z.object({
  request_ip: z.object({ in: z.array(cidr).optional(), not_in: z.array(cidr).optional() }).optional(),
});

/** Whether a token with this condition may be used from an address. */
export function isGoodFrom(given: z.output<typeof condition> | undefined, address: string): boolean {
  const { in: within, not_in: without } = given?.request_ip ?? {};
  if (without !== undefined && isIn(without, address)) return false;
  return within === undefined || within.length === 0 || isIn(within, address);
}

function isIn(networks: readonly string[], address: string): boolean {
  const list = new BlockList();
  for (const network of networks) {
    const [base = "", bits] = network.split("/");
    list.addSubnet(base, Number(bits), isIP(base) === 6 ? "ipv6" : "ipv4");
  }
  return list.check(address, isIP(address) === 6 ? "ipv6" : "ipv4");
}
