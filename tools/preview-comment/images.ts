import { imagesOf } from "./generated";
import type { ChangedObject, Proposed } from "./findings";
import type { RenderedRelease } from "./helm/release";

/** An image or a chart that becomes another one; undefined where it comes or goes. */
export interface ImageChange {
  readonly before: string | undefined;
  readonly after: string | undefined;
  /** Objects, or files. */
  readonly where: readonly string[];
}

/** What changes of images and charts, the same change once. Pure. @param releases rendered, whose charts name images */
export function imageChanges(
  proposed: readonly Proposed[],
  releases: readonly RenderedRelease[] = [],
): ImageChange[] {
  const found = new Map<string, ImageChange>();
  const add = (before: string | undefined, after: string | undefined, place: string): void => {
    if (before === after) return;
    const key = JSON.stringify([before, after]);
    const where = found.get(key)?.where ?? [];
    found.set(key, { before, after, where: [...new Set([...where, place])] });
  };
  const ofObjects = (objects: readonly ChangedObject[] = [], from = ""): void => {
    for (const { name, before, after } of objects) {
      const [old, now] = [imagesIn(before), imagesIn(after)];
      for (const place of new Set([...old.keys(), ...now.keys()]))
        add(old.get(place), now.get(place), `${name}${from}`);
    }
  };
  for (const { files, forecast } of proposed) {
    ofObjects(forecast?.objects);
    for (const { kind, path, before = "", after = "" } of files) {
      if (kind !== "generated") continue;
      const [old, now] = [byRepository(before), byRepository(after)];
      for (const name of new Set([...old.keys(), ...now.keys()])) add(old.get(name), now.get(name), path);
    }
  }
  for (const { name, objects } of releases) ofObjects(objects, ` (of ${name})`);
  // What changes first, then what comes and what goes.
  const rank = ({ before, after }: ImageChange): number =>
    before === undefined ? 1 : after === undefined ? 2 : 0;
  return [...found.values()].sort((a, b) => rank(a) - rank(b));
}

function byRepository(text: string): ReadonlyMap<string, string> {
  return new Map(imagesOf(text).map((image) => [image.replace(/(@|:[^/]*$).*/, ""), image]));
}

/** Images in an object by their place: `image` of a container, `repository` and `tag` of values, a chart's version. */
export function imagesIn(object: unknown, place = ""): ReadonlyMap<string, string> {
  if (object === null || typeof object !== "object") return new Map();
  const { image, repository, tag, digest, chart, version } = object as Readonly<Record<string, unknown>>;
  const found = new Map<string, string>();
  if (typeof image === "string") found.set(`${place}.image`, image);
  if (typeof repository === "string" && (typeof tag === "string" || typeof digest === "string"))
    found.set(
      `${place}.tag`,
      `${repository}${typeof tag === "string" ? `:${tag}` : ""}${typeof digest === "string" ? `@${digest}` : ""}`,
    );
  if (typeof chart === "string" && typeof version === "string")
    found.set(`${place}.chart`, `chart ${chart} ${version}`);
  for (const [key, inner] of Object.entries(object)) {
    // Containers are told apart by their names, whatever stands before them.
    const named = Array.isArray(object) && typeof (inner as { name?: unknown } | null)?.name === "string";
    const step = named ? (inner as { readonly name: string }).name : key;
    for (const [at, value] of imagesIn(inner, `${place}.${step}`)) found.set(at, value);
  }
  return found;
}
