import { isDeepStrictEqual } from "node:util";
import { FLUX_SYSTEM } from "../../manifests/flux/objects";
import { yamlData } from "../../manifests/yaml-data";
import type { Edit } from "../../manifests/git/edits";

/** What a hand-off writes: files, and entries in files of others. */
export interface Content {
  readonly files?: Readonly<Record<string, string>>;
  readonly edits?: Readonly<Record<string, readonly Edit[]>>;
}

/** What changes a subject can name, each with those that it happens to. */
export interface Changes {
  readonly added: readonly string[];
  readonly removed: readonly string[];
  readonly parked: readonly string[];
  readonly unparked: readonly string[];
  readonly versions: readonly Version[];
  /** Apps or folders with any other change. */
  readonly updated: readonly string[];
}

export interface Version {
  readonly app: string;
  readonly what: "image" | "chart";
  readonly from: string;
  readonly to: string;
  /** As it stands in the file, before and after. */
  readonly texts: readonly [before: string, after: string];
}

/** What a hand-off changes, told by the objects in its files. */
export function changesBetween(before: Content, after: Content): Changes {
  const paths = [...new Set([...Object.keys(before.files ?? {}), ...Object.keys(after.files ?? {})])].sort();
  const changed = paths.filter((path) => before.files?.[path] !== after.files?.[path]);
  const [old, now] = [objectsIn(before, changed), objectsIn(after, changed)];
  const lost = [...old.values()].filter(({ key }) => !now.has(key));
  const gained = [...now.values()].filter(({ key }) => !old.has(key));
  const [was, is] = [entriesOf(before), entriesOf(after)];
  const parked = [...was].filter((path) => !is.has(path) && isKept(path, before, after));
  const unparked = [...is].filter((path) => !was.has(path) && isKept(path, before, after));
  const removed = namesOf(lost.filter(isRunner));
  const added = namesOf(gained.filter(isRunner));
  const versions = [...now.values()].flatMap((object) => versionsOf(old.get(object.key), object));
  // A file that changes in more than what is told.
  const updated = changed.filter((path) => {
    const [a = "", b = ""] = [before.files?.[path], after.files?.[path]];
    const told = [...lost, ...gained].some((object) => object.path === path && isRunner(object));
    return (
      !told && !isList(b === "" ? a : b) && withoutVersions(a, versions) !== withoutVersions(b, versions)
    );
  });
  const gone = new Set([...added, ...removed]);
  return {
    added: added.filter((name) => !removed.includes(name)),
    removed: removed.filter((name) => !added.includes(name)),
    parked: parked.map(appOf),
    unparked: unparked.map(appOf),
    versions: distinct(versions),
    updated: [
      ...new Set([
        ...updated
          .flatMap((path) => ownersOf(path, old, now))
          .filter((name) => ![...gone].some((other) => isPartOf(name, other))),
        ...added.filter((name) => removed.includes(name)),
      ]),
    ],
  };
}

/** The apps of a changed file: of one that several share, those whose objects change. */
function ownersOf(
  path: string,
  before: ReadonlyMap<string, Found>,
  after: ReadonlyMap<string, Found>,
): string[] {
  const objects = [...before.values(), ...after.values()].filter((object) => object.path === path);
  const changed = objects.filter(
    ({ key }) => !isDeepStrictEqual(before.get(key)?.object, after.get(key)?.object),
  );
  const told = changed.length === 0 ? objects : changed;
  return told.length === 0 ? [appOf(path)] : told.map(ownerOf);
}

interface Found {
  readonly key: string;
  readonly path: string;
  readonly kind: string;
  readonly name: string;
  readonly object: object;
}

function objectsIn({ files = {} }: Content, paths: readonly string[]): Map<string, Found> {
  const found = paths.flatMap((path) =>
    documents(files[path] ?? "").flatMap((object): Found[] => {
      const { kind, metadata } = object as {
        kind?: unknown;
        metadata?: { name?: unknown; namespace?: unknown } | null;
      };
      const { name, namespace } = metadata ?? {};
      if (typeof kind !== "string" || typeof name !== "string") return [];
      return [
        {
          key: `${kind} ${typeof namespace === "string" ? namespace : ""}/${name}`,
          path,
          kind,
          name,
          object,
        },
      ];
    }),
  );
  return new Map(found.map((one) => [one.key, one]));
}

/** The mappings of a YAML file; what can't be read tells nothing. */
function documents(text: string): object[] {
  if (!/^kind:/m.test(text)) return [];
  const data = yamlData(text, "1.2");
  return typeof data === "string" ? [] : data.filter((one) => typeof one === "object" && one !== null);
}

/** What keeps an app running: a Kustomization of Flux, or a HelmRelease. */
function isRunner({ kind, object }: Found): boolean {
  const { apiVersion } = object as { readonly apiVersion?: unknown };
  const isFlux = typeof apiVersion === "string" && apiVersion.includes("toolkit.fluxcd.io");
  return kind === "HelmRelease" || (kind === "Kustomization" && isFlux);
}

