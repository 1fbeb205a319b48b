import type { State } from "../cluster/condition";
import { age } from "../text/age";
import { type Level, mark, type Paint } from "../text/mark";
import { table } from "../text/table";
import { flat, type StatusEntry, type StatusNode } from "./arrange";
import type { CommitStatus, Status } from "./status";

const LEVELS: Readonly<Record<State, Level>> = {
  ready: "ok",
  reconciling: "wait",
  waiting: "wait",
  failing: "fail",
  suspended: "off",
  missing: "fail",
  unseen: "off",
};

/** A row of a table, and a line below it. */
interface Row {
  readonly cells: readonly string[];
  readonly below?: string;
}

/** The status for people. @param now milliseconds, for ages @param room characters of a line, for tables */
export function statusText(status: Status, now: number, paint: Paint, room = Infinity): string {
  const row = (entry: StatusEntry, depth = 0, parent?: StatusEntry): Row =>
    entryRow(entry, { now, paint, depth, parent });
  const below = (nodes: readonly StatusNode[], depth: number, parent?: StatusNode): Row[] =>
    nodes.flatMap((node) => [row(node, depth, parent), ...below(node.below, depth + 1, node)]);
  const blocks: [string, readonly string[]][] = [
    [
      "Our commits",
      table(
        status.commits.map((commit) => commitCells(commit, paint)),
        room - 2,
      ),
    ],
    [
      "Sources",
      lines(
        status.sources.map((entry) => row(entry)),
        room - 2,
      ),
    ],
    ["Applied, below what it waits for or what applied it", lines(below(status.applied, 0), room - 2)],
  ];
  return [
    `${summary(status, paint)}\n`,
    ...(status.idle ?? []).map((line) => `${mark("fail", paint)} Flux: ${line}\n`),
    ...(status.idle === undefined ? [] : ["  → `npm run doctor` says what to do\n"]),
    ...(status.unseen ?? []).map(({ kind, why }) => `${mark("warn", paint)} ${kind}: ${why}\n`),
    ...blocks
      .filter(([, found]) => found.length > 0)
      .map(
        ([title, found]) =>
          `\n${paint("bold", title)}\n${found.map((line) => `  ${line.replaceAll("\n", "\n  ")}\n`).join("")}`,
      ),
  ].join("");
}

function summary(status: Status, paint: Paint): string {
  const all = [...status.sources, ...flat(status.applied)];
  const open = all.filter(({ bad }) => bad).length;
  const where = `${status.stack} at ${status.cluster}`;
  if (all.length === 0 && status.unseen !== undefined)
    return `${mark("fail", paint)} ${where}: nothing of Flux can be seen`;
  if (all.length === 0) return `${mark("fail", paint)} ${where}: nothing of Flux is in the cluster`;
  const off = all.filter(({ state, bad }) => state === "suspended" && !bad).length;
  const allowed = off === 0 ? "" : `, ${String(off)} suspended as \`ready.allowSuspended\` allows`;
  if (open === 0 && status.idle !== undefined)
    return `${mark("fail", paint)} ${where}: not all of Flux runs, so what the objects say is of before`;
  return open === 0
    ? `${mark(status.unseen === undefined ? "ok" : "warn", paint)} ${where}: ${String(all.length - off)} of ${String(all.length)} objects are ready${allowed}`
    : `${mark("fail", paint)} ${where}: ${String(open)} of ${String(all.length)} objects aren't ready${allowed}`;
}

interface RowOptions {
  readonly now: number;
  readonly paint: Paint;
  readonly depth: number;
  /** What it stands below. */
  readonly parent?: StatusEntry;
}

function entryRow(entry: StatusEntry, { now, paint, depth, parent }: RowOptions): Row {
  const { key, app = "", state, since, revision = "", message, event, after } = entry;
  const indent = "  ".repeat(depth);
  const others = after.filter((other) => other !== parent?.key);
  const also = others.length === 0 ? "" : `also after ${others.map(short).join(", ")}`;
  const words = message === "" ? "" : paint(state === "failing" ? "red" : "yellow", message);
  return {
    cells: [
      `${indent}${mark(LEVELS[state], paint)} ${key}`,
      app,
      shortRevision(revision),
      since === undefined ? "" : age(now - Date.parse(since)),
      [words, paint("dim", also)].filter((text) => text !== paint("dim", "") && text !== "").join("; "),
    ],
    ...(event !== undefined && !message.includes(event) && { below: `${indent}    event: ${event}` }),
  };
}

function lines(rows: readonly Row[], room: number): readonly string[] {
  const text = table(
    rows.map(({ cells }) => cells),
    room,
  );
  return rows.flatMap(({ below }, index) => [text[index] ?? "", ...(below === undefined ? [] : [below])]);
}

function commitCells({ source, url = "", pushed, fetched, applied, of }: CommitStatus, paint: Paint) {
  const runs = fetched === pushed && applied === of;
  const what =
    fetched === undefined
      ? "Flux has nothing of it"
      : fetched === pushed
        ? `runs in ${String(applied)} of ${String(of)} Kustomizations`
        : `Flux has ${shortRevision(fetched)}: of somebody after it, or from before`;
  return [`${mark(runs ? "ok" : "wait", paint)} ${shortRevision(pushed)}`, source, url, what];
}

/** `calcom-ns` of `Kustomization flux-system/calcom-ns`. */
function short(key: string): string {
  return key.replace(/^.*\//, "");
}

function shortRevision(revision: string): string {
  return revision.replace(/((sha1|sha256):[0-9a-f]{8})[0-9a-f]+/, "$1");
}
