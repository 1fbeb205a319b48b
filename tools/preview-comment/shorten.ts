/** Characters that each text may have so that all fit: short ones stay whole, the long ones share what is left. */
export function allot(lengths: readonly number[], total: number): number[] {
  const allowed = lengths.map(() => 0);
  let left = Math.max(0, total);
  const ascending = lengths.map((length, index) => ({ length, index })).sort((a, b) => a.length - b.length);
  ascending.forEach(({ length, index }, done) => {
    const share = Math.min(length, Math.floor(left / (ascending.length - done)));
    allowed[index] = share;
    left -= share;
  });
  return allowed;
}

/** The text, or its beginning and end around a line that says what was left out: at most `max` characters. */
export function shorten(text: string, max: number): string {
  if (text.length <= max) return text;
  // A line that is the whole text, as an answer of others may be, is told by its beginning and end.
  const all = text.split("\n").map((line) => inside(line, Math.max(LINE, Math.floor(max / 4))));
  const shorter = all.join("\n");
  if (shorter.length <= max) return shorter;
  const note = (lines: number): string =>
    `# … ${String(lines)} of ${String(all.length)} lines are left out here …`;
  const room = max - note(all.length).length - 2;
  if (room <= 0) return note(all.length).slice(0, Math.max(0, max));
  const head = fitting(all, Math.ceil(room / 2));
  const tail = fitting(all.slice(head.length).reverse(), room - size(head)).reverse();
  return [...head, note(all.length - head.length - tail.length), ...tail].join("\n");
}

/** So much of a long line is left at least. */
const LINE = 400;

/** A line without its middle, where it has more than so many characters. */
function inside(line: string, max: number): string {
  if (line.length <= max) return line;
  const half = Math.floor(max / 2) - 20;
  const left = line.length - 2 * half;
  return `${wholeCharacters(line.slice(0, half))}… ${left.toLocaleString("en-US")} characters …${wholeCharacters(line.slice(-half))}`;
}

/** A piece that was cut out of a text, without the halves of characters at its ends. */
export function wholeCharacters(piece: string): string {
  return piece.replace(/^[\udc00-\udfff]|[\ud800-\udbff]$/g, "");
}

/** As many of the first lines as `max` characters hold, each with its line end. */
function fitting(lines: readonly string[], max: number): string[] {
  let used = 0;
  const count = lines.findIndex((line) => (used += line.length + 1) > max);
  return lines.slice(0, count === -1 ? lines.length : count);
}

const size = (lines: readonly string[]): number => lines.reduce((sum, line) => sum + line.length + 1, 0);
