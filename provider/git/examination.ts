import type { HandlerContext } from "../plugin/handler";
import { examine, type Target } from "../live/examine";
import type { Forecast } from "../live/forecast";
import { blobId, type Branch, type Head } from "./branch";
import type { Inputs } from "./commit-inputs";
import type { Plan } from "./ownership";

/** Looks a plan over as the cluster will that it reaches. */
export type Examination = (
  branch: Branch,
  head: Head,
  plan: Plan,
  foreseen?: boolean,
) => Promise<Forecast | undefined>;

/**
 * One for a commit: undefined where no cluster is named, and no report is asked for. What was looked over once isn't again, when somebody else was
 * faster and the same is planned on their head: the next push should come the sooner.
 */
export function examination(
  ctx: HandlerContext,
  { cluster, files }: Inputs,
  former?: Target,
): Examination | undefined {
  if (cluster === undefined && ctx.record === undefined) return undefined;
  // What a Kustomization of ours applied under its former name is ours, too.
  const { kustomizations: now = [] } = cluster ?? {};
  const leaving = (former?.kustomizations ?? []).filter((path) => !now.includes(path));
  const kustomizations = [...new Set([...now, ...leaving])];
  let seen = "";
  return async (branch, { tree }, { writes, deletes }, foreseen = false) => {
    const ours = [...writes].filter(([path]) => path in files);
    const oids = [...ours.map(([path]) => path), ...deletes].map((path) => [path, tree.get(path)?.oid ?? ""]);
    const key = JSON.stringify([oids, ours.map(([, { content }]) => blobId(content))]);
    if (key === seen) return undefined;
    const contents = await branch.read(oids.flatMap(([, oid = ""]) => (oid === "" ? [] : [oid])));
    const before = new Map(oids.map(([path = "", oid = ""]) => [path, contents.get(oid)?.toString("utf8")]));
    const changed = [
      ...ours.map(([path, { content }]) => ({
        path,
        before: before.get(path),
        after: content.toString("utf8"),
      })),
      ...deletes.map((path) => ({ path, before: before.get(path) })),
    ];
    const target = cluster && { ...cluster, kustomizations, leaving };
    const forecast = await examine(ctx, target, { changed, files }, foreseen, former?.applied);
    seen = key;
    return forecast;
  };
}
