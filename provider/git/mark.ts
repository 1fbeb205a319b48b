import { randomBytes } from "node:crypto";
import type { Owner } from "./commit-message";

/**
 * Which state a commit was made from. A name is no answer to that: a stack or resource may be renamed, its state copied, and
 * another backend may have a stack of the same name. A mark is `<id> <step>`: the id is one state's for its whole life, the
 * step is drawn anew with each commit, so that a copy is told apart from the state that went on.
 */
export function newMark({ mark = draw() }: { readonly mark?: string } = {}): string {
  return `${idOf(mark)} ${draw()}`;
}

/** An owner with its mark: a new one for a state that has none. */
export function marked(owner: Owner): Owner & { readonly mark: string } {
  const { mark = newMark() } = owner;
  return { ...owner, mark };
}

function draw(): string {
  return randomBytes(4).toString("hex");
}

function idOf(mark: string): string {
  return mark.split(" ")[0] ?? "";
}

/** True for the same names, as a state that was lost had them. */
export function sameNames(one: Owner, other: Owner): boolean {
  return one.stack === other.stack && one.resource === other.resource;
}

/** True for what a state has made; where one of both has no mark, as a state that is new, the names tell. */
export function sameOwner(one: Owner, other: Owner): boolean {
  return one.mark === undefined || other.mark === undefined
    ? sameNames(one, other)
    : idOf(one.mark) === idOf(other.mark);
}

/** True for what a run made of a state as it is: a run that was killed before the engine noted it. */
export function isUnnoted(by: Owner, state: Owner): boolean {
  return state.mark === undefined ? sameNames(by, state) : by.mark === state.mark;
}
