import type { ImageChange } from "./images";
import { cell, fixed, prose } from "./markdown";
import { IMPORTANCE, section, type Section } from "./section";

const NAMED = 3;

/** Images and charts that become others, as a table. Pure. */
export function imageSection(stack: string, images: readonly ImageChange[]): Section | undefined {
  if (images.length === 0) return undefined;
  const one = (image: string | undefined): string => (image === undefined ? "–" : cell(image));
  const rows = images.map(({ before, after, where }) => {
    const more = where.length > NAMED ? ` and ${String(where.length - NAMED)} more` : "";
    return `| ${one(before)} | ${one(after)} | ${where.slice(0, NAMED).map(cell).join(", ")}${more} |`;
  });
  const table = [
    `**${prose(stack)}: images**`,
    "",
    "| image now | then | where |",
    "|---|---|---|",
    ...rows,
  ].join("\n");
  return section(
    IMPORTANCE.images,
    { blocks: [fixed(table)] },
    () => `${String(images.length)} images change: the table is left out here.`,
  );
}
