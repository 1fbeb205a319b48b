import { withoutCredentials } from "../../provider/http/credentials";
import { visible } from "../preview-comment/visible";

/** Markup. Only `html` makes it, so that no text of others can be taken for it. */
export class Html {
  constructor(readonly markup: string) {}
}

export type HtmlValue = Html | string | number | undefined | readonly HtmlValue[];

/** Markup with values in it: texts are escaped, lists are put one after the other, `undefined` is nothing. */
export function html(parts: TemplateStringsArray, ...values: readonly HtmlValue[]): Html {
  return new Html(String.raw({ raw: parts }, ...values.map(markupOf)));
}

function markupOf(value: HtmlValue): string {
  if (value instanceof Html) return value.markup;
  if (value === undefined) return "";
  if (typeof value === "string" || typeof value === "number") return escaped(String(value));
  return value.map(markupOf).join("");
}

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

function escaped(text: string): string {
  return withoutCredentials(visible(text)).replace(/[&<>"']/g, (one) => ENTITIES[one] ?? one);
}
