import { isDeepStrictEqual } from "node:util";
import type { AppliedFolders } from "../../manifests/flux/applied-as";
import type { Files } from "../../manifests/files";
import type { HandlerContext } from "../plugin/handler";
import { type BuiltFolder, buildTransformed } from "./build";
import { type FileObject, objectsIn } from "./objects";
import type { Settings } from "./substitute";

/** A commit as planned: what the changed and deleted files hold at the head, and what they shall. */
export interface Proposal {
  /** Changed files of ours, and deleted ones without a text. */
  readonly changed: readonly { readonly path: string; readonly before?: string; readonly after?: string }[];
  /** All files that are handed off. */
  readonly files: Readonly<Record<string, string>>;
}

/** How folders are applied, before and after. */
export interface Application {
  readonly before: readonly AppliedFolders[];
  readonly after: readonly AppliedFolders[];
}

type Objects = ReadonlyMap<string, FileObject>;

/** All files that are handed off, at the head or as they shall be. */
export function filesAt({ changed, files }: Proposal, which: "before" | "after"): Record<string, string> {
  const texts = { ...files };
  for (const file of changed) {
    const text = file[which];
    if (text === undefined) Reflect.deleteProperty(texts, file.path);
    else texts[file.path] = text;
  }
  return texts;
}

/**
 * The objects before and after: of folders that kustomizations, or Flux's Kustomizations, transform as these are built,
 * else as the files say.
 */
export async function asBuilt(
  ctx: HandlerContext,
  { changed, files }: Proposal,
  applied: Application,
  settingsOf: (files: Files) => Settings,
): Promise<readonly [Objects, Objects]> {
  const paths = changed.map(({ path }) => path);
  const sides = (["before", "after"] as const).map((which) => {
    const texts = filesAt({ changed, files }, which);
    return { texts, applied: applied[which], former: applied[which === "before" ? "after" : "before"] };
  });
  const builds = await Promise.all(
    sides.map(({ texts, applied, former }) =>
      buildTransformed({ files: texts, applied, settings: settingsOf(texts) }, new Set(paths), former),
    ),
  );
  const skipped = [...(builds[1] ?? [])].flatMap(([folder, build]) =>
    "why" in build ? [[folder, build.why] as const] : [],
  );
  if (skipped.length > 0)
    ctx.info(`judged by single files, since it can't be built here: ${shortened(skipped)}`);
  const objects = (index: 0 | 1): Objects => {
    const [texts, own, other] = [sides[index]?.texts ?? {}, builds[index], builds[1 - index]];
    const unsure = new Map<string, string>();
    const built: [string, BuiltFolder][] = [];
    for (const [folder, build] of own ?? []) {
      const counterpart = other?.get(folder);
      // What could be built before, and can't be now, would seem to vanish.
      const failed = "why" in build ? build : counterpart && "why" in counterpart ? counterpart : undefined;
      if (failed !== undefined) for (const file of failed.unsure) unsure.set(file, failed.why);
      else if (!("why" in build)) built.push([folder, build]);
    }
    const of = new Set(built.flatMap(([, build]) => [...build.files]));
    const single = objectsIn(
      texts,
      paths.filter((path) => path in texts && !of.has(path)),
    );
    const marked = [...single].map(([name, found]): [string, FileObject] => {
      const why = unsure.get(found.path);
      return [
        name,
        why === undefined
          ? found
          : { ...found, elsewhere: true, unjudged: `its folder isn't built here: ${firstLine(why)}` },
      ];
    });
    const changes = built.flatMap(([folder, build]) => {
      const counterpart = other?.get(folder);
      const others = counterpart !== undefined && "objects" in counterpart ? counterpart.objects : undefined;
      return [...build.objects].filter(
        ([name, { object, forced }]) =>
          // By force, Flux makes again what it couldn't change until now.
          !isDeepStrictEqual(object, others?.get(name)?.object) || forced !== others?.get(name)?.forced,
      );
    });
    return new Map([...marked, ...changes]);
  };
  return [objects(0), objects(1)];
}

/** Folders with why they aren't built, the first in full. */
function shortened(skipped: readonly (readonly [string, string])[]): string {
  const [first] = skipped;
  if (first === undefined) return "";
  const [folder, why] = first;
  const more = skipped.length === 1 ? "" : ` (and ${String(skipped.length - 1)} more)`;
  return `${folder === "" ? "." : folder}/${more}: ${why}`;
}

function firstLine(text: string): string {
  return text.split("\n")[0] ?? "";
}
