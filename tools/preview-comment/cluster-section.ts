import type { Change } from "./danger/change";
import type { Proposed } from "./findings";
import { count, fenced, folded } from "./markdown";
import { IMPORTANCE, section, type Section } from "./section";

/** Objects that are listed unfolded. */
const OPEN = 30;

/** What Flux would do in the cluster, object by object, what it prunes first. Pure. */
export function clusterSection(proposed: readonly Proposed[], change: Change): Section | undefined {
  const forecasts = proposed.flatMap(({ forecast }) => forecast ?? []);
  const all = (which: "create" | "change" | "takeOver"): string[] => forecasts.flatMap((one) => one[which]);
  const taken = new Set(all("takeOver").map((name) => name.replace(/ \(of .*/, "")));
  const pruned = [...change.pruned].map(
    ([name, owner]) => `- PRUNE  ${name}${owner === undefined ? "" : ` (with ${owner})`}`,
  );
  const lines = [
    ...pruned,
    ...all("takeOver").map((name) => `! take over ${name}`),
    ...all("change")
      .filter((name) => !taken.has(name))
      .map((name) => `! change ${name}`),
    ...all("create")
      .filter((name) => !taken.has(name))
      .map((name) => `+ create ${name}`),
  ];
  if (lines.length === 0) return undefined;
  const asked = forecasts.every((one) => one.asked || one.objects.length === 0)
    ? "as the cluster is now"
    : "by the files; the cluster wasn't asked";
  const red = pruned.length === 0 ? "" : `, <b>${String(pruned.length)} pruned</b>`;
  const title = `What Flux would do, ${asked}: ${count(lines.length, "object")}${red}`;
  const block = folded(
    title,
    fenced("diff", lines.map((line) => line.replaceAll(/\s*\n\s*/g, " ")).join("\n")),
    lines.length <= OPEN,
  );
  return section(IMPORTANCE.cluster, { blocks: [block] }, () => `${title}.`);
}
