/** Longest name of a file in which git keeps a branch, with `.lock` after it. */
const LONGEST = 250;

/**
 * What is wrong with a branch's name; undefined when nothing is. The rules are those of git-check-ref-format(1) with
 * `--branch`.
 */
export function branchFault(branch: unknown): string | undefined {
  if (typeof branch !== "string" || branch === "") return "it is empty; allowed: a name such as main";
  const found = FAULTS.find(([pattern]) => pattern.test(branch))?.[1];
  if (found !== undefined) return found;
  if (/\p{Cs}/u.test(branch)) return "it isn't valid Unicode";
  const long = branch.split("/").some((part) => Buffer.byteLength(part) > LONGEST);
  return long ? `a part of it has more than ${String(LONGEST)} bytes` : undefined;
}

/**
 * The other branch that keeps one of this name from being there: git has branches in folders, so that `main/x` can't be
 * beside `main`. Undefined when none does.
 */
export function branchInTheWay(branch: string, others: readonly string[]): string | undefined {
  return others.find((other) => branch.startsWith(`${other}/`) || other.startsWith(`${branch}/`));
}

/** What is wrong with two branches of which one would be a folder. */
export function foldersFault(branch: string, other: string): string {
  return `git can't have ${branch} beside ${other}: one of them would be a folder. Choose another name, such as ${branch.replaceAll("/", "-")}`;
}

const FAULTS: readonly (readonly [RegExp, string])[] = [
  [/^-/, "it begins with a hyphen: git would take it for an option"],
  [/^refs\//, "it is a branch's name, not a ref: leave refs/heads/ out"],
  [/^(HEAD|@)$/, "git has another meaning for it"],
  [/[\u0000-\u0020\u007f~^:?*[\\]/, "it has a space, a control character or one of ~ ^ : ? * [ \\"],
  [/\.\.|@\{/, "it has .. or @{"],
  [/^\/|\/$|\/\//, "it begins or ends with /, or has //"],
  [/(^|\/)\./, "a part of it begins with a dot"],
  [/\.$/, "it ends with a dot"],
  [/\.lock(\/|$)/, "a part of it ends with .lock"],
];
