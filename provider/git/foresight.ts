import type { LiveObject } from "../kubernetes/live-object";
import type { Forecast } from "../live/forecast";
import { objectsIn } from "../live/objects";
import { withoutData, withoutSecretValues } from "../live/secret-values";
import type { HandlerContext } from "../plugin/handler";
import type { Branch, Head } from "./branch";
import type { Job } from "./job";
import { commitsSince, type Others } from "./others";
import { ConflictError } from "./ownership";
import type { Planned } from "./planning";

/** A file that the commit would change on the head. */
export interface ForeseenFile {
  readonly path: string;
  /** `own`: ours alone. `entries`: somebody else's, with entries of ours. `generated`: big, and made by Flux's release. */
  readonly kind: "own" | "initial" | "entries" | "generated";
  /** Texts at the head and in the commit; undefined where there is no file. */
  readonly before?: string;
  readonly after?: string;
}

/** What a preview of a `GitCommit` found, for a report; the shape is kept as long as the version is. */
export interface Foreseen {
  readonly version: 1;
  readonly urn: string;
  readonly url: string;
  readonly branch: string;
  /** The head that was planned on; undefined while the repository is empty. */
  readonly head?: string;
  /** Commits on the head that the stack's state doesn't know, newest first, and whether these are all. */
  readonly others: Others;
  readonly files: readonly ForeseenFile[];
  /** Paths whose texts only `up` knows. */
  readonly unknown: readonly string[];
  /** Values of others that our files keep. */
  readonly kept: readonly string[];
  /** What was ours and somebody else took over: it stays. */
  readonly left: readonly string[];
  /** What the commit means to Flux, in words. */
  readonly notes: readonly string[];
  readonly forecast?: Forecast;
  /** Where the charts of changed HelmReleases come from, of ours. @default none of them changes */
  readonly sources?: readonly LiveObject[];
  /** What is in the way in the repository, each with its place and what stands there. */
  readonly conflicts: readonly string[];
  readonly advice?: string;
}

/** How far a preview came. */
export interface Sight {
  planned?: Planned;
  forecast?: Forecast;
  stoppedBy?: unknown;
}

/** Hands what a preview found to whoever asked for it; nothing is read for it otherwise. */
export async function record(
  { record, urn }: HandlerContext,
  branch: Branch,
  head: Head,
  job: Job,
  { planned, forecast, stoppedBy }: Sight,
): Promise<void> {
  if (record === undefined) return;
  const { url, branch: name } = job.inputs;
  const conflict = stoppedBy instanceof ConflictError ? stoppedBy : undefined;
  const foreseen: Foreseen = {
    version: 1,
    ...{ urn, url, branch: name, head: head.commit },
    others: await commitsSince(branch, head, job),
    files: planned === undefined ? [] : await filesOf(branch, head, job, planned),
    unknown: [...(job.unknown ?? [])],
    kept: planned?.kept ?? [],
    left: planned?.left ?? [],
    notes: planned?.notes ?? [],
    forecast: forecast && {
      ...forecast,
      objects: forecast.objects.map(({ before, after, ...rest }) => ({
        ...rest,
        before: withoutData(before),
        after: withoutData(after, before),
      })),
    },
    ...chartSources(job, forecast),
    conflicts: conflict?.conflicts ?? [],
    advice: conflict?.advice,
  };
  record(foreseen, `${urn} ${url} ${name}`);
}

function chartSources({ inputs: { files } }: Job, forecast: Forecast | undefined): Pick<Foreseen, "sources"> {
  if (forecast?.objects.some(({ name }) => name.startsWith("HelmRelease ")) !== true) return {};
  const found = [...objectsIn(files, Object.keys(files)).values()].map(({ object }) => object);
  return { sources: found.filter(({ kind = "" }) => ["HelmRepository", "OCIRepository"].includes(kind)) };
}

async function filesOf(
  branch: Branch,
  { tree }: Head,
  { inputs }: Job,
  { changes: { writes, deletes } }: Planned,
): Promise<ForeseenFile[]> {
  const paths = [...new Set([...writes.keys(), ...deletes])].sort();
  const stored = await branch.read(paths.flatMap((path) => tree.get(path)?.oid ?? []));
  const kindOf = (path: string): ForeseenFile["kind"] =>
    path in inputs.digests
      ? "generated"
      : path in inputs.edits
        ? "entries"
        : path in inputs.initialFiles
          ? "initial"
          : "own";
  return paths.map((path) => {
    const before = stored.get(tree.get(path)?.oid ?? "")?.toString("utf8");
    const after = writes.get(path)?.content.toString("utf8");
    return { path, kind: kindOf(path), ...withoutSecretValues(before, after) };
  });
}
