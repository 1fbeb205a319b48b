import { z } from "zod";
import type { ChangedObject } from "./findings";
import { reportOf } from "./comment";
import type { StackPreview } from "./preview";
import { isUnchanged } from "./summary";

const texts = z.array(z.string());

/** The report as data; within a version fields are only added, and values of `kind`, `rule` and the like. */
const reportSchema = z.object({
  version: z.literal(1).describe("Of this schema: another one when a field goes or means something else."),
  commit: z.string().optional().describe("The commit that was previewed."),
  stacks: z.array(
    z.object({
      stack: z.string().describe("Name of the stack, as the command was given it."),
      result: z.enum(["failed", "changes", "same"]).describe("Of the preview."),
      errors: texts.describe("Why the preview failed; none when it didn't."),
      warnings: texts.describe("What the engine and the program warn of."),
      repositories: z
        .array(
          z.object({
            url: z.string().describe("Address of the repository."),
            branch: z.string().describe("Branch that would get the commit."),
            head: z.string().optional().describe("Its newest commit; left out while it has none."),
            onHead: z
              .boolean()
              .describe("False when nothing was asked, and the files are told by the stack's state."),
            others: texts.describe("Commits on the head that the stack's state doesn't know."),
            files: z
              .array(
                z.object({
                  path: z.string().describe("From the repository's root."),
                  kind: z
                    .string()
                    .describe(
                      "own: a file of ours; entries: in a file of others; initial; generated: Flux's.",
                    ),
                  op: z.enum(["add", "change", "remove"]).describe("What happens to it."),
                }),
              )
              .describe("What the commit would change."),
            conflicts: texts.describe("What stops the commit."),
          }),
        )
        .describe("The repositories, one commit each."),
      objects: z
        .object({
          create: texts.describe("New in the cluster."),
          change: texts.describe("There, and otherwise."),
          prune: texts.describe("Gone, when Flux has applied the commit."),
          takeOver: texts.describe("Of others, and taken over."),
        })
        .describe("What Flux would do in the cluster, as `Kind namespace/name`."),
      releases: z
        .array(
          z.object({
            name: z.string().describe("`HelmRelease namespace/name`."),
            create: texts.describe("Objects that the chart makes anew."),
            change: texts.describe("Objects that it makes otherwise."),
            prune: texts.describe("Objects that it no longer makes; they are in objects.prune too."),
            reason: z.string().optional().describe("Why it couldn't be rendered; left out: it was."),
          }),
        )
        .optional()
        .describe("HelmReleases that change."),
      images: z
        .array(
          z.object({
            before: z.string().optional().describe("Left out: a new one."),
            after: z.string().optional().describe("Left out: it goes."),
            where: texts.describe("Workloads that run it."),
          }),
        )
        .describe("Images that change."),
      dangers: z
        .array(
          z.object({
            rule: z.string().describe("Name of the rule, as the setting `accept` has it."),
            object: z.string().describe("What it is about."),
            what: z.string().describe("What happens to it."),
            reason: z.string().describe("Why that is dangerous."),
            acceptedBy: z.string().optional().describe("Where it is accepted; left out: it isn't."),
          }),
        )
        .describe("Dangers, accepted ones among them."),
      resources: z.record(z.string(), z.number()).describe("Number of Pulumi's resources by what happens."),
    }),
  ),
});

/** The same as a JSON Schema, which docs/preview-report.v1.schema.json is. */
export function reportJsonSchema(): string {
  // By those who read: a later minor version may have more fields.
  const schema = z.toJSONSchema(reportSchema, { io: "input" });
  return `${JSON.stringify({ title: "What a preview would change, by stack", ...schema }, null, 2)}\n`;
}

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
    releases: (preview.releases ?? []).map(({ name, objects = [], reason }) => {
      const named = (which: (one: ChangedObject) => boolean): string[] =>
        objects.filter(which).map((one) => one.name);
      return {
        ...{ name, reason },
        create: named(({ before }) => before === undefined),
        change: named(({ before, after }) => before !== undefined && after !== undefined),
        prune: named(({ after }) => after === undefined),
      };
    }),
    images: images.map((one) => ({ ...one, where: [...one.where] })),
    dangers: [...dangers],
    resources: { ...counts },
  };
}
