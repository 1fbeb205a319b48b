/** Before the digits of a number that JavaScript would round: a character that nobody has a meaning for. */
const MARK = "\u{10FFFD}";
const TEXT_OR_NUMBER = /"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;
const MARKED = new RegExp(`"${MARK}(-?\\d[\\d.eE+-]*)"`, "gu");

/** As `JSON.parse`, but that numbers which JavaScript would round are kept as texts that only {@link exactJson} reads. */
export function parseExactly(json: string): unknown {
  const rounded = (token: string): boolean =>
    !token.startsWith('"') && (token.length > 15 || /e/i.test(token)) && String(Number(token)) !== token;
  const plain: unknown = JSON.parse(json);
  const exact = json.replace(TEXT_OR_NUMBER, (token) => (rounded(token) ? `"${MARK}${token}"` : token));
  return exact === json ? plain : JSON.parse(exact);
}

/** As `JSON.stringify`, with the numbers of {@link parseExactly} digit by digit. */
export function exactJson(value: unknown): string {
  return JSON.stringify(value).replace(MARKED, "$1");
}
