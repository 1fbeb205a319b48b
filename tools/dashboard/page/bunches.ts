import type { ObjectKey } from "../../../provider/flux/follow/flux-object";
import type { State } from "../../cluster/condition";

/** What is drawn as one box: an object, or many alike. */
export interface Bunch {
  /** Of the first of them. */
  readonly key: ObjectKey;
  readonly members: readonly ObjectKey[];
  readonly after: readonly ObjectKey[];
}

/** From how many on objects that are alike are one box. */
const MANY = 8;

/** Nobody waits for these, and all wait for the same ones: hundreds of apps are one box, the tree has each. */
export function bunched(
  nodes: readonly { readonly key: ObjectKey; readonly after: readonly ObjectKey[] }[],
): readonly Bunch[] {
  const waitedFor = new Set(nodes.flatMap(({ after }) => after));
  const alike = new Map<string, { key: ObjectKey; after: readonly ObjectKey[] }[]>();
  for (const node of nodes) {
    const by = waitedFor.has(node.key) ? node.key : JSON.stringify([...node.after].sort());
    const group = alike.get(by);
    if (group === undefined) alike.set(by, [node]);
    else group.push(node);
  }
  return [...alike.values()].flatMap((group): readonly Bunch[] => {
    const [first] = group;
    if (first === undefined || group.length < MANY)
      return group.map(({ key, after }) => ({ key, after, members: [key] }));
    return [{ ...first, members: group.map(({ key }) => key) }];
  });
}

/** The worst first. */
const ORDER: readonly State[] = [
  "failing",
  "missing",
  "waiting",
  "reconciling",
  "unseen",
  "suspended",
  "ready",
];

/** The worst state among objects, the first of these, and how many are so. */
export function worstOf(
  members: readonly ObjectKey[],
  states: ReadonlyMap<ObjectKey, State>,
): { readonly state: State; readonly first: ObjectKey; readonly count: number } {
  const stateOf = (key: ObjectKey): State => states.get(key) ?? "missing";
  const state = ORDER.find((one) => members.some((key) => stateOf(key) === one)) ?? "missing";
  const found = members.filter((key) => stateOf(key) === state);
  return { state, first: found[0] ?? members[0] ?? "", count: found.length };
}
