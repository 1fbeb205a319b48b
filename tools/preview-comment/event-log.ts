import { z } from "zod";
import { state } from "./step";

/** What we use of the engine's events (sdk/go/common/apitype, EngineEvent), one a line of `--event-log`. */
const event = z.object({
  diagnosticEvent: z
    .object({
      urn: z.string().optional(),
      message: z.string(),
      severity: z.string(),
      ephemeral: z.boolean().optional(),
    })
    .optional(),
  policyEvent: z
    .object({
      resourceUrn: z.string().optional(),
      message: z.string(),
      policyName: z.string(),
      policyPackName: z.string(),
      enforcementLevel: z.string(),
    })
    .optional(),
  summaryEvent: z.object({ resourceChanges: z.record(z.string(), z.number()).nullish() }).optional(),
  resourcePreEvent: z
    .object({
      metadata: z.object({
        op: z.string(),
        urn: z.string(),
        old: state.nullish(),
        new: state.nullish(),
        keys: z.array(z.string()).nullish(),
        detailedDiff: z.record(z.string(), z.unknown()).nullish(),
      }),
    })
    .optional(),
});

/** Brings the engine's event log into the shape of `pulumi preview --json`; undefined when it is none. Pure. */
export function fromEventLog(text: string): object | undefined {
  const events = eventsIn(text);
  if (events.length === 0) return undefined;
  return {
    steps: events.flatMap(({ resourcePreEvent }) => {
      if (resourcePreEvent === undefined) return [];
      const { op, urn, old, new: now, keys, detailedDiff } = resourcePreEvent.metadata;
      return [{ op, urn, oldState: shown(old), newState: shown(now), replaceReasons: keys, detailedDiff }];
    }),
    diagnostics: [
      ...events.flatMap(({ diagnosticEvent: one }) =>
        one === undefined || one.ephemeral === true ? [] : [{ ...one, message: uncoloured(one.message) }],
      ),
      ...events.flatMap(violation),
    ],
    changeSummary: events.find(({ summaryEvent }) => summaryEvent !== undefined)?.summaryEvent
      ?.resourceChanges,
  };
}

/** What the policies of the organization or of a pack say, as diagnostics: a document of `--json` leaves it out. Pure. */
export function violations(text: string): Diagnostic[] {
  return eventsIn(text).flatMap(violation);
}

function violation({ policyEvent: one }: z.output<typeof event>): Diagnostic[] {
  if (one === undefined) return [];
  const { policyName, policyPackName, enforcementLevel, resourceUrn: urn } = one;
  // Only a mandatory policy stops `up`.
  const severity = enforcementLevel === "mandatory" ? "error" : "warning";
  const message = `${policyName} of ${policyPackName} (${enforcementLevel}): ${uncoloured(one.message).trim()}`;
  return [{ severity, message, ...(urn !== undefined && { urn }) }];
}

interface Diagnostic {
  readonly severity: string;
  readonly message: string;
  readonly urn?: string;
}

function eventsIn(text: string): z.output<typeof event>[] {
  const lines = text.split("\n").filter((line) => line.trim() !== "");
  return lines.flatMap((line) => {
    try {
      return [event.parse(JSON.parse(line))];
    } catch {
      // The last line of a run that was killed.
      return [];
    }
  });
}

/** The log has secrets as the engine's marks around a `[secret]` or their ciphertext. */
function shown(value: z.output<typeof state> | null | undefined) {
  return value ? { ...value, inputs: unmarked(value.inputs ?? {}) } : undefined;
}

const SIGNATURE = "4dabf18193072939515e22adb298388d";

function unmarked(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(unmarked);
  if (value === null || typeof value !== "object") return value;
  if (SIGNATURE in value) return "[secret]";
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, unmarked(inner)]));
}

/** Without the engine's own marks of colours, `<{%fg 1%}>`. */
function uncoloured(text: string): string {
  return text.replace(/<\{%[^%]*%\}>/g, "");
}
