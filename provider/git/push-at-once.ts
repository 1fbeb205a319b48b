import type { Git } from "./git";
import { isRaceIn } from "./refusals";

/** A commit for a branch that has its parent now. */
export interface Push {
  readonly commit: string;
  readonly branch: string;
  readonly parent: string;
}

/**
 * Pushes a commit over HTTP in one request, where git takes two: it asks first what the branch is at, which we have
 * just fetched. Where others move the branch all the time, that is the time in which they do. Never forced: the host
 * moves the branch from the named parent only. Formats:
 * https://git-scm.com/docs/gitprotocol-http and https://git-scm.com/docs/gitprotocol-pack (pushing data to a server).
 * @returns undefined where git itself is to push: the host isn't reached by HTTP, or says something else than that the
 * commit landed or somebody was faster
 */
export async function pushAtOnce(git: Git, push: Push): Promise<"landed" | "late" | undefined> {
  if (!/^https?:/.test(git.url)) return undefined;
  const { commit, branch, parent } = push;
  const ref = `refs/heads/${branch}`;
  const objects = ["pack-objects", "--quiet", "--revs", "--stdout"];
  const pack = await git.local(objects, { input: [`${commit}\n^${parent}\n`] });
  const command = packetLine(`${parent} ${commit} ${ref}\0report-status`);
  const answer = await git.post("git-receive-pack", Buffer.concat([command, Buffer.from("0000"), pack]));
  if (answer === undefined) return undefined;
  const lines = packetLines(answer);
  if (lines.includes("unpack ok") && lines.includes(`ok ${ref}`)) return "landed";
  return lines.some((line) => line.startsWith(`ng ${ref} `) && isRaceIn(line)) ? "late" : undefined;
}

/** Each line has its length before it, in four hexadecimal digits that count themselves too. */
function packetLine(text: string): Buffer {
  const bytes = Buffer.from(text, "utf8");
  return Buffer.concat([Buffer.from((bytes.length + 4).toString(16).padStart(4, "0")), bytes]);
}

function packetLines(answer: Buffer): string[] {
  const lines: string[] = [];
  for (let at = 0; at + 4 <= answer.length;) {
    const length = Number.parseInt(answer.toString("latin1", at, at + 4), 16);
    if (!(length > 4)) break;
    lines.push(answer.toString("utf8", at + 4, at + length).trimEnd());
    at += length;
  }
  return lines;
}
