import type { ObjectKey } from "../../../provider/flux/follow/flux-object";
import type { State } from "../../cluster/condition";
import { flat } from "../../status/arrange";
import type { Status } from "../../status/status";
import { html, type Html } from "../../text/html";
import { type Drawing, drawWaves, NODE_HEIGHT, type Placed, type Point, type WaveNode } from "./layout";
import { jump } from "./tree";
import { idOf, none, partsOf, STATES } from "./words";

/** Of a character of the boxes' font, in pixels; and how many a box has at most. */
const CHARACTER = 7.4;
const MOST = 28;
/** Room above the boxes for the waves' numbers. */
const TOP = 26;

/** What waits for what by `dependsOn`, in waves; what nobody waits for and waits for nobody is named below. */
export function wavesGraph({ applied }: Status): Html {
  const entries = flat(applied);
  const states = new Map<ObjectKey, State>(entries.map(({ key, state }) => [key, state]));
  const waitedFor = new Set(entries.flatMap(({ after }) => after));
  const gone = [...waitedFor].filter((key) => !states.has(key));
  const nodes = [
    ...entries.filter(({ key, after }) => after.length > 0 || waitedFor.has(key)),
    ...gone.map((key) => ({ key, after: [] })),
  ].map(({ key, after }): WaveNode => ({ key, after, width: widthOf(key) }));
  if (nodes.length === 0) return none("Nothing waits for anything else.");
  const alone = entries.filter(({ key, after }) => after.length === 0 && !waitedFor.has(key));
  const drawing = drawnOnce(nodes);
  return html`<div class="graph" tabindex="0" role="region" aria-label="Graph of the waves">
      ${svg(drawing, states)}
    </div>
    ${alone.length === 0 ? undefined : html`<p class="alone">Wait for none, and none waits for them: ${alone.map(({ key }, index) => html`${index === 0 ? "" : ", "}${jump(key)}`)}</p>`}`;
}

let last: { readonly of: string; readonly drawing: Drawing } | undefined;

/** States change much more often than what waits for what, and a layout of hundreds takes a second. */
function drawnOnce(nodes: readonly WaveNode[]): Drawing {
  const of = JSON.stringify(nodes);
  if (last?.of !== of) last = { of, drawing: drawWaves(nodes) };
  return last.drawing;
}

function svg({ width, height, nodes, edges, columns }: Drawing, states: ReadonlyMap<ObjectKey, State>): Html {
  const [w, h] = [Math.ceil(width), Math.ceil(height + TOP)];
  const count = String(columns.length);
  return html`<svg
    role="group"
    aria-label="${nodes.length} objects in ${count} waves"
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
      ${nodes.map((node) => box(node, states.get(node.key) ?? "missing"))}
    </g>
  </svg>`;
}

function box({ key, x, y, width }: Placed, state: State): Html {
  const { kind, namespace, name } = partsOf(key);
  const { sign, word } = STATES[state];
  const shown = name.length > MOST ? `${name.slice(0, MOST - 1)}…` : name;
  const [left, top] = [round(x - width / 2), round(y - NODE_HEIGHT / 2)];
  return html`<a href="#${idOf(key)}" class="node ${state}" aria-label="${kind} ${namespace}/${name}: ${word}"
    ><title>${kind} ${namespace}/${name}</title>
    <rect x="${left}" y="${top}" width="${round(width)}" height="${NODE_HEIGHT}" rx="6" />
    <text class="name" x="${left + 10}" y="${top + 19}">${shown}</text>
    <text class="state-word" x="${left + 10}" y="${top + 36}"
      >${sign} ${word}${kind === "HelmRelease" ? " · HelmRelease" : ""}</text
    ></a
  > `;
}

function widthOf(key: ObjectKey): number {
  const { kind, name } = partsOf(key);
  const below = kind === "HelmRelease" ? 24 : 12;
  return Math.max(Math.min(name.length, MOST), below) * CHARACTER + 20;
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
