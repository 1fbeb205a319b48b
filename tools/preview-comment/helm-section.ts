import { stringify } from "yaml";
import { part } from "./danger/change";
import { fileDiff } from "./file-diff";
import type { Proposed } from "./findings";
import type { RenderedRelease } from "./helm/release";
import { type Block, count, fenced, folded, html } from "./markdown";
import { IMPORTANCE, section, type Section } from "./section";

/** What changed releases of Helm would do, release by release; of those that aren't rendered the values. Pure. */
export function helmSection(
  releases: readonly RenderedRelease[],
  proposed: readonly Proposed[],
): Section | undefined {
  if (releases.length === 0) return undefined;
  const blocks = releases.map((one) =>
    one.objects === undefined ? byValues(one, proposed) : byObjects(one),
  );
  return section(IMPORTANCE.cluster, { blocks }, (left) => `${count(left.length, "more HelmRelease")}.`);
}

function byObjects({ name, charts, objects = [] }: RenderedRelease): Block {
  const word = { add: "+ create ", change: "! change ", remove: "- PRUNE  " };
  const lines = objects.map((one) => {
    const op = one.before === undefined ? "add" : one.after === undefined ? "remove" : "change";
    return { op, line: `${word[op]}${one.name}` };
  });
  const ordered = (["remove", "change", "add"] as const).flatMap((op) =>
    lines.filter((one) => one.op === op).map(({ line }) => line),
  );
  const title = `${html(name)}, rendered with ${html(charts.join(" → "))}: `;
  return ordered.length === 0
    ? folded(`${title}the same objects`, fenced("", "The chart makes the same of it as before."))
    : folded(`${title}${count(ordered.length, "object")}`, fenced("diff", ordered.join("\n")));
}

function byValues({ name, reason = "" }: RenderedRelease, proposed: readonly Proposed[]): Block {
  const release = proposed
    .flatMap(({ forecast }) => forecast?.objects ?? [])
    .find((one) => one.name === name);
  const values = (side: object | undefined): string | undefined => {
    const found = part(side, "spec", "values");
    return found === undefined ? undefined : stringify(found, { lineWidth: 0 });
  };
  const { lines } = fileDiff("values", values(release?.before), values(release?.after));
  const shown = lines.length === 0 ? "Its values stay." : lines.join("\n");
  return folded(
    `${html(name)} isn't rendered: ${html(reason.replaceAll("`", ""))}. Its values`,
    fenced("diff", shown),
  );
}
