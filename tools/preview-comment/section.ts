import { type Block, textOf } from "./markdown";
import { allot, shorten } from "./shorten";

/** A part of the comment. */
export interface Section {
  /** The least important goes first when there is too much. */
  readonly importance: number;
  readonly whole: string;
  /** What fits into so many characters, down to nothing. */
  fit(max: number): string;
}

/** How much a section matters to a decision. */
export const IMPORTANCE = {
  resources: 1,
  order: 2,
  notes: 3,
  files: 4,
  cluster: 5,
  images: 6,
  dangers: 7,
  faults: 8,
};

/** So much of a block is worth its frame. */
const WORTH = 160;

/**
 * A section of blocks between two texts. Short blocks stay whole, the long ones are shortened in the middle; where even
 * that is too much, the last blocks go, and `rest` says what they were.
 */
export function section(
  importance: number,
  parts: { readonly before?: string; readonly blocks: readonly Block[]; readonly after?: string },
  rest: (left: readonly number[]) => string,
): Section {
  const { before = "", blocks, after = "" } = parts;
  const all = (pieces: readonly string[]): string =>
    [before, ...pieces, after].filter((piece) => piece !== "").join("\n\n");
  return {
    importance,
    whole: all(blocks.map(textOf)),
    fit(max) {
      const indices = blocks.map((_, index) => index);
      for (let kept = blocks.length; kept >= 0; kept = kept > 8 ? Math.floor(kept * 0.75) : kept - 1) {
        const shown = blocks.slice(0, kept);
        const left = kept < blocks.length ? [rest(indices.slice(kept))] : [];
        const frame = all([...shown.map((block) => textOf({ ...block, body: "" })), ...left]).length;
        const room = max - frame;
        const least = shown.reduce((sum, { body }) => sum + Math.min(WORTH, body.length), 0);
        if (room < least) continue;
        const allowed = allot(
          shown.map(({ body }) => body.length),
          room,
        );
        const pieces = shown.map((block, index) =>
          textOf({ ...block, body: shorten(block.body, allowed[index] ?? 0) }),
        );
        return all([...pieces, ...left]);
      }
      return "";
    },
  };
}

/** One that is shown as a whole, or by a line that says what is missing. */
export function indivisible(importance: number, whole: string, instead: string): Section {
  return { importance, whole, fit: (max) => [whole, instead].find((one) => one.length <= max) ?? "" };
}

/** Sections that fit: the least important are shortened first, and the longest of equals. */
export function fitted(
  sections: readonly Section[],
  max: number,
): { readonly texts: string[]; readonly cut: boolean } {
  const texts = sections.map(({ whole }) => whole);
  const size = (): number => texts.reduce((sum, one) => sum + one.length + 2, 0);
  const order = sections
    .map((one, index) => ({ one, index }))
    .sort((a, b) => a.one.importance - b.one.importance || b.one.whole.length - a.one.whole.length);
  for (const { one, index } of order) {
    const excess = size() - max;
    if (excess > 0) texts[index] = one.fit(Math.max(0, one.whole.length - excess));
  }
  return { texts, cut: texts.some((text, at) => text !== sections[at]?.whole) };
}
