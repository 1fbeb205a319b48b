/** "Did you mean …?", when a candidate is close enough to be meant. */
export function didYouMean(word: string, candidates: Iterable<string>): string | undefined {
  const meant = nearest(word, candidates);
  return meant === undefined ? undefined : `Did you mean ${meant}?`;
}

/** The first of the candidates that are closest to a word, when a third of it at most is written otherwise. */
export function nearest(word: string, candidates: Iterable<string>): string | undefined {
  let found: { readonly candidate: string; readonly letters: number } | undefined;
  for (const candidate of candidates) {
    const letters = distance(word.toLowerCase(), candidate.toLowerCase());
    if (letters > Math.max(1, Math.floor(candidate.length / 3))) continue;
    if (found === undefined || letters < found.letters) found = { candidate, letters };
  }
  return found?.candidate;
}

/** Levenshtein's distance: how many letters to add, drop or change. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (const [i, letter] of Array.from(a).entries()) {
    const next = [i + 1];
    for (const [j, other] of Array.from(b).entries()) {
      const change = (row[j] ?? 0) + (letter === other ? 0 : 1);
      next.push(Math.min(change, (row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1));
    }
    row = next;
  }
  return row.at(-1) ?? 0;
}
