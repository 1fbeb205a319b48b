import { code, fixed } from "./markdown";
import type { StackPreview } from "./preview";
import { IMPORTANCE, section, type Section } from "./section";

/**
 * Files that several stacks would write into one branch, each in its own way. Each preview is right by itself, since
 * none knows of the others, and the `up` that comes second stops at the file of the first. Pure.
 */
export function sharedSection(previews: readonly StackPreview[]): Section | undefined {
  const writers = new Map<string, { stack: string; after: string }[]>();
  for (const { stack, proposed } of previews)
    for (const { url, branch, files } of proposed)
      for (const { path, kind, after } of files) {
        if (kind !== "own" || after === undefined) continue;
        const key = `${code(path)} in ${code(branch)} of ${code(url)}`;
        writers.set(key, [...(writers.get(key) ?? []), { stack, after }]);
      }
  const shared = [...writers].filter(([, all]) => new Set(all.map(({ after }) => after)).size > 1);
  if (shared.length === 0) return undefined;
  const blocks = shared.map(([file, all]) =>
    fixed(`- ${file}: ${all.map(({ stack }) => code(stack)).join(", ")}`),
  );
  return section(
    IMPORTANCE.faults,
    {
      before:
        "⚠️ **Stacks write the same files, each otherwise**: the `up` that comes second stops there. Give one of them another path or branch.",
      blocks,
    },
    (left) => `- and ${String(left.length)} more`,
  );
}
