import * as dagre from "@dagrejs/dagre";
import type { ObjectKey } from "../../../provider/flux/follow/flux-object";

/** A node of the graph, and what it waits for. */
export interface WaveNode {
  readonly key: ObjectKey;
  readonly after: readonly ObjectKey[];
  /** Of its box, in pixels. */
  readonly width: number;
}

export interface Placed {
  readonly key: ObjectKey;
  /** Of the box's middle. */
  readonly x: number;
  readonly y: number;
  readonly width: number;
  /** The round in which it can start, from 1; those of a circle never do, and stand where they fit. */
  readonly wave: number;
}

export interface Point {
  readonly x: number;
  readonly y: number;
}

export interface Drawing {
  readonly width: number;
  readonly height: number;
  readonly nodes: readonly Placed[];
  /** From what is waited for to what waits. */
  readonly edges: readonly {
    readonly from: ObjectKey;
    readonly to: ObjectKey;
    readonly points: readonly Point[];
  }[];
  /** Where each wave's column is, from the first. */
  readonly columns: readonly number[];
}

export const NODE_HEIGHT = 46;

/** What is used of the library. Its own types name each other's files without their endings, which node's rules don't find. */
interface Layouts {
  readonly Graph: new () => LayoutGraph;
  readonly layout: (graph: LayoutGraph) => void;
}

interface LayoutGraph {
  setGraph(options: Readonly<Record<string, string | number>>): void;
  graph(): { readonly width?: number; readonly height?: number };
  setNode(name: string, size: { readonly width: number; readonly height: number }): void;
  node(name: string): Point;
  setEdge(from: string, to: string, label: object): void;
  edge(from: string, to: string): { readonly points: readonly Point[] };
}

const { Graph, layout } = dagre as unknown as Layouts;

/**
 * Lays the nodes out in columns, a column a wave, so that lines cross seldom. The layout's library puts what nothing
 * leads away from first: each is given the lines towards what it waits for, and its column is the earliest possible.
 */
export function drawWaves(nodes: readonly WaveNode[]): Drawing {
  const graph = new Graph();
  graph.setGraph({
    rankdir: "RL",
    ranker: "longest-path",
    nodesep: 12,
    ranksep: 44,
    marginx: 12,
    marginy: 12,
  });
  for (const { key, width } of nodes) graph.setNode(key, { width, height: NODE_HEIGHT });
  const known = new Set(nodes.map(({ key }) => key));
  const lines = nodes.flatMap(({ key, after }) =>
    [...new Set(after)].filter((on) => known.has(on) && on !== key).map((on) => ({ from: on, to: key })),
  );
  for (const { from, to } of lines) graph.setEdge(to, from, {});
  layout(graph);
  const columns = [...new Set(nodes.map(({ key }) => graph.node(key).x))].sort((one, other) => one - other);
  const { width = 0, height = 0 } = graph.graph();
  return {
    width,
    height,
    columns,
    nodes: nodes.map(({ key, width: own }) => {
      const { x, y } = graph.node(key);
      return { key, x, y, width: own, wave: columns.indexOf(x) + 1 };
    }),
    edges: lines.map(({ from, to }) => ({ from, to, points: [...graph.edge(to, from).points].reverse() })),
  };
}
