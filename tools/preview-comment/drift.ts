import { comment, DRIFT_MARKER, type CommentOptions } from "./comment";
import type { Issues } from "./hosts/issues";
import type { StackPreview } from "./preview";
import { isUnchanged } from "./summary";

/**
 * Keeps one open issue while a stack differs from what the program says, and closes it when none does. Of several that
 * are open, as two runs at a time may leave, the first is kept.
 * @returns what was done, with the issue's address
 */
export async function trackDrift(
  issues: Issues,
  previews: readonly StackPreview[],
  options: CommentOptions = {},
): Promise<string> {
  const open: number[] = [];
  for await (const { id, body, own } of issues.open())
    if (own && body.startsWith(DRIFT_MARKER)) open.push(id);
  const drifted = previews.filter((preview) => !isUnchanged(preview)).map(({ stack }) => stack);
  const [first, ...others] = drifted.length === 0 ? [undefined, ...open] : open.sort((a, b) => a - b);
  const closed: string[] = [];
  for (const id of others) if (id !== undefined) closed.push(await issues.close(id));
  if (drifted.length === 0) return closed.length === 0 ? "no drift" : `no drift: closed ${closed.join(", ")}`;
  const title = titled(drifted);
  const body = comment(previews, { ...options, kind: "drift", limit: issues.limit });
  return first === undefined
    ? `opened ${await issues.create(title, body)}`
    : `updated ${await issues.edit(first, title, body)}`;
}

/** Hosts take no title of more than 255 characters. */
function titled(stacks: readonly string[]): string {
  let named = stacks.length;
  const title = (): string => {
    const more = stacks.length - named;
    return `Drift in ${stacks.slice(0, named).join(", ")}${more === 0 ? "" : ` and ${String(more)} more`}`;
  };
  while (named > 1 && title().length > 200) named--;
  return title().slice(0, 255);
}
