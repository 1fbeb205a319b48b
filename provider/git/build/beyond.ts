import { posix } from "node:path";
import type { Files as Texts } from "../../../manifests/files";
import { type Build, kustomizeBuild, NO_KUBECTL } from "../../kubernetes/kustomize";
import type { LiveObject } from "../../kubernetes/live-object";
import { amended } from "../../live/transform";
import type { Branch } from "../branch";
import { folderOf, inFolder, kustomizationsIn } from "./kustomization-file";
import { groupOf, objectKey, objectLabel, versionOf } from "./objects";
import { generatorEntries, type Reading } from "./reading";
import { readWith } from "./sources";
import { isFile, type Files, type Step } from "./walk";

/** A root as one side of a commit has it. */
interface Side {
  readonly files: Files;
  readonly reading: Reading;
  /** What the Flux Kustomization makes of it. */
  readonly as: Step | undefined;
}

export interface Told {
  /** What of others would go. */
  readonly vanished: readonly string[];
  /** What of ours would be another object, or none. */
  readonly renamed: readonly string[];
  /** Why nothing would be built any more. */
  readonly failing: readonly string[];
  /** What isn't known, for the preview. */
  readonly notes: readonly string[];
}

const NOTHING: Told = { vanished: [], renamed: [], failing: [], notes: [] };
const MOST_WORDS = 500;
/** Files of a root that kustomize builds without a need: its time grows by their square, to seconds at a thousand. */
const MOST_FILES = 300;

/**
 * Transformers, replacements and steps of patches may rename what is ours or refuse to be built with it, which lists
 * don't tell; others' files may hold what kustomize refuses. Where a change meets one of these, kustomize itself builds
 * the root before and after.
 * @param mine paths of ours, and of what we let go
 */
export async function builtBeyondLists(
  branch: Branch,
  root: string,
  [before, after]: readonly [Side, Side],
  texts: Map<string, string>,
  { mine, changed }: { readonly mine: ReadonlySet<string>; readonly changed: ReadonlySet<string> },
): Promise<Told> {
  const ways = [...before.reading.beyond, ...after.reading.beyond]
    .filter(([, files]) => [...files].some((file) => changed.has(file)))
    .map(([what]) => what);
  if (ways.length === 0 && !meetsOthers(after, mine, changed)) return NOTHING;
  const through = [...new Set(ways)].join(", ");
  const by = ways.length === 0 ? "" : `, by ${through}`;
  const place = `${root === "" ? "." : root}/`;
  const unknown = (why: string): Told =>
    ways.length === 0
      ? NOTHING
      : { ...NOTHING, notes: [`what becomes of ours in ${place} by ${through} isn't known here: ${why}`] };
  const unbuilt = (why: string): Told =>
    ways.length > 0 || why === NO_KUBECTL
      ? unknown(why)
      : { ...NOTHING, notes: [`whether kustomize takes what ${place} becomes isn't known here: ${why}`] };
  const broken = (why: string): Told => ({
    ...NOTHING,
    notes: [
      `Flux can't build ${place} as it is, nor with this commit; until that is mended nothing of it is applied: ${why}`,
    ],
  });
  // Those that are there before as well: others are refused.
  const [known] = after.reading.faults.values();
  if (known !== undefined) return broken(known);
  if (after.reading.remote) return unknown("it takes in what lies at another address");
  if (after.reading.partial) return unknown("a text of it isn't known yet");
  const [was, is] = await Promise.all([
    built(branch, root, before, texts),
    built(branch, root, after, texts),
  ]);
  if ("unknown" in is) return unbuilt(is.unknown);
  if ("fault" in is) {
    const words = wordsOf(is.fault);
    // Nothing, which kustomize refuses as well, is no fault.
    if (!("fault" in was) || was.fault.includes("kustomization.yaml is empty"))
      return { ...NOTHING, failing: [`${place}: kustomize couldn't build it any more${by}: ${words}`] };
    return broken(words);
  }
  if ("unknown" in was) return unbuilt(was.unknown);
  const [old, now] = [identified(was, root), identified(is, root)];
  const vanished = [...old].flatMap(([key, { file, label }]) =>
    now.has(key) || file === undefined || mine.has(file)
      ? []
      : [`${file}: ${label} would vanish from what Flux builds of ${place}, so Flux would delete it`],
  );
  const becomes = renamed(after.reading, now, mine);
  const already = new Set(renamed(before.reading, old, mine));
  return {
    ...NOTHING,
    vanished,
    renamed: becomes.filter((one) => !already.has(one)).map((one) => `${one}${by}`),
  };
}

