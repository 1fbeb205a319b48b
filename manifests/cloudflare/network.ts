/**
 * A network in CIDR notation as Cloudflare keeps it, without bits behind its length: `10.1.2.3/8` is `10.0.0.0/8`.
 * @returns undefined for what is no network
 */
export function networkOf(text: string): string | undefined {
  const [address = "", length = "", ...more] = text.split("/");
  const kind = kindOf(address);
  const size = kind === 6 ? 128 : 32;
  if (kind === undefined || more.length > 0 || !/^\d{1,3}$/.test(length) || Number(length) > size)
    return undefined;
  const rest = BigInt(size - Number(length));
  const bits = (bitsOf(address, kind) >> rest) << rest;
  return `${addressOf(bits, kind)}/${String(Number(length))}`;
}

function kindOf(address: string): 4 | 6 | undefined {
  if (/^(\d{1,3}\.){3}\d{1,3}$/.test(address))
    return address.split(".").every((part) => String(Number(part)) === part && Number(part) < 256)
      ? 4
      : undefined;
  return /^[0-9a-f:.]*:[0-9a-f:.]*$/i.test(address) && URL.canParse(`http://[${address}]`) ? 6 : undefined;
}

function bitsOf(address: string, kind: number): bigint {
  if (kind === 4) return address.split(".").reduce((bits, part) => (bits << 8n) | BigInt(part), 0n);
  // Without a zone, in hexadecimal groups alone.
  const [head = "", tail] = new URL(`http://[${address}]`).hostname.slice(1, -1).split("::");
  const groups = (part: string): string[] => part.split(":").filter((group) => group !== "");
  const [first, last] = [groups(head), groups(tail ?? "")];
  const zeros = Array.from({ length: 8 - first.length - last.length }, () => "0");
  return [...first, ...zeros, ...last].reduce((bits, group) => (bits << 16n) | BigInt(`0x${group}`), 0n);
}

function addressOf(bits: bigint, kind: number): string {
  const parts = (count: number, width: bigint): bigint[] =>
    Array.from({ length: count }, (_, i) => (bits >> (width * BigInt(count - 1 - i))) & ((1n << width) - 1n));
  if (kind === 4) return parts(4, 8n).join(".");
  const groups = parts(8, 16n).map((group) => group.toString(16));
  return new URL(`http://[${groups.join(":")}]`).hostname.slice(1, -1);
}
