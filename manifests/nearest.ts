import { distance } from "fastest-levenshtein";

/** "Did you mean …?", when a candidate is close enough to be meant. */
export function didYouMean(word: string, candidates: Iterable<string>): string | undefined {
  const meant = nearest(word, candidates);
  return meant === undefined ? undefined : `Did you mean ${meant}?`;
}

/** The first of the candidates that are closest to a word, when a third of its letters at most are added, dropped or changed. */
export function nearest(word: string, candidates: Iterable<string>): string | undefined {
  let found: { readonly candidate: string; readonly letters: number } | undefined;
  for (const candidate of candidates) {
    const letters = distance(word.toLowerCase(), candidate.toLowerCase());
    if (letters > Math.max(1, Math.floor(candidate.length / 3))) continue;
    if (found === undefined || letters < found.letters) found = { candidate, letters };
  }
  return found?.candidate;
}
