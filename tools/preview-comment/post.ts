import { MARKER, markerOf, staleBanner } from "./comment";
import type { HostError } from "./hosts/fetch";
import type { Host, HostComment } from "./hosts/host";

/** What a host did with a comment. */
export interface Posted {
  /** Address of the comment; undefined when nothing was done: a newer preview is there, or none was to be begun. */
  readonly url?: string;
  /** The pull request's newest commit. */
  readonly head: string;
}

/**
 * Writes the comment, or edits the one that an earlier run wrote, on whatever page it is. A preview of a commit that
 * isn't the newest any more says so, and doesn't replace that of the newest.
 * @param write the comment, told the pull request's newest commit
 * @param ifNone "nothing" for what only matters where an earlier run said something else
 */
export async function post(
  host: Host,
  commit: string | undefined,
  write: (head: string) => string,
  ifNone: "create" | "nothing" = "create",
): Promise<Posted> {
  const [head, own] = [await host.head(), await ourComment(host)];
  const isOld = commit !== undefined && commit !== head;
  if (isOld && own?.body.startsWith(markerOf(head)) === true) return { head };
  if (own === undefined && ifNone === "nothing") return { head };
  const body = write(head);
  return { head, url: await written(host, own, body) };
}

async function written(host: Host, own: HostComment | undefined, body: string): Promise<string> {
  if (own !== undefined) {
    try {
      return await host.edit(own.id, body);
    } catch (error) {
      // Somebody deleted it since we looked.
      if ((error as Partial<HostError>).status !== 404 || (await ourComment(host))?.id === own.id)
        throw error;
    }
  }
  try {
    return await host.create(body);
  } catch (error) {
    const { status = 500 } = error as Partial<HostError>;
    if (status < 500) throw error;
    // The answer may be lost of what has landed.
    const landed = await ourComment(host);
    return landed === undefined ? await host.create(body) : await host.edit(landed.id, body);
  }
}

/** Says in the comment of an earlier commit that it is one; nothing where there is none, or it is of the newest. */
export async function markStale(host: Host): Promise<Posted> {
  const [head, own] = [await host.head(), await ourComment(host)];
  const [, commit] = new RegExp(`^${MARKER} of (\\S+) -->`).exec(own?.body ?? "") ?? [];
  if (own === undefined || commit === undefined || commit === head) return { head };
  const [marker = "", title = "", ...rest] = own.body.split("\n\n");
  const text = rest[0]?.startsWith("> ⚠️ **Stale**") === true ? rest.slice(1) : rest;
  const body = [marker, title, staleBanner(commit, head), ...text].join("\n\n");
  return { head, url: await host.edit(own.id, body.slice(0, host.limit)) };
}

/** Whoever edits a comment in a browser leaves the line ends of one. */
async function ourComment(host: Host): Promise<HostComment | undefined> {
  for await (const one of host.comments()) {
    const body = one.body.replaceAll("\r\n", "\n");
    if (one.own && body.startsWith(MARKER)) return { ...one, body };
  }
  return undefined;
}
