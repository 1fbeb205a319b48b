import { changeOf } from "./danger/change";
import { lint } from "./danger/lint";
import { clusterSection } from "./cluster-section";
import { dangerSection } from "./danger-section";
import { faultSection, warningSection } from "./fault-section";
import { helmSection } from "./helm-section";
import { imageChanges } from "./images";
import { imageSection } from "./image-section";
import { code, prose } from "./markdown";
import { orderSection } from "./order";
import type { StackPreview } from "./preview";
import { repositorySection } from "./repository-section";
import { resourceSection } from "./resource-section";
import { fitted, type Section } from "./section";
import { sharedSection } from "./shared-section";
import { wholeCharacters } from "./shorten";
import { type StackReport, summaryLines } from "./summary";

/** Begins our comment, and tells it from others; invisible when rendered. */
export const MARKER = "<!-- handoff: pulumi preview";
/** Begins our issue. */
export const DRIFT_MARKER = "<!-- handoff: drift";

const HEADS = {
  preview: { marker: MARKER, head: ["## Pulumi preview"] },
  drift: {
    marker: DRIFT_MARKER,
    head: [
      "Nothing new was merged, and `pulumi up` would still change this: somebody changed it in git, in the cluster or in a cloud. " +
        "To keep a change, make the program say the same; to put ours back, run `pulumi up --refresh`. This issue is closed when nothing differs any more.",
    ],
  },
};

/** GitHub refuses a longer comment; other hosts take more. */
export const COMMENT_LIMIT = 65_536;

/** Room for the lines between the parts, and for the banner of a comment that is stale later. */
const BANNER = 240;

export interface CommentOptions {
  /** The commit that was previewed. */
  readonly commit?: string;
  /** The newest commit of the pull request; another one than `commit` makes the comment a stale one. */
  readonly head?: string;
  /** Page of the run, which has the whole preview. */
  readonly runUrl?: string;
  /** A pull request's preview, or an issue of what differs without one. @default "preview" */
  readonly kind?: keyof typeof HEADS;
  /** True to draw the waves by Mermaid, false to list them. @default true */
  readonly drawing?: boolean;
  /** Characters that the host takes. @default {@link COMMENT_LIMIT} */
  readonly limit?: number;
}

/** One preview with what its comment says of it. Pure. */
export function reportOf(preview: StackPreview): StackReport {
  const { proposed, steps, accepted, releases } = preview;
  const change = changeOf(proposed, steps, releases);
  return { preview, change, images: imageChanges(proposed, releases), dangers: lint(change, accepted) };
}

/**
 * One comment for all stacks: a line each, what is wrong or dangerous, images, then each stack's cluster, repositories
 * and resources. Never longer than the limit: the least important goes first, the lines on top never. Pure.
 */
export function comment(previews: readonly StackPreview[], options: CommentOptions = {}): string {
  const { limit = COMMENT_LIMIT, commit, head, kind = "preview" } = options;
  const reports = previews.map(reportOf);
  const top = [
    markerOf(commit, HEADS[kind].marker),
    ...HEADS[kind].head,
    ...(commit === undefined || head === undefined || head === commit ? [] : [staleBanner(commit, head)]),
    summaryLines(reports).join("\n"),
  ].join("\n\n");
  // Of all stacks what failed, then what is dangerous, and so on.
  const first = reports.flatMap(urgent).sort((a, b) => b.importance - a.importance);
  const shared = sharedSection(previews);
  const sections = [
    ...(shared === undefined ? [] : [shared]),
    ...first,
    ...reports.flatMap((report) => details(report, options)),
  ];
  const end = (cut: boolean): string => footer(options, cut);
  const { texts, cut } = fitted(sections, limit - top.length - end(true).length - BANNER);
  const all = [top, ...texts, end(cut)].filter((text) => text !== "").join("\n\n");
  return wholeCharacters(all.slice(0, limit));
}

/** The first line, with the commit that was previewed. */
export function markerOf(commit: string | undefined, marker = MARKER): string {
  return `${marker}${commit === undefined ? "" : ` of ${commit}`} -->`;
}

export function staleBanner(commit: string, head: string): string {
  return `> ⚠️ **Stale**: this is the preview of ${code(commit)}; the pull request is at ${code(head)} since.`;
}

function urgent({ preview, dangers, images }: StackReport): Section[] {
  const parts = [
    faultSection(preview),
    dangerSection(preview.stack, dangers),
    warningSection(preview),
    imageSection(preview.stack, images),
  ];
  return parts.filter((part) => part !== undefined);
}

/** Stacks without changes have none. */
function details({ preview, change }: StackReport, { drawing }: CommentOptions): Section[] {
  const repositories = preview.proposed.filter(
    ({ files, others, conflicts }) => files.length + others.commits.length + conflicts.length > 0,
  );
  const parts = [
    clusterSection(preview.proposed, change),
    helmSection(preview.releases ?? [], preview.proposed),
    ...repositories.map(repositorySection),
    orderSection(preview, drawing),
    resourceSection(preview),
  ];
  const shown = parts.filter((part) => part !== undefined);
  const [first, ...rest] = shown;
  return first === undefined ? [] : [headed(`### ${prose(preview.stack)}`, first), ...rest];
}

function headed(heading: string, section: Section): Section {
  return {
    importance: section.importance,
    whole: `${heading}\n\n${section.whole}`,
    fit: (max) =>
      `${heading}\n\n${section.fit(Math.max(0, max - heading.length - 2))}`.trimEnd().slice(0, max),
  };
}

function footer({ commit, runUrl }: CommentOptions, cut: boolean): string {
  const run = runUrl === undefined ? "the run" : `[the run](${runUrl})`;
  return [
    ...(cut ? [`**Shortened**, since the host takes no longer comment; ${run} has all of it.`] : []),
    ...(commit === undefined ? [] : [`Preview of ${commit}${cut ? "" : `, made by ${run}`}.`]),
  ].join("\n");
}
