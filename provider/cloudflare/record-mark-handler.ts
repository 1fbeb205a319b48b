import { sweepRecord } from "./record-orphans";
import { sweepingMark } from "./sweeping-mark";

/** Handler of `handoff:cloudflare:RecordMark`. */
export const recordMarkHandler = sweepingMark(
  ({ zoneId, name, type }) => [String(zoneId), String(name).toLowerCase(), String(type)],
  sweepRecord,
);
