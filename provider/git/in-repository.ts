import { isDeepStrictEqual } from "node:util";
import type { Props, State } from "../plugin/handler";
import type { Branch, Head } from "./branch";
import { underOurNames } from "./build/kustomization-file";
import { formersOf, type Inputs, ownedOf, stored } from "./commit-inputs";
import { keptOids, recognize } from "./kept-files";
import { actual, NOTHING_DESIRED, type Owned } from "./ownership";
import { keepFields } from "./yaml/kept-fields";
import { sharedOids } from "./shared-secrets";

/** Inputs that others may change in the repository. */
const CHANGEABLE = ["files", "digests", "edits"] as const;

/** The state with what others changed in it, which is what `pulumi refresh` shows. */
export async function asInRepository(
  branch: Branch,
  newest: Head,
  olds: State,
): Promise<{ inputs: Props; outputs: Props }> {
  const inputs = olds.inputs as unknown as Inputs;
  const before = ownedOf(olds);
  const { head } = underOurNames(newest, { desired: NOTHING_DESIRED, owned: before, protect: [] });
  const { keep = {} } = inputs;
  const contents = await branch.read([
    ...Object.keys(before.edits).flatMap((path) => head.tree.get(path)?.oid ?? []),
    ...keptOids(head, keep),
    ...formersOf(olds).flatMap((former) => sharedOids(head, Object.entries(former.files))),
  ]);
  // A change of kept fields alone is none: then the state stays as it is.
  const known = recognize(before, formersOf(olds), keep, head, contents);
  const found = actual(head, contents, before);
  const files = mapValues(found.files, (oid, path) =>
    oid === known.files[path] ? (before.files[path] ?? oid) : oid,
  );
  const owned: Owned = { ...found, files };
  const changed = new Map(Object.entries(files).filter(([path, oid]) => before.files[path] !== oid));
  const texts = await branch.read([...changed.values()]);
  const present = <T>(group: Readonly<Record<string, T>>): Record<string, T> =>
    Object.fromEntries(Object.entries(group).filter(([path]) => path in files));
  const now = {
    files: mapValues(present(inputs.files), (text, path) => {
      const now = texts.get(changed.get(path) ?? "")?.toString("utf8");
      // With our values in the kept fields, so that only the drift is seen.
      return now === undefined ? text : keepFields(now, text, keep[path] ?? []).text;
    }),
    digests: mapValues(present(inputs.digests), (digest, path) =>
      changed.has(path) ? "changed in the repository" : digest,
    ),
    edits: mapValues(owned.edits, (entries) => entries.map(({ edit }) => edit)),
  };
  const inputsNow = { ...olds.inputs, ...now };
  // That others committed is no drift.
  if (isDeepStrictEqual(owned, before)) return { inputs: inputsNow, outputs: olds.outputs };
  const ours = stored({ owned, seen: head.commit });
  const outputs = { ...withoutShown(olds.outputs), ...shown(olds.inputs, now), ...ours };
  return { inputs: inputsNow, outputs };
}

/**
 * What a refresh shows: the engine compares the inputs of before with the outputs of now, and takes what it doesn't find
 * there for removed. So these have what changed, until the next commit.
 */
function shown(before: Props, now: Readonly<Record<(typeof CHANGEABLE)[number], object>>): Props {
  return Object.fromEntries(
    CHANGEABLE.map((group) => [
      group,
      Object.fromEntries(
        Object.entries(now[group]).filter(
          ([path, value]) =>
            !isDeepStrictEqual((before[group] as Record<string, unknown> | undefined)?.[path], value),
        ),
      ),
    ]),
  );
}

/** Outputs without what the last refresh showed. */
export function withoutShown(outputs: Props): Props {
  const shownThere: readonly string[] = CHANGEABLE;
  return Object.fromEntries(Object.entries(outputs).filter(([name]) => !shownThere.includes(name)));
}

function mapValues<T, U>(
  group: Readonly<Record<string, T>>,
  change: (value: T, key: string) => U,
): Record<string, U> {
  return Object.fromEntries(Object.entries(group).map(([key, value]) => [key, change(value, key)]));
}