/** Names of apps: `calcom` for `calcom-ns` and `calcom-app` of one folder, and for `calcom` beside `calcom-config`. */
function namesOf(runners: readonly Found[]): string[] {
  const names = runners.map(({ name, path }) => {
    const folder = path.split("/").at(-2) ?? "";
    return isPartOf(name, folder) ? folder : name;
  });
  return [...new Set(names)].filter(
    (name) => !names.some((other) => other !== name && isPartOf(name, other)),
  );
}

const isPartOf = (name: string, app: string): boolean => name === app || name.startsWith(`${app}-`);

/** The app that an object is of: its namespace's, where that is one of its own. */
function ownerOf({ kind, name, path, object }: Found): string {
  const { namespace } = (object as { metadata: { namespace?: unknown } }).metadata;
  if (kind === "Namespace") return name;
  return typeof namespace !== "string" || namespace === FLUX_SYSTEM ? appOf(path) : namespace;
}

/** The app that a path is of: the folder's name, or the file's where the folder is one of many apps. */
function appOf(path: string): string {
  const parts = path.replace(/\.(enc\.)?ya?ml$/, "").split("/");
  const last = parts.at(-1) ?? path;
  if (last.startsWith(".")) return path; // a tool's own file, such as .sops.yaml
  const many = ["apps", "sites", "services"].includes(parts.at(-2) ?? "");
  const generic = many || !/\.[a-z]+$/.test(path);
  return generic || parts.length === 1 ? last : (parts.at(-2) ?? last);
}

/** Entries of lists of resources, as paths in the repository: of files of ours and of others. */
function entriesOf({ files = {}, edits = {} }: Content): Set<string> {
  const own = Object.entries(files).flatMap(([path, text]) =>
    path.endsWith("kustomization.yaml") ? resourcesOf(text).map((entry) => placed(path, entry)) : [],
  );
  const others = Object.entries(edits).flatMap(([path, list]) =>
    list.flatMap((edit) => {
      const entry: unknown = "entry" in edit ? edit.entry : undefined;
      return typeof entry === "string" ? [placed(path, entry)] : [];
    }),
  );
  return new Set([...own, ...others]);
}

function resourcesOf(text: string): string[] {
  const [object] = documents(text) as { resources?: unknown }[];
  return Array.isArray(object?.resources) ? object.resources.filter((one) => typeof one === "string") : [];
}

const isList = (text: string): boolean => resourcesOf(text).length > 0;

function placed(file: string, entry: string): string {
  return [...file.split("/").slice(0, -1), ...entry.split("/").filter((part) => part !== ".")].join("/");
}

/** True when an entry's file or folder is there before and after: what goes and comes is the entry alone. */
function isKept(path: string, before: Content, after: Content): boolean {
  return [before, after].every(({ files = {} }) =>
    Object.keys(files).some((file) => file === path || file.startsWith(`${path}/`)),
  );
}

function versionsOf(old: Found | undefined, now: Found): Version[] {
  if (old === undefined) return [];
  const app = ownerOf(now);
  const images = (object: object) => fieldsOf(object, "image");
  return [
    ...changedPairs(images(old.object), images(now.object), app, "image"),
    ...changedPairs(chartVersion(old), chartVersion(now), app, "chart"),
  ];
}

function changedPairs(
  a: readonly string[],
  b: readonly string[],
  app: string,
  what: Version["what"],
): Version[] {
  return a.flatMap((from, index) => {
    const to = b[index];
    return to === undefined || to === from
      ? []
      : [{ app, what, from: short(from), to: short(to), texts: [from, to] }];
  });
}

/** A tag, or the beginning of a digest. */
function short(version: string): string {
  const [name = version, digest] = (version.split("/").at(-1) ?? version).split("@sha256:");
  const tag = name.split(":")[1];
  return tag ?? (digest === undefined ? version : digest.slice(0, 12));
}

/** Of a HelmRelease's chart, or of the OCIRepository that is one. */
function chartVersion({ kind, object }: Found): string[] {
  const { spec } = object as {
    spec?: { chart?: { spec?: { version?: unknown } }; ref?: { tag?: unknown } };
  };
  const version =
    kind === "HelmRelease"
      ? spec?.chart?.spec?.version
      : kind === "OCIRepository"
        ? spec?.ref?.tag
        : undefined;
  return typeof version === "string" ? [version] : [];
}

/** The texts under a key, wherever it stands. */
function fieldsOf(value: unknown, key: string): string[] {
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([name, entry]: [string, unknown]) =>
    name === key && typeof entry === "string" ? [entry] : fieldsOf(entry, key),
  );
}

/** A text with the versions that are told taken out, to see whether there is more to tell. */
function withoutVersions(text: string, versions: readonly Version[]): string {
  return versions.reduce(
    (rest, { texts: [from, to] }) => rest.replaceAll(from, "…").replaceAll(to, "…"),
    text,
  );
}

function distinct(versions: readonly Version[]): Version[] {
  return [...new Map(versions.map((version) => [JSON.stringify(version), version])).values()];
}
