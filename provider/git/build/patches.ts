import { yamlData } from "../../../manifests/yaml-data";
import { groupOf, objectLabel, versionOf, type ObjectName } from "./objects";

/** A patch of a kustomization, with its text or the file that has it. */
export interface Patch {
  /** The kustomization's field. */
  readonly field: string;
  /** What it is for; without one its text names an object. */
  readonly target: unknown;
  readonly text?: string;
  /** As it is listed. */
  readonly file?: string;
  /** What of an object's name a merge may change; kustomize puts the rest back. */
  readonly allowed: readonly ("name" | "kind")[];
}

/** What a patch does to which object an object is. */
export interface Effect {
  /** @param names of one object: its own, and those that it got on the way, by which kustomize finds it too */
  readonly selects: (names: readonly ObjectName[]) => boolean;
  readonly deletes: boolean;
  /** True when it may refuse an object (a step to a field that isn't there), or selects by what isn't known here. */
  readonly beyond?: boolean;
  readonly sets: Partial<Pick<ObjectName, "kind" | "name" | "namespace">>;
  /** The object that has to be there, or the build fails. */
  readonly needs?: ObjectName;
}

type Fields = Readonly<Record<string, unknown>>;

/** The patches of a kustomization's data. */
export function patchesIn(list: (name: string) => readonly unknown[]): Patch[] {
  const entries = (field: string): Patch[] =>
    list(field).map((entry): Patch => {
      if (typeof entry === "string") return { field, target: undefined, allowed: [], ...inlineOrFile(entry) };
      const { patch, path, target, options } = (entry ?? {}) as Fields;
      const { allowNameChange, allowKindChange } = (options ?? {}) as Fields;
      return {
        field,
        target: target ?? undefined,
        allowed: [
          ...(allowNameChange === true ? ["name" as const] : []),
          ...(allowKindChange === true ? ["kind" as const] : []),
        ],
        ...(typeof patch === "string" && { text: patch }),
        ...(typeof path === "string" && path !== "" && { file: path }),
      };
    });
  return ["patchesStrategicMerge", "patches", "patchesJson6902"].flatMap(entries);
}

function inlineOrFile(entry: string): Pick<Patch, "text" | "file"> {
  return /\n|^\s*\{/.test(entry) ? { text: entry } : { file: entry };
}

/**
 * The effects of a patch, document by document. One that can't be read has none; one that selects by labels or
 * annotations, which aren't known here, may have any.
 */
export function effectsOf({ target, allowed }: Patch, text: string): Effect[] {
  const documents = yamlData(text);
  if (typeof documents === "string") return [];
  return documents.flatMap((document): Effect[] => {
    if (Array.isArray(document))
      return byTarget(target, { deletes: false, sets: setBy(document), beyond: true });
    if (document === null || typeof document !== "object") return [];
    const deletes = (document as Fields).$patch === "delete";
    const needs = named(document as Fields);
    const sets = Object.fromEntries(
      allowed.flatMap((field) => (needs === undefined ? [] : [[field, needs[field]]])),
    );
    if (target !== undefined) return byTarget(target, { deletes, sets });
    return needs === undefined
      ? []
      : [{ deletes, sets: {}, needs, selects: (names) => names.some((name) => isSame(name, needs)) }];
  });
}

function named({ apiVersion, kind, metadata }: Fields): ObjectName | undefined {
  const { name, namespace } = (metadata ?? {}) as Fields;
  if (typeof apiVersion !== "string" || typeof kind !== "string" || typeof name !== "string")
    return undefined;
  return {
    ...{ group: groupOf(apiVersion), version: versionOf(apiVersion), kind, name },
    namespace: typeof namespace === "string" ? namespace : "",
  };
}

/** Without a target kustomize wants all of it: another version, or no namespace, is another object. */
function isSame(one: ObjectName, other: ObjectName): boolean {
  return (
    objectLabel(one) === objectLabel(other) && one.group === other.group && one.version === other.version
  );
}

const SELECTED = ["group", "version", "kind", "namespace", "name"] as const;

function byTarget(target: unknown, effect: Omit<Effect, "selects">): Effect[] {
  if (target === null || typeof target !== "object") return [];
  const selected = target as Fields;
  const labelled = ["labelSelector", "annotationSelector"].some((field) => (selected[field] ?? "") !== "");
  const selects: Effect["selects"] = (names) =>
    names.some((name) => SELECTED.every((field) => matches(selected[field], name[field])));
  return [labelled ? { selects, deletes: false, sets: {}, beyond: true } : { ...effect, selects }];
}

/** As kustomize selects: a regular expression for the whole; nothing takes all. */
export function matches(pattern: unknown, value: string): boolean {
  if (typeof pattern !== "string" || pattern === "") return true;
  try {
    return new RegExp(`^(?:${pattern})$`).test(value);
  } catch {
    return false;
  }
}

/** What the steps of a JSON patch make of which object it is. */
function setBy(steps: readonly unknown[]): Effect["sets"] {
  const set: Record<string, string> = {};
  for (const step of steps) {
    const { op, path, value } = (step ?? {}) as Fields;
    const match = /^\/(?:metadata\/(name|namespace)|kind)$/.exec(typeof path === "string" ? path : "");
    if (match === null) continue;
    const field = match[1] ?? "kind";
    if (op === "remove") set[field] = "";
    else if ((op === "add" || op === "replace") && typeof value === "string") set[field] = value;
  }
  return set;
}
