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
  const all = text.split("\n");
  const note = (lines: number): string =>
    `# … ${String(lines)} of ${String(all.length)} lines are left out here …`;
  const room = max - note(all.length).length - 2;
  if (room <= 0) return note(all.length).slice(0, Math.max(0, max));
  const head = fitting(all, Math.ceil(room / 2));
  const tail = fitting(all.slice(head.length).reverse(), room - size(head)).reverse();
  return [...head, note(all.length - head.length - tail.length), ...tail].join("\n");
}

/** As many of the first lines as `max` characters hold, each with its line end. */
function fitting(lines: readonly string[], max: number): string[] {
  let used = 0;
  const count = lines.findIndex((line) => (used += line.length + 1) > max);
  return lines.slice(0, count === -1 ? lines.length : count);
}

const size = (lines: readonly string[]): number => lines.reduce((sum, line) => sum + line.length + 1, 0);
