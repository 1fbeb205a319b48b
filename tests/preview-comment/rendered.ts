/** What a reader sees of a comment, as GitHub's Markdown is rendered. */
import { marked } from "marked";
import { type DefaultTreeAdapterTypes, parseFragment } from "parse5";

type Node = DefaultTreeAdapterTypes.Node;

export interface Element {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly text: string;
}

/** All elements of a page, in order. */
export function elementsOf(html: string): Element[] {
  return descendants(parseFragment(html)).flatMap((node) =>
    "tagName" in node
      ? [
          {
            name: node.tagName,
            attributes: Object.fromEntries(node.attrs.map(({ name, value }) => [name, value])),
            text: textOf(node),
          },
        ]
      : [],
  );
}

export const rendered = (markdown: string): string => marked.parse(markdown, { async: false, gfm: true });

/** What stands outside of code: where hosts look for names to call, numbers to link and markup. */
export function running(markdown: string): string {
  const inCode = (node: Node): boolean => "tagName" in node && /^(code|pre)$/.test(node.tagName);
  return textOf(parseFragment(rendered(markdown)), inCode);
}

function descendants(node: Node): Node[] {
  return [node, ...("childNodes" in node ? node.childNodes.flatMap(descendants) : [])];
}

function textOf(node: Node, without: (node: Node) => boolean = () => false): string {
  if (without(node)) return "";
  if (node.nodeName === "#text") return (node as DefaultTreeAdapterTypes.TextNode).value;
  return "childNodes" in node ? node.childNodes.map((one) => textOf(one, without)).join("") : "";
}
