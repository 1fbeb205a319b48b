import { UserError } from "../plugin/handler";
import { isUnseen } from "./answer";
import { type MarkedRecord, sweepRecord } from "./record-orphans";
import { sweepingMark } from "./sweeping-mark";

/** Handler of `handoff:cloudflare:RecordMark`. */
export const recordMarkHandler = sweepingMark(
  ({ zoneId, name, type }) => [String(zoneId), String(name).toLowerCase(), String(type)],
  sweepRecord,
  explain,
);

/** What is in a zone that the token doesn't see isn't known: it is forgotten by the user's word alone. */
function explain(error: unknown, urn: string, { name, type, comment }: MarkedRecord): never {
  if (!isUnseen(error)) throw error;
  throw new UserError(
    [
      `whether a killed run left a ${type} record of ${name} can't be looked at: ${error.message}`,
      '→ If its zone is still yours, give the token "Zone / DNS / Edit" of it, and run the same command again.',
      `→ If the zone has moved to another account, or is gone, run this, and the same command again; a record with the comment ${JSON.stringify(comment ?? "")} there is left to whoever has the zone:`,
      `  pulumi state delete '${urn}' --yes`,
    ].join("\n"),
  );
}