/** What is ours alone is as the builders make it. */
function meetsOthers(
  { files: { tree }, reading: { folders, sources } }: Side,
  mine: ReadonlySet<string>,
  changed: ReadonlySet<string>,
): boolean {
  const read = new Set([...sources, ...[...folders].flatMap((folder) => kustomizationsIn(tree, folder))]);
  return (
    read.size <= MOST_FILES &&
    [...changed].some((path) => read.has(path)) &&
    [...read].some((path) => !mine.has(path))
  );
}

/** The first lines of kustomize's, without what kubectl says of itself. */
function wordsOf(fault: string): string {
  const [, words = fault] = /err="?<?\s*([^]*?)\s*>?"?$/.exec(fault) ?? [];
  const plain = words.replaceAll('\\"', '"').replaceAll(/\s+/g, " ");
  return plain.length > MOST_WORDS ? `${plain.slice(0, MOST_WORDS)}…` : plain;
}

async function built(
  branch: Branch,
  root: string,
  { files, reading, as }: Side,
  texts: Map<string, string>,
): Promise<Build> {
  const { folders, sources } = reading;
  const paths = [...files.tree.keys()].filter(
    (path) =>
      isFile(files, path) &&
      (folders.has(folderOf(path)) || sources.has(path) || foldersOf(path).some((one) => sources.has(one))),
  );
  const oidOf = (path: string): string => files.tree.get(path)?.oid ?? "";
  await readWith(branch, paths.map(oidOf), texts);
  const all: Record<string, string> = Object.fromEntries(
    paths.map((path) => [path, files.text(oidOf(path)) ?? texts.get(oidOf(path)) ?? ""]),
  );
  const [path = inFolder(root, "kustomization.yaml")] = kustomizationsIn(new Map(Object.entries(all)), root);
  const text: string | undefined = all[path];
  const entries = text === undefined ? generatorEntries(root, files) : [];
  return await kustomizeBuild({ ...all, [path]: withOrigins(text, entries, as) } satisfies Texts, root);
}

function withOrigins(text: string | undefined, entries: readonly string[], as: Step | undefined): string {
  return amended(text, entries, as?.as ?? {}, { buildMetadata: ["originAnnotations"] });
}

function foldersOf(path: string): string[] {
  const folder = folderOf(path);
  return folder === "" ? [] : [folder, ...foldersOf(folder)];
}

interface Identified {
  readonly label: string;
  /** Undefined for what a generator makes. */
  readonly file: string | undefined;
}

function identified(build: Build, root: string): ReadonlyMap<string, Identified> {
  const objects = "objects" in build ? build.objects : [];
  return new Map(
    objects.map((object) => {
      const { apiVersion = "", kind = "", metadata: { name = "", namespace = "" } = {} } = object;
      const id = { group: groupOf(apiVersion), version: versionOf(apiVersion), kind, namespace, name };
      return [objectKey(id), { label: objectLabel(id), file: fileOf(object, root) }];
    }),
  );
}

function fileOf({ metadata }: LiveObject, root: string): string | undefined {
  const origin = metadata?.annotations?.["config.kubernetes.io/origin"] ?? "";
  const path = /^path: (.+)$/m.exec(origin)?.[1];
  return path === undefined ? undefined : posix.join(root, path);
}

/** What of ours is built otherwise than the lists tell. */
function renamed(
  { objects }: Reading,
  built: ReadonlyMap<string, Identified>,
  mine: ReadonlySet<string>,
): string[] {
  const others = [...built].flatMap(([key, one]) => (objects.has(key) ? [] : [one]));
  return [...objects.values()]
    .filter(({ key, file }) => mine.has(file) && !built.has(key))
    .map(({ file, label }) => {
      const index = others.findIndex((other) => other.file === file);
      const [other] = index < 0 ? [] : others.splice(index, 1);
      return `${file}: ${label} ${other === undefined ? "would be deleted from what Flux builds" : `would become ${other.label}`}`;
    });
}
