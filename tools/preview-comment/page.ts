import { createRequire } from "node:module";
import { Marked } from "marked";
import { comment, type CommentOptions } from "./comment";
import { html } from "./markdown";
import type { StackPreview } from "./preview";
import { STYLE } from "./page-style";

interface Highlighter {
  registerLanguage(name: string, language: unknown): void;
  highlight(text: string, options: { language: string; ignoreIllegals: boolean }): { readonly value: string };
}

// Its own types bring a browser's into the whole program, which contradict those of Node.
const load = createRequire(__filename);
const hljs = load("highlight.js/lib/core") as Highlighter;
hljs.registerLanguage("json", load("highlight.js/lib/languages/json"));
hljs.registerLanguage("yaml", load("highlight.js/lib/languages/yaml"));

/**
 * The comment as one page: nothing is left out, nothing is asked of the network, and no script runs. Diffs have the
 * colours of their files' language. Pure.
 */
export function page(previews: readonly StackPreview[], options: CommentOptions = {}): string {
  const markdown = comment(previews, { ...options, limit: Number.MAX_SAFE_INTEGER, drawing: false });
  const title = ["Pulumi preview", previews.map(({ stack }) => stack).join(", ")]
    .filter(Boolean)
    .join(" of ");
  const marked = new Marked({
    gfm: true,
    renderer: {
      code: ({ text, lang }) =>
        `<pre><code>${lang === "diff" ? coloured(text) : html(text, "\n")}</code></pre>\n`,
    },
  });
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="color-scheme" content="light dark">
<title>${html(title)}</title>
<style>${STYLE}</style>
</head>
<body>
<main>
${tables(marked.parse(markdown, { async: false }))}</main>
</body>
</html>
`;
}

/** Wide tables scroll by themselves, not the page. */
function tables(body: string): string {
  return body.replaceAll("<table>", '<div class="wide"><table>').replaceAll("</table>", "</table></div>");
}

const MARKS: Readonly<Record<string, string>> = {
  "+": "add",
  "-": "del",
  "!": "mod",
  "@": "at",
  "#": "note",
  "\\": "note",
};

/** Lines of a diff, each with its mark and in the colours of its file's language. */
function coloured(text: string): string {
  const lines = text.split("\n");
  let language: string | undefined;
  return lines
    .map((line, index) => {
      // A line of a file may begin so, too: two of them begin a file's diff.
      const head = isHead(lines, index);
      if (head) language = languageOf(line) ?? language;
      const kind = head ? "head" : (MARKS[line.slice(0, 1)] ?? "same");
      const plain = language === undefined || /^(head|at|note)$/.test(kind);
      const content = plain
        ? html(line.slice(1), "\n")
        : hljs.highlight(line.slice(1), { language: language ?? "yaml", ignoreIllegals: true }).value;
      return `<span class="${kind}">${html(line.slice(0, 1), "\n")}${content}</span>`;
    })
    .join("");
}

function isHead(lines: readonly string[], index: number): boolean {
  const [first, second] = lines[index]?.startsWith("+++ ") === true ? [index - 1, index] : [index, index + 1];
  return (
    /^--- /.test(lines[first] ?? "") &&
    /^\+\+\+ /.test(lines[second] ?? "") &&
    /^@@ /.test(lines[second + 1] ?? "")
  );
}

function languageOf(head: string): string | undefined {
  return /\.ya?ml(\t|$)/.test(head) ? "yaml" : /\.json(\t|$)/.test(head) ? "json" : undefined;
}
