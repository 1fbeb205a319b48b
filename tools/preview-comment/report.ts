import { z } from "zod";
import { reportOf } from "./comment";
import type { StackPreview } from "./preview";
import { isUnchanged } from "./summary";

const texts = z.array(z.string());

/** The report as data; within a version fields are only added. */
export const reportSchema = z.object({
  version: z.literal(1),
  /** The commit that was previewed. */
  commit: z.string().optional(),
  stacks: z.array(
    z.object({
      stack: z.string(),
      result: z.enum(["failed", "changes", "same"]),
      errors: texts,
      warnings: texts,
      repositories: z.array(
        z.object({
          url: z.string(),
          branch: z.string(),
          head: z.string().optional(),
          /** False when nothing was asked, and the files are told by the stack's state. */
          onHead: z.boolean(),
          /** Commits on the head that the stack's state doesn't know. */
          others: texts,
          files: z.array(
            z.object({ path: z.string(), kind: z.string(), op: z.enum(["add", "change", "remove"]) }),
          ),
          conflicts: texts,
        }),
      ),
      objects: z.object({ create: texts, change: texts, prune: texts, takeOver: texts }),
      images: z.array(
        z.object({ before: z.string().optional(), after: z.string().optional(), where: texts }),
      ),
      dangers: z.array(
        z.object({
          rule: z.string(),
          object: z.string(),
          what: z.string(),
          reason: z.string(),
          acceptedBy: z.string().optional(),
        }),
      ),
      resources: z.record(z.string(), z.number()),
    }),
  ),
});

type Report = z.output<typeof reportSchema>;

/** Previews as the data of {@link reportSchema}. Pure. */
export function jsonReport(previews: readonly StackPreview[], commit?: string): string {
  const report: Report = { version: 1, commit, stacks: previews.map(stackOf) };
  return `${JSON.stringify(reportSchema.parse(report), null, 2)}\n`;
}

function stackOf(preview: StackPreview): Report["stacks"][number] {
  const { change, images, dangers } = reportOf(preview);
  const { stack, errors, warnings, proposed, counts } = preview;
  const all = (which: "create" | "change" | "takeOver"): string[] =>
    proposed.flatMap(({ forecast }) => forecast?.[which] ?? []);
  return {
    stack,
    result: errors.length > 0 ? "failed" : isUnchanged(preview) ? "same" : "changes",
    errors: errors.map(({ text }) => text),
    warnings: warnings.map(({ text }) => text),
    repositories: proposed.map(({ url, branch, head, basis, others, files, conflicts }) => ({
      ...{ url, branch, head, conflicts, onHead: basis === "head" },
      others: others.commits.map((one) => one.commit),
      files: files.map(({ path, kind, before, after }) => ({
        ...{ path, kind },
        op:
          before === undefined
            ? ("add" as const)
            : after === undefined
              ? ("remove" as const)
              : ("change" as const),
      })),
    })),
    objects: {
      create: all("create"),
      change: all("change"),
      prune: [...change.pruned.keys()],
      takeOver: all("takeOver"),
    },
    images: images.map((one) => ({ ...one, where: [...one.where] })),
    dangers: [...dangers],
    resources: { ...counts },
  };
}
