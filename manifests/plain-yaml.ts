/** A text that stands as it is, if no reader takes it for something else; `...` would end the document. */
const WORD = /^(?!\.\.\.)[\w./][-\w./@:]*(?<!:)$/;

/**
 * The text of a map of words, whole numbers and truth values, as the library writes it, in a tenth of the time: most
 * objects of a hand-off of thousands are such.
 * @param isAmbiguous whether readers may take a word for something else
 * @returns undefined when it takes more than that, such as quotes: then it's for the library
 */
export function plainYaml(map: object, isAmbiguous: (word: string) => boolean): string | undefined {
  const text = block(map, "", (word) => WORD.test(word) && !isAmbiguous(word));
  return text === undefined ? undefined : `${text}\n`;
}

/** The lines of a map or list with entries; where the first stands is indented already. */
function block(value: object, indent: string, isWord: (text: string) => boolean): string | undefined {
  if (!isData(value)) return undefined;
  const lines: string[] = [];
  if (Array.isArray(value)) {
    for (const entry of value as unknown[]) {
      const text = isFilled(entry) ? block(entry, `${indent}  `, isWord) : leaf(entry, isWord);
      if (text === undefined) return undefined;
      lines.push(`- ${text}`);
    }
    return lines.join(`\n${indent}`);
  }
  for (const [key, entry] of Object.entries(value) as [string, unknown][]) {
    if (entry === undefined) continue;
    if (!isWord(key)) return undefined;
    const inner = Array.isArray(entry) ? indent : `${indent}  `;
    const text = isFilled(entry) ? block(entry, inner, isWord) : leaf(entry, isWord);
    if (text === undefined) return undefined;
    lines.push(isFilled(entry) ? `${key}:\n${inner}${text}` : `${key}: ${text}`);
  }
  // With fields that are left out alone it is an empty one.
  return lines.length === 0 ? undefined : lines.join(`\n${indent}`);
}

/** True for a map or list that isn't written in one line, as empty ones are. */
function isFilled(value: unknown): value is object {
  return value !== null && typeof value === "object" && Object.keys(value).length > 0;
}

function leaf(value: unknown, isWord: (text: string) => boolean): string | undefined {
  if (typeof value === "string") return isWord(value) ? value : undefined;
  if (value === null) return "null";
  if (typeof value === "boolean") return String(value);
  if (typeof value === "number")
    return Number.isSafeInteger(value) && !Object.is(value, -0) ? String(value) : undefined;
  if (Array.isArray(value)) return "[]";
  return isData(value) ? "{}" : undefined;
}

/** True for lists and literals, of which nothing else than their entries is to be written. */
function isData(value: unknown): boolean {
  if (Array.isArray(value)) return true;
  if (value === null || typeof value !== "object" || "toJSON" in value) return false;
  return [Object.prototype, null].includes(Object.getPrototypeOf(value) as object | null);
}
