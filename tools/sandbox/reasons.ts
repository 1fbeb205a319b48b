import { existsSync, readFileSync } from "node:fs";

interface EngineEvent {
  readonly diagnosticEvent?: { readonly message: string; readonly severity: string; readonly urn?: string };
}

/** What a failed `pulumi up` said, from the engine's event log: each error once, by the resource that it is about. */
export function reasons(eventLog: string): string[] {
  if (!existsSync(eventLog)) return [];
  const lines = readFileSync(eventLog, "utf8")
    .split("\n")
    .filter((line) => line !== "");
  const errors = lines.flatMap((line) => {
    const { diagnosticEvent: said } = parsed(line);
    const message = said?.severity === "error" ? plain(said.message) : "";
    // The engine's own last word, that there were errors, tells nothing.
    if (said === undefined || message === "" || message === "update failed" || message === "preview failed")
      return [];
    const name = said.urn?.split("::").at(-1);
    return [name === undefined || name === "" ? message : `${name}: ${message}`];
  });
  return [...new Set(errors)];
}

/** The last line of a killed run may be half. */
function parsed(line: string): EngineEvent {
  try {
    return JSON.parse(line) as EngineEvent;
  } catch {
    return {};
  }
}

/** Without the engine's colours: `<{%fg 1%}>error: <{%reset%}>no`. */
function plain(message: string): string {
  return message
    .replace(/<\{%.*?%\}>/g, "")
    .replace(/^error: /, "")
    .trim();
}
