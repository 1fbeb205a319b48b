import { styleText } from "node:util";

/** How something is, as a sign at the head of its line. */
export type Level = "ok" | "warn" | "fail" | "wait" | "off";

const SIGNS = { ok: "✔", warn: "⚠", fail: "✗", wait: "…", off: "‖" } as const;
const COLOURS = { ok: "green", warn: "yellow", fail: "red", wait: "cyan", off: "gray" } as const;

type Style = Parameters<typeof styleText>[0];

/** Writes words in a style, or plainly. */
export type Paint = (style: Style, text: string) => string;

export const plainly: Paint = (_style, text) => text;

/** In colours where the terminal has them, and NO_COLOR doesn't ask for none (https://nodejs.org/api/tty.html). */
export function paintFor(stream: NodeJS.WriteStream): Paint {
  return stream.isTTY && stream.hasColors() ? styleText : plainly;
}

export function mark(level: Level, paint: Paint): string {
  return paint(COLOURS[level], SIGNS[level]);
}
