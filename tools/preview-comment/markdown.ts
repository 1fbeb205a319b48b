import { visible } from "./visible";

/** A code span that shows the text as it is, whatever backticks it has, and pings nobody. */
export function code(text: string): string {
  const plain = visible(text.replace(/\s+/g, " ").trim()) || " ";
  const longest = Math.max(0, ...Array.from(plain.matchAll(/`+/g), ([run]) => run.length));
  const fence = "`".repeat(longest + 1);
  return longest === 0 ? `${fence}${plain}${fence}` : `${fence} ${plain} ${fence}`;
}

/** The same in a cell of a table. */
export function cell(text: string): string {
  return code(text).replaceAll("|", "\\|");
}

/** Text within HTML, such as a folded block's title, on one line or with its own ones. */
export function html(text: string, lineEnd = " "): string {
  return visible(text.replace(/\r?\n/g, lineEnd))
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;");
}

/**
 * A sentence of ours with words of others in it, such as a host's name: code spans stay, and nothing else is markup,
 * calls somebody (`@team`) or refers to an issue (`#12`), which would leave a line there.
 */
export function prose(text: string): string {
  return visible(text)
    .split(/(`[^`\n]+`)/)
    .map((piece, index) =>
      index % 2 === 1
        ? piece
        : piece
            .replaceAll("&", "&amp;")
            .replaceAll("<", "&lt;")
            .replaceAll(">", "&gt;")
            .replace(/[\\*_[\]|~`]/g, "\\$&")
            .replace(/([@#!])(?=\w)/g, `$1${JOINER}`)
            .replace(/\bGH-(?=\d)/gi, `$&${JOINER}`),
    )
    .join("");
}

/** Is not seen, breaks no line, and ends what hosts take for a name or a number. */
const JOINER = "\u2060";

/** A piece whose middle may be left out. */
export interface Block {
  readonly before: string;
  readonly body: string;
  readonly after: string;
}

/** A code block whose fence is longer than any in the text, so that the text can't end it. */
export function fenced(language: string, text: string): Block {
  const body = visible(text);
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
