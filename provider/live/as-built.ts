import { isDeepStrictEqual } from "node:util";
import type { Files } from "../../manifests/files";
import type { HandlerContext } from "../plugin/handler";
import { buildTransformed } from "./build";
import { type FileObject, objectsIn } from "./objects";

/** A commit as planned: what the changed and deleted files hold at the head, and what they shall. */
export interface Proposal {
  /** Changed files of ours, and deleted ones without a text. */
  readonly changed: readonly { readonly path: string; readonly before?: string; readonly after?: string }[];
  /** All files that are handed off. */
  readonly files: Readonly<Record<string, string>>;
}

/**
 * The objects before and after: of folders whose kustomizations transform them as these are built, else as the files say.
 */
export async function asBuilt(
  ctx: HandlerContext,
  former: Files,
  wanted: Files,
  changed: Proposal["changed"],
): Promise<readonly [ReadonlyMap<string, FileObject>, ReadonlyMap<string, FileObject>]> {
  const there = (files: Files, which: "before" | "after"): Files => {
    const gone = new Set(changed.filter((file) => file[which] === undefined).map(({ path }) => path));
    return Object.fromEntries(Object.entries(files).filter(([path]) => !gone.has(path)));
  };
  const texts = [there(former, "before"), there(wanted, "after")] as const;
  const paths = changed.map(({ path }) => path);
  const builds = [await buildTransformed(texts[0], paths), await buildTransformed(texts[1], paths)] as const;
  const skipped = [...builds[1]].filter(([, build]) => typeof build === "string");
  if (skipped.length > 0)
    ctx.info(`judged by single files, since it can't be built here: ${shortened(skipped)}`);
  const objects = (index: 0 | 1): ReadonlyMap<string, FileObject> => {
    const [own, other] = [builds[index], builds[index === 0 ? 1 : 0]];
    // What could be built before, and can't be now, would seem to vanish.
    const built = [...own].flatMap(([folder, build]) =>
      typeof build === "string" || typeof other.get(folder) === "string" ? [] : [{ folder, build }],
    );
    const files = new Set(built.flatMap(({ build }) => [...build.files]));
    const single = paths.filter((path) => path in texts[index] && !files.has(path));
    const changes = built.flatMap(({ folder, build }) => {
      const counterpart = other.get(folder);
      const others = typeof counterpart === "object" ? counterpart.objects : undefined;
      return [...build.objects].filter(
        ([name, { object }]) => !isDeepStrictEqual(object, others?.get(name)?.object),
      );
    });
    return new Map([...objectsIn(texts[index], single), ...changes]);
  };
  return [objects(0), objects(1)];
}

/** Folders with why they aren't built, the first in full. */
function shortened(skipped: readonly (readonly [string, unknown])[]): string {
  const [first] = skipped;
  if (first === undefined) return "";
  const [folder, why] = first;
  const more = skipped.length === 1 ? "" : ` (and ${String(skipped.length - 1)} more)`;
  return `${folder}/${more}: ${String(why)}`;
}
