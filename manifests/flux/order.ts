import { InputError } from "../files";
import { didYouMean } from "../nearest";
import { FLUX_SYSTEM, type ObjectReference } from "./objects";

/** What the order needs of a Kustomization; `KustomizationOptions` fits. */
export interface OrderNode {
  readonly name: string;
  /** @default "flux-system" */
  readonly namespace?: string;
  readonly dependsOn?: readonly ObjectReference[];
}

export interface OrderOptions {
  /** Kustomizations that exist outside the system, as `name` or `namespace/name`: nothing waits for them here. */
  readonly known?: Iterable<string>;
  /** What to say of a name that isn't there. @default the name that was probably meant */
  readonly hint?: (name: string) => string | undefined;
}

/** Flux never reports these: a Kustomization with a wrong `dependsOn` just waits. */
export function checkOrder(nodes: readonly OrderNode[], options: OrderOptions = {}): string[] {
  const graph = buildGraph(nodes, options);
  return [...duplicates(nodes), ...unknownNames(graph, options), ...cycles(graph)];
}

/** What the Kustomizations depend on and isn't among them, as `namespace/name`. */
export function outsideOf(nodes: readonly OrderNode[]): string[] {
  const { edges } = buildGraph(nodes, {});
  return [...new Set([...edges.values()].flat().filter((key) => !edges.has(key)))];
}

/**
 * The Kustomizations by the round in which they can start: each one's dependencies are in earlier rounds.
 * @throws InputError with every fault that `checkOrder` finds.
 */
export function waves(nodes: readonly OrderNode[], options: OrderOptions = {}): string[][] {
  const faults = checkOrder(nodes, options);
  if (faults.length > 0) throw new InputError(faults.join("\n"));
  const { edges } = buildGraph(nodes, options);
  const waiting = new Map(
    [...edges].map(([key, targets]) => [key, targets.filter((target) => edges.has(target))]),
  );
  const dependants = new Map<string, string[]>([...edges.keys()].map((key) => [key, []]));
  for (const [key, targets] of waiting) for (const target of targets) dependants.get(target)?.push(key);
  const missing = new Map([...waiting].map(([key, targets]) => [key, targets.length]));

  const result: string[][] = [];
  let wave = [...missing].filter(([, count]) => count === 0).map(([key]) => key);
  while (wave.length > 0) {
    result.push(wave.map(shown).sort());
    const next: string[] = [];
    for (const dependant of wave.flatMap((key) => dependants.get(key) ?? [])) {
      const count = (missing.get(dependant) ?? 0) - 1;
      missing.set(dependant, count);
      if (count === 0) next.push(dependant);
    }
    wave = next;
  }
  return result;
}

/**
 * The graph for a Markdown page; an arrow leads from what must be ready to what waits for it.
 * @param before what there was: what is new, waits for others than before, or goes is marked
 */
export function mermaid(nodes: readonly OrderNode[], before?: readonly OrderNode[]): string {
  const { edges } = buildGraph(nodes, {});
  const keys = [...edges.keys()].sort();
  const marks = before === undefined ? [] : marked(edges, buildGraph(before, {}).edges);
  const outside = outsideOf(nodes).sort();
  const gone = marks.find(({ mark }) => mark === "gone")?.keys ?? [];
  return [
    "graph TD",
    ...keys.map((key) => `  ${mermaidId(key)}["${shown(key)}"]`),
    ...outside.map((key) => `  ${mermaidId(key)}(["${shown(key)}"])`),
    ...gone.filter((key) => !outside.includes(key)).map((key) => `  ${mermaidId(key)}["${shown(key)}"]`),
    ...keys.flatMap((key) =>
      [...(edges.get(key) ?? [])].sort().map((target) => `  ${mermaidId(target)} --> ${mermaidId(key)}`),
    ),
    ...marks.flatMap(({ mark, keys }) => [
      `  classDef ${mark} ${STYLES[mark]}`,
      `  class ${keys.map(mermaidId).join(",")} ${mark}`,
    ]),
    "",
  ].join("\n");
}

/** Frames that are told apart on a light and a dark page. */
const STYLES = {
  added: "stroke:#2da44e,stroke-width:3px",
  changed: "stroke:#d4a72c,stroke-width:3px",
  gone: "stroke:#cf222e,stroke-width:3px,stroke-dasharray:6 4",
} as const;

type Edges = Graph["edges"];

