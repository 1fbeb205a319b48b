import { sweepApplication } from "./access-applications";
import { sweepingMark } from "./sweeping-mark";

/** Handler of `handoff:cloudflare:AccessMark`. */
export const accessMarkHandler = sweepingMark(
  ({ accountId, domain }) => [String(accountId), String(domain).toLowerCase()],
  sweepApplication,
);
