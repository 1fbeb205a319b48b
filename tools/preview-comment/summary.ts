import type { Change } from "./danger/change";
import type { Danger } from "./danger/lint";
import { isCommit } from "./findings";
import type { ImageChange } from "./images";
import { code, count, prose } from "./markdown";
import type { StackPreview } from "./preview";

/** One stack with what was made of its preview. */
export interface StackReport {
  readonly preview: StackPreview;
  readonly change: Change;
  readonly images: readonly ImageChange[];
  readonly dangers: readonly Danger[];
}

/** True for a stack that an `up` would leave as it is. */
export function isUnchanged({ errors, steps, proposed }: StackPreview): boolean {
  return (
    errors.length === 0 &&
    proposed.every(({ files }) => files.length === 0) &&
    steps.every(({ op }) => op === "same")
  );
}

/** A line for each stack that fails, then for each that changes, and one for all others. Pure. */
export function summaryLines(reports: readonly StackReport[]): string[] {
  if (reports.length === 0) return ["- no change of any stack"];
  const [same, others] = [true, false].map((same) =>
    reports.filter(({ preview }) => isUnchanged(preview) === same),
  );
  const names = (same ?? []).map(({ preview }) => code(preview.stack));
  return [
    ...[...(others ?? [])]
      .sort(failedFirst)
      .map((report) => `- **${prose(report.preview.stack)}**: ${outcome(report)}`),
    ...(names.length === 0 ? [] : [`- no change: ${names.join(", ")}`]),
  ];
}

const failedFirst = (a: StackReport, b: StackReport): number =>
  Number(b.preview.errors.length > 0) - Number(a.preview.errors.length > 0);

function outcome({ preview, change, images, dangers }: StackReport): string {
  const { errors, proposed, steps } = preview;
  const conflicts = proposed.reduce((sum, one) => sum + one.conflicts.length, 0);
  const failed =
    conflicts > 0 ? `**the preview failed, ${count(conflicts, "conflict")}**` : "**the preview failed**";
  const open = dangers.filter(({ acceptedBy }) => acceptedBy === undefined);
  const accepted = dangers.length - open.length;
  return [
    ...(errors.length > 0 ? [failed] : []),
    ...filesIn(preview),
    ...objectsIn(preview, change),
    ...(images.length > 0 ? [count(images.length, "image")] : []),
    ...ofPulumi(steps),
    ...(open.length > 0
      ? [`⚠️ **${count(open.length, "danger")}**: ${[...new Set(open.map(({ rule }) => rule))].join(", ")}`]
      : []),
    ...(accepted > 0 ? [`${String(accepted)} accepted`] : []),
  ].join(" · ");
}

function filesIn({ proposed }: StackPreview): string[] {
  const touched = proposed.filter(({ files }) => files.length > 0);
  const files = touched.reduce((sum, one) => sum + one.files.length, 0);
  if (files === 0) return [];
  return [`${count(files, "file")} in ${count(touched.length, "repository", "repositories")}`];
}

function objectsIn({ proposed }: StackPreview, { pruned: { size: pruned } }: Change): string[] {
  const sum = (which: "create" | "change" | "takeOver"): number =>
    proposed.reduce((all, { forecast }) => all + (forecast?.[which].length ?? 0), 0);
  const parts = [
    [sum("create"), "created"],
    [sum("change"), "changed"],
    [sum("takeOver"), "taken over"],
  ] as const;
  const all = [
    ...parts.flatMap(([number, word]) => (number === 0 ? [] : [`${number.toLocaleString("en-US")} ${word}`])),
    ...(pruned === 0 ? [] : [`**${pruned.toLocaleString("en-US")} pruned**`]),
  ];
  return all.length === 0 ? [] : [`objects: ${all.join(", ")}`];
}

/** What is told first; any other kind of step of a later engine behind them. */
const ORDER = ["create", "import", "update", "replace", "delete"];

function ofPulumi(steps: StackPreview["steps"]): string[] {
  const custom = steps.filter(
    (step) => step.op !== "same" && !isCommit(step) && (step.newState ?? step.oldState)?.custom !== false,
  );
  const numbers = [...new Set([...ORDER, ...custom.map(({ op }) => op)])].flatMap((op) => {
    const urns = new Set(custom.filter((one) => one.op === op).map(({ urn }) => urn));
    return urns.size === 0 ? [] : [`${String(urns.size)} to ${op}`];
  });
  return numbers.length === 0 ? [] : [`resources: ${numbers.join(", ")}`];
}