function marked(after: Edges, before: Edges): readonly { mark: keyof typeof STYLES; keys: string[] }[] {
  const targets = (edges: Edges, key: string): string => [...(edges.get(key) ?? [])].sort().join(" ");
  const all = {
    added: [...after.keys()].filter((key) => !before.has(key)),
    changed: [...after.keys()].filter(
      (key) => before.has(key) && targets(after, key) !== targets(before, key),
    ),
    gone: [...before.keys()].filter((key) => !after.has(key)),
  };
  return (["added", "changed", "gone"] as const)
    .map((mark) => ({ mark, keys: all[mark].sort() }))
    .filter(({ keys }) => keys.length > 0);
}

interface Graph {
  /** Key of each Kustomization → keys of what it depends on, without repetitions. */
  readonly edges: ReadonlyMap<string, readonly string[]>;
  readonly known: ReadonlySet<string>;
}

function buildGraph(nodes: readonly OrderNode[], options: OrderOptions): Graph {
  const edges = new Map<string, string[]>();
  for (const { name, namespace = FLUX_SYSTEM, dependsOn = [] } of nodes) {
    // As in Flux, a dependency without a namespace is in that of the Kustomization.
    const targets = dependsOn.map((target) => `${target.namespace ?? namespace}/${target.name}`);
    const key = `${namespace}/${name}`;
    edges.set(key, [...new Set([...(edges.get(key) ?? []), ...targets])]);
  }
  const known = [...(options.known ?? [])].map((name) =>
    name.includes("/") ? name : `${FLUX_SYSTEM}/${name}`,
  );
  return { edges, known: new Set(known) };
}

/** The root, by which Flux applies all others: another one of its name would take its place, and prune what it applied. */
const ROOT = `${FLUX_SYSTEM}/${FLUX_SYSTEM}`;

function duplicates(nodes: readonly OrderNode[]): string[] {
  const seen = new Set<string>();
  const repeated = new Set<string>();
  for (const { name, namespace = FLUX_SYSTEM } of nodes) {
    const key = `${namespace}/${name}`;
    (seen.has(key) ? repeated : seen).add(key);
  }
  return [
    ...(seen.has(ROOT) ? [`The Kustomization ${FLUX_SYSTEM} is Flux's own: choose another name.`] : []),
    ...[...repeated].map((key) => `There is more than one Kustomization ${shown(key)}.`),
  ];
}

function unknownNames({ edges, known }: Graph, { hint: hintOf }: OrderOptions): string[] {
  const names = [...edges.keys(), ...known];
  return [...edges].flatMap(([key, targets]) =>
    targets
      .filter((target) => !edges.has(target) && !known.has(target))
      .map((target) => {
        const others = names.filter((name) => name !== key).map(shown);
        const fault = `${shown(key)} depends on ${shown(target)}, which doesn't exist.`;
        const hint = hintOf?.(shown(target)) ?? didYouMean(shown(target), others);
        return hint === undefined ? fault : `${fault} ${hint}`;
      }),
  );
}

/**
 * One fault for each edge that closes a circle in a depth-first walk: the graph without those edges has no circle
 * left, so nothing new turns up once they are mended. The walk keeps its own stack: a chain may be long.
 */
function cycles({ edges }: Graph): string[] {
  const faults: string[] = [];
  const finished = new Set<string>();
  for (const start of edges.keys()) {
    if (finished.has(start)) continue;
    const path = [start];
    const position = new Map([[start, 0]]);
    const pending = [[...(edges.get(start) ?? [])].reverse()];
    while (path.length > 0) {
      const target = pending.at(-1)?.pop();
      if (target === undefined) {
        const done = path.pop() ?? start;
        pending.pop();
        position.delete(done);
        finished.add(done);
        continue;
      }
      const from = position.get(target);
      if (from !== undefined) faults.push(circle([...path.slice(from), target]));
      else if (edges.has(target) && !finished.has(target)) {
        position.set(target, path.length);
        path.push(target);
        pending.push([...(edges.get(target) ?? [])].reverse());
      }
    }
  }
  return faults;
}

function circle(path: readonly string[]): string {
  const text = path.map(shown).join(" → ");
  return path.length === 2
    ? `A Kustomization depends on itself: ${text}`
    : `Kustomizations wait for each other: ${text}`;
}

function shown(key: string): string {
  return key.startsWith(`${FLUX_SYSTEM}/`) ? key.slice(FLUX_SYSTEM.length + 1) : key;
}

// Names are lower case, so capitals are free to stand for what Mermaid's ids can't hold; "k_" keeps off its keywords.
function mermaidId(key: string): string {
  return `k_${shown(key).replaceAll("-", "_").replaceAll(".", "D").replaceAll("/", "N")}`;
}
