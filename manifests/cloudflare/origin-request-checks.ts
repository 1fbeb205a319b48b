import { didYouMean } from "../nearest";
import { isObject } from "../shape";
import { DURATIONS, type OriginRequest } from "./ingress-rules";
import { networkOf } from "./network";

interface Kind {
  readonly fits: (value: unknown) => boolean;
  readonly allowed: string;
}

const isText = (value: unknown): value is string => typeof value === "string" && value !== "";
const isWhole = (value: unknown, least: number, most: number): boolean =>
  Number.isInteger(value) && (value as number) >= least && (value as number) <= most;

const TEXT: Kind = { fits: isText, allowed: "a text" };
const FLAG: Kind = { fits: (value) => typeof value === "boolean", allowed: "true or false" };
const SECONDS: Kind = {
  fits: (value) => isWhole(value, 0, Number.MAX_SAFE_INTEGER),
  allowed: "whole seconds, such as 30",
};

/** What cloudflared knows, and what it takes. */
const KINDS: Readonly<Record<keyof OriginRequest, Kind>> = {
  originServerName: TEXT,
  caPool: TEXT,
  noTLSVerify: FLAG,
  http2Origin: FLAG,
  matchSNItoHost: FLAG,
  httpHostHeader: TEXT,
  disableChunkedEncoding: FLAG,
  noHappyEyeballs: FLAG,
  keepAliveConnections: { fits: (value) => isWhole(value, 0, 1_000_000), allowed: "a whole number" },
  connectTimeout: SECONDS,
  tlsTimeout: SECONDS,
  tcpKeepAlive: SECONDS,
  keepAliveTimeout: SECONDS,
  access: {
    fits: isAccess,
    allowed: "{required, teamName, audTag}: the team's name without a dot, and at least one audience tag",
  },
  proxyType: { fits: (value) => value === "" || value === "socks", allowed: '"" or "socks"' },
  bastionMode: FLAG,
  proxyAddress: TEXT,
  proxyPort: { fits: (value) => isWhole(value, 0, 65_535), allowed: "a port" },
  ipRules: {
    fits: (value) => Array.isArray(value) && value.every(isIpRule),
    allowed: "a list of {prefix, ports, allow}, with a network such as 10.0.0.0/8 and ports from 1 to 65535",
  },
};

/** What cloudflared or the API would refuse of a rule's settings, or pass over. */
export function originRequestFaults(origin: OriginRequest | undefined): string[] {
  if (origin === undefined) return [];
  // A run checks no types.
  if (!isObject(origin)) return ["is no mapping"];
  return Object.entries(origin).flatMap(([key, value]: [string, unknown]) => {
    if (value === undefined) return [];
    const kind = (KINDS as Readonly<Record<string, Kind>>)[key];
    if (kind === undefined) {
      const hint = didYouMean(key, Object.keys(KINDS));
      return `${key} is nothing that cloudflared knows${hint === undefined ? "" : `. ${hint}`}`;
    }
    if (kind.fits(value)) return [];
    const takes = DURATIONS.includes(key) ? "the API takes" : "allowed:";
    return `${key} is ${JSON.stringify(value)}: ${takes} ${kind.allowed}`;
  });
}

function isAccess(value: unknown): boolean {
  if (!hasOnly(value, ["required", "teamName", "audTag"])) return false;
  const { required, teamName, audTag } = value;
  const tagged = Array.isArray(audTag) && audTag.length > 0 && audTag.every(isText);
  const flagged = required === undefined || typeof required === "boolean";
  return flagged && tagged && isText(teamName) && !teamName.includes(".");
}

function isIpRule(value: unknown): boolean {
  if (!hasOnly(value, ["prefix", "ports", "allow"])) return false;
  const { prefix, ports = [], allow = false } = value;
  const isPort = (port: unknown) => isWhole(port, 1, 65_535);
  return (
    isText(prefix) &&
    networkOf(prefix) !== undefined &&
    Array.isArray(ports) &&
    ports.every(isPort) &&
    typeof allow === "boolean"
  );
}

function hasOnly(value: unknown, keys: readonly string[]): value is Readonly<Record<string, unknown>> {
  return isObject(value) && Object.keys(value).every((key) => keys.includes(key));
}
