import type { ObjectKey } from "../../../provider/flux/follow/flux-object";
import type { State } from "../../cluster/condition";
import { flat } from "../../status/arrange";
import type { Status } from "../../status/status";
import { html, type Html } from "../../text/html";
import { bunched, type Bunch, worstOf } from "./bunches";
import { type Drawing, drawWaves, NODE_HEIGHT, type Placed, type Point, type WaveNode } from "./layout";
import { jump } from "./tree";
import { idOf, none, partsOf, STATES } from "./words";

/** Of a character of the boxes' font, in pixels; and how many a box has at most. */
const CHARACTER = 7.4;
const MOST = 28;
/** Room above the boxes for the waves' numbers. */
const TOP = 26;
/** Boxes that are drawn: more are no picture, and take long. */
const BOXES = 250;
/** Names that a box of many tells, and the line below the graph. */
const NAMES = 40;

/** What waits for what by `dependsOn`, in waves; what nobody waits for and waits for nobody is named below. */
export function wavesGraph({ applied }: Status): Html {
  const entries = flat(applied);
  const states = new Map<ObjectKey, State>(entries.map(({ key, state }) => [key, state]));
  const waitedFor = new Set(entries.flatMap(({ after }) => after));
  const gone = [...waitedFor].filter((key) => !states.has(key));
  const bunches = bunched([
    ...entries.filter(({ key, after }) => after.length > 0 || waitedFor.has(key)),
    ...gone.map((key) => ({ key, after: [] })),
  ]);
  if (bunches.length === 0) return none("Nothing waits for anything else.");
  if (bunches.length > BOXES)
    return none(`${String(bunches.length)} boxes are too many to be drawn: the tree has all.`);
  const alone = entries.filter(({ key, after }) => after.length === 0 && !waitedFor.has(key));
  const drawing = drawnOnce(
    bunches.map(({ key, after, members }) => ({ key, after, width: widthOf(key, members) })),
  );
  const members = new Map(bunches.map((bunch) => [bunch.key, bunch.members]));
  return html`<div class="graph" tabindex="0" role="region" aria-label="Graph of the waves">
      ${svg(drawing, (node) => box(node, members.get(node.key) ?? [node.key], states))}
    </div>
    ${alone.length === 0 ? undefined : standingAlone(alone.map(({ key }) => key))}`;
}

function standingAlone(keys: readonly ObjectKey[]): Html {
  const more = keys.length - NAMES;
  return html`<p class="alone">
    Wait for none, and none waits for them:
    ${keys.slice(0, NAMES).map((key, index) => html`${index === 0 ? "" : ", "}${jump(key)}`)}${more > 0 ? ` and ${String(more)} more` : ""}
  </p>`;
}

let last: { readonly of: string; readonly drawing: Drawing } | undefined;

/** States change much more often than what waits for what, and a layout of hundreds takes a second. */
function drawnOnce(nodes: readonly WaveNode[]): Drawing {
  const of = JSON.stringify(nodes);
  if (last?.of !== of) last = { of, drawing: drawWaves(nodes) };
  return last.drawing;
}

function svg({ width, height, nodes, edges, columns }: Drawing, draw: (node: Placed) => Html): Html {
  const [w, h] = [Math.ceil(width), Math.ceil(height + TOP)];
  const count = String(columns.length);
  return html`<svg
    role="group"
    aria-label="${nodes.length} boxes in ${count} waves"
    width="${w}"
    height="${h}"
    viewBox="0 0 ${w} ${h}"
  >
    <defs>
      <marker id="arrow" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto">
        <path d="M0 0 8 4 0 8z" />
      </marker>
    </defs>
    ${columns.map((x, index) => html`<text class="wave" x="${round(x)}" y="16">wave ${index + 1}</text>`)}
    <g transform="translate(0 ${TOP})">
      ${edges.map(({ from, to, points }) => html`<path class="edge" data-from="${idOf(from)}" data-to="${idOf(to)}" d="${curve(points)}" marker-end="url(#arrow)" /> `)}
      ${nodes.map(draw)}
    </g>
  </svg>`;
}

function box(
  { key, x, y, width }: Placed,
  members: readonly ObjectKey[],
  states: ReadonlyMap<ObjectKey, State>,
): Html {
  const { kind, namespace, name } = partsOf(key);
  const { state, first, count } = worstOf(members, states);
  const { sign, word } = STATES[state];
  const [all, many] = [String(members.length), members.length > 1];
  const caption = many ? `${all} objects` : name.length > MOST ? `${name.slice(0, MOST - 1)}…` : name;
  const about = many
    ? count === members.length
      ? ` all ${word}`
      : ` ${String(count)} ${word}`
    : ` ${word}${kind === "HelmRelease" ? " · HelmRelease" : ""}`;
  const whole = many ? namesOf(members) : `${kind} ${namespace}/${name}`;
  const [left, top] = [round(x - width / 2), round(y - NODE_HEIGHT / 2)];
  return html`<a
    href="#${idOf(first)}"
    class="node ${state}"
    aria-label="${many ? caption : whole}:${many ? about : ` ${word}`}"
    ><title>${whole}</title>
    <rect x="${left}" y="${top}" width="${round(width)}" height="${NODE_HEIGHT}" rx="6" />
    <text class="name" x="${left + 10}" y="${top + 19}">${caption}</text>
    <text class="state-word" x="${left + 10}" y="${top + 36}">${sign}${about}</text></a
  > `;
}

function namesOf(members: readonly ObjectKey[]): string {
  const more = members.length - NAMES;
  const names = members.slice(0, NAMES).map((key) => partsOf(key).name);
  return `${names.join(", ")}${more > 0 ? ` and ${String(more)} more` : ""}`;
}

function widthOf(key: ObjectKey, members: Bunch["members"]): number {
  const { kind, name } = partsOf(key);
  const below = kind === "HelmRelease" || members.length > 1 ? 24 : 12;
  return Math.max(members.length > 1 ? 0 : Math.min(name.length, MOST), below) * CHARACTER + 20;
}

/** Rounded where it bends. */
function curve(points: readonly Point[]): string {
  const at = ({ x, y }: Point): string => `${round(x)} ${round(y)}`;
  const [first, ...rest] = points;
  const end = rest.at(-1);
  if (first === undefined || end === undefined) return "";
  const bends = rest.slice(0, -1).map((point, index) => {
    const next = rest[index + 1] ?? end;
    const until = index === rest.length - 2 ? end : { x: (point.x + next.x) / 2, y: (point.y + next.y) / 2 };
    return `Q${at(point)} ${at(until)}`;
  });
  return `M${at(first)} ${bends.length === 0 ? `L${at(end)}` : bends.join(" ")}`;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
