/**
 * Controls, marks of direction and of width zero, halves of characters: what isn't seen, or makes a line read as another
 * one. Some hosts refuse a comment that has one.
 */
const UNSEEN =
  /[^\P{Cc}\t\n]|[\u00ad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff]|[\u{e0000}-\u{e007f}]|\p{Cs}/gu;

/** The text with all of that in sight, as `‹U+202E›`. */
export function visible(text: string): string {
  return text.replace(
    UNSEEN,
    (one) => `‹U+${(one.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0")}›`,
  );
}

/** True for what is no text. */
export const isBinary = (text: string): boolean => text.includes("\u0000");
