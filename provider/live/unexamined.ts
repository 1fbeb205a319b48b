import type { LiveObject } from "../kubernetes/live-object";
import { listed } from "./listed-lines";
import { type FileObject, nameOf } from "./objects";
import { isLeftAlone } from "./said";

interface Unexamined {
  readonly live: ReadonlyMap<string, LiveObject>;
  readonly judged: ReadonlySet<FileObject>;
  /** What is known of single objects. */
  readonly why: ReadonlyMap<FileObject, string>;
  /** Those of which the cluster can't tell, which is said by itself. */
  readonly unread: ReadonlyMap<FileObject, string>;
  readonly terminating: ReadonlySet<string>;
}

/** What the API server gave no verdict on, by why. */
export function unexamined(
  all: readonly FileObject[],
  { live, judged, why, unread, terminating }: Unexamined,
): string[] {
  const reasons = new Map<FileObject, string>();
  const add = (reason: string, one: FileObject): unknown => reasons.set(one, reason);
  for (const one of all) {
    const { namespace = "" } = one.object.metadata ?? {};
    if (isLeftAlone(one.object, live.get(nameOf(one.object)))) continue;
    if (one.unjudged !== undefined) add(one.unjudged, one);
    else if (why.has(one)) add(why.get(one) ?? "", one);
    else if (judged.has(one) || unread.has(one)) continue;
    else if (terminating.has(namespace))
      add(`its namespace ${namespace} is being deleted; Flux can make it once that has gone`, one);
    else add("its kind or namespace isn't there yet", one);
  }
  return [...alike(reasons)].map(
    ([reason, names]) => `not judged by the API server: ${listed(names)} (${reason})`,
  );
}

/** Names by what is said of them. */
export function alike(words: ReadonlyMap<FileObject, string>): ReadonlyMap<string, readonly string[]> {
  const names = new Map<string, string[]>();
  for (const [{ object }, said] of words) names.set(said, [...(names.get(said) ?? []), nameOf(object)]);
  return names;
}
