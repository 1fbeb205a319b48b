/** A code span that shows the text as it is, whatever backticks it has, and pings nobody. */
export function code(text: string): string {
  const plain = text.replace(/\s+/g, " ").trim();
  const longest = Math.max(0, ...Array.from(plain.matchAll(/`+/g), ([run]) => run.length));
  const fence = "`".repeat(longest + 1);
  return longest === 0 ? `${fence}${plain}${fence}` : `${fence} ${plain} ${fence}`;
}

/** The same in a cell of a table. */
export function cell(text: string): string {
  return code(text).replaceAll("|", "\\|");
}

/** Text within HTML, such as a folded block's title. */
export function html(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

/** A piece whose middle may be left out. */
export interface Block {
  readonly before: string;
  readonly body: string;
  readonly after: string;
}

/** A code block whose fence is longer than any in the text, so that the text can't end it. */
export function fenced(language: string, body: string): Block {
  const longest = Math.max(2, ...Array.from(body.matchAll(/`+/g), ([run]) => run.length));
  const fence = "`".repeat(longest + 1);
  return { before: `${fence}${language}\n`, body, after: `\n${fence}` };
}

export function folded(title: string, { before, body, after }: Block, open = false): Block {
  const start = `<details${open ? " open" : ""}><summary>${title}</summary>\n\n`;
  return { before: `${start}${before}`, body, after: `${after}\n\n</details>` };
}

/** A piece that stays as it is. */
export function fixed(text: string): Block {
  return { before: text, body: "", after: "" };
}

export const textOf = ({ before, body, after }: Block): string => `${before}${body}${after}`;

/** `1 file`, `2 files`. */
export function count(number: number, one: string, many = `${one}s`): string {
  return `${number.toLocaleString("en-US")} ${number === 1 ? one : many}`;
}

/** The first names, and how many more there are. */
export function several(names: readonly string[], most: number): string {
  const more = names.length - most;
  return `${names.slice(0, most).map(code).join(", ")}${more > 0 ? ` and ${String(more)} more` : ""}`;
}
