/** How a page calls itself, or how a text begins. */
export function pageWords(text: string): string {
  const title = /<title[^>]*>([^<]*)/i.exec(text)?.[1] ?? text.replace(/<[^>]*>/g, " ");
  const words = title.replace(/\s+/g, " ").trim().slice(0, 100);
  return words === "" ? "" : `, a page in place of an answer: ${words}`;
}
