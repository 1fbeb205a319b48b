import { folderOf } from "./kustomization-file";
import { targetOf, transformed } from "./lists";
import { objectKey, objectLabel, type ObjectName } from "./objects";
import { effectsOf, type Effect, type Patch } from "./patches";
import { noteBeyond, noteTwins, textOf, type Found, type Step, type Transformation, type Walk } from "./walk";

/** The objects as a kustomization leaves them: first its patches, then its names and namespace. */
export function transform(walk: Walk, objects: readonly Found[], step: Step): readonly Found[] {
  const { path, lists, nameOf = (field: string) => field } = step;
  const patched = lists.patches.reduce<readonly Found[]>(
    (found, patch) => patchedBy(walk, found, patch, step),
    objects,
  );
  for (const field of lists.beyond) noteBeyond(walk, { field: nameOf(field), path }, patched);
  if (lists.prefix === "" && lists.suffix === "" && lists.namespace === undefined) return patched;
  const moved = patched.map((found) => {
    const { object, by } = transformed(lists, found);
    return by.length === 0
      ? found
      : renamed(
          found,
          object,
          by.map((field) => ({ field: nameOf(field), path })),
        );
  });
  noteTwins(walk, path, [], moved);
  return moved;
}

function patchedBy(
  walk: Walk,
  objects: readonly Found[],
  patch: Patch,
  { path, nameOf = (field: string) => field }: Step,
): readonly Found[] {
  const file = patch.file === undefined ? undefined : targetOf(folderOf(path), patch.file);
  const text = patch.text ?? (file === undefined ? undefined : textOf(walk, file));
  if (text === undefined) return objects;
  const change = { field: nameOf(patch.field), path };
  return effectsOf(patch, text).reduce<readonly Found[]>(
    (found, { selects, deletes, sets, needs, beyond }) => {
      const selected = new Set(found.filter(({ names }) => selects(names)));
      if (beyond === true) noteBeyond(walk, change, selected);
      if (selected.size === 0 && needs !== undefined && !mayBeThere(walk, needs))
        walk.faults.set(
          `patch ${path} ${objectKey(needs)}`,
          `${path}: its patch of ${objectLabel(needs)} (version ${needs.version}) finds no such object, which kustomize refuses`,
        );
      if (deletes) walk.deleted.push(...[...selected].map((one) => renamed(one, one, [change])));
      return found.flatMap((one) => {
        if (!selected.has(one)) return [one];
        if (deletes) return [];
        return isSet(one, sets) ? [one] : [renamed(one, { ...one, ...sets }, [change])];
      });
    },
    objects,
  );
}

/** True while not all objects of the build are known by name. */
function mayBeThere({ partial, made, missing }: Walk, { kind }: ObjectName): boolean {
  return partial || missing.size > 0 || made.has("*") || made.has(kind);
}

function isSet(object: ObjectName, sets: Effect["sets"]): boolean {
  return Object.entries(sets).every(([field, value]) => object[field as keyof ObjectName] === value);
}

function renamed(found: Found, object: ObjectName, changes: readonly Transformation[]): Found {
  const { group, version, kind, namespace, name } = object;
  const now = { group, version, kind, namespace, name };
  return { ...found, ...now, names: [...found.names, now], changes: [...found.changes, ...changes] };
}
