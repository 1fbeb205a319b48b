import { strict as assert } from "node:assert";
import fc from "fast-check";
import { InputError } from "../../manifests/files";
import { checkOrder, mermaid, waves, type OrderNode } from "../../manifests/flux/order";

const node = (name: string, ...dependsOn: string[]): OrderNode => ({
  name,
  dependsOn: dependsOn.map((to) => ({ name: to })),
});

describe("checkOrder", () => {
  it("reports every fault at once", () => {
    const nodes = [
      node("a", "b"),
      node("b", "c"),
      node("c", "a"),
      node("self", "self"),
      node("calcom-ns", "origin-ca-isuer"),
      node("origin-ca-issuer"),
      node("twice"),
      node("twice"),
      node("lost", "nothing-like-it"),
    ];
    assert.deepEqual(checkOrder(nodes), [
      "There is more than one Kustomization twice.",
      "calcom-ns depends on origin-ca-isuer, which doesn't exist. Did you mean origin-ca-issuer?",
      "lost depends on nothing-like-it, which doesn't exist.",
      "Kustomizations wait for each other: a → b → c → a",
      "A Kustomization depends on itself: self → self",
    ]);
  });

  it("finds two circles that share a Kustomization", () => {
    assert.deepEqual(checkOrder([node("a", "b", "c"), node("b", "a"), node("c", "a")]), [
      "Kustomizations wait for each other: a → b → a",
      "Kustomizations wait for each other: a → c → a",
    ]);
  });

  it("takes names that exist elsewhere", () => {
    const nodes = [node("a", "monitoring"), { name: "b", dependsOn: [{ name: "x", namespace: "team" }] }];
    assert.equal(checkOrder(nodes).length, 2);
    assert.deepEqual(checkOrder(nodes, { known: ["monitoring", "team/x"] }), []);
    assert.deepEqual(waves(nodes, { known: ["monitoring", "team/x"] }), [["a", "b"]]);
  });

  it("looks for a dependency in the Kustomization's own namespace, as Flux does", () => {
    const nodes = [node("a"), { ...node("b", "a"), namespace: "team" }];
    assert.deepEqual(checkOrder(nodes), ["team/b depends on team/a, which doesn't exist."]);
    assert.deepEqual(
      waves([
        node("a"),
        { name: "b", namespace: "team", dependsOn: [{ name: "a", namespace: "flux-system" }] },
      ]),
      [["a"], ["team/b"]],
    );
  });

  it("copes with a chain of 20,000", () => {
    const nodes = Array.from({ length: 20_000 }, (_, i) =>
      i === 0 ? node("k0") : node(`k${i}`, `k${i - 1}`),
    );
    assert.deepEqual(checkOrder(nodes), []);
    assert.equal(waves(nodes.reverse()).length, 20_000);
  });
});

describe("waves", () => {
  it("throws what checkOrder finds", () => {
    assert.throws(() => waves([node("a", "a")]), new InputError("A Kustomization depends on itself: a → a"));
  });

  const graph = fc
    .integer({ min: 1, max: 8 })
    .chain((size) =>
      fc.array(fc.array(fc.integer({ min: 0, max: size - 1 }), { maxLength: 3 }), {
        minLength: size,
        maxLength: size,
      }),
    )
    .map((edges) => edges.map((targets, i) => node(`k${i}`, ...targets.map((target) => `k${target}`))));

  it("puts each Kustomization right after the last that it waits for, or there is a circle", () => {
    fc.assert(
      fc.property(graph, (nodes) => {
        const faults = checkOrder(nodes);
        assert.equal(faults.length > 0, hasCircle(nodes));
        if (faults.length > 0) return;
        const wave = new Map(
          waves(nodes).flatMap((names, index) => names.map((name) => [name, index] as const)),
        );
        assert.equal(wave.size, nodes.length);
        for (const { name, dependsOn = [] } of nodes) {
          assert.equal(wave.get(name), Math.max(-1, ...dependsOn.map((to) => wave.get(to.name)!)) + 1);
        }
      }),
      { numRuns: 500 },
    );
  });

  it("leaves no circle when the last arrow of each reported one is taken away", () => {
    fc.assert(
      fc.property(graph, (nodes) => {
        const last = checkOrder(nodes).map((fault) =>
          fault.replace(/.*: /, "").split(" → ").slice(-2).join(">"),
        );
        const mended = nodes.map(({ name, dependsOn = [] }) =>
          node(name, ...dependsOn.map((to) => to.name).filter((to) => !last.includes(`${name}>${to}`))),
        );
        assert.deepEqual(checkOrder(mended), []);
      }),
    );
  });

  it("doesn't depend on the order in which Kustomizations are given", () => {
    fc.assert(
      fc.property(graph, (nodes) => {
        fc.pre(!hasCircle(nodes));
        assert.deepEqual(waves(nodes), waves([...nodes].reverse()));
        assert.equal(mermaid(nodes), mermaid([...nodes].reverse()));
      }),
    );
  });
});

describe("mermaid", () => {
  it("draws arrows from what must be ready to what waits", () => {
    const nodes = [
      node("end", "cert-manager"),
      node("cert-manager"),
      { name: "b.c", namespace: "t", dependsOn: [{ name: "x" }] },
    ];
    assert.equal(
      mermaid(nodes),
      [
        "graph TD",
        '  k_cert_manager["cert-manager"]',
        '  k_end["end"]',
        '  k_tNbDc["t/b.c"]',
        '  k_tNx(["t/x"])',
        "  k_cert_manager --> k_end",
        "  k_tNx --> k_tNbDc",
        "",
      ].join("\n"),
    );
  });

  it("marks what is new, what waits for others than before, and what goes", () => {
    const before = [node("a"), node("b", "a"), node("gone", "a"), node("waited-for"), node("same", "b")];
    const after = [node("a"), node("b"), node("new", "b", "waited-for"), node("same", "b")];
    const lines = mermaid(after, before).split("\n");
    assert.deepEqual(
      lines.filter((line) => line.startsWith("  class ")),
      ["  class k_new added", "  class k_b changed", "  class k_gone,k_waited_for gone"],
    );
    assert.ok(lines.includes('  k_gone["gone"]'));
    // Drawn once, as something outside that another one still waits for.
    assert.deepEqual(
      lines.filter((line) => line.startsWith("  k_waited_for") && !line.includes("-->")),
      ['  k_waited_for(["waited-for"])'],
    );
    assert.equal(mermaid(after, after), mermaid(after));
  });
});

/** By another way than the code under test: remove what waits for nothing until nothing is left to remove. */
function hasCircle(nodes: readonly OrderNode[]): boolean {
  let left = [...nodes];
  for (;;) {
    const names = new Set(left.map(({ name }) => name));
    const blocked = left.filter(({ dependsOn = [] }) => dependsOn.some((to) => names.has(to.name)));
    if (blocked.length === left.length) return left.length > 0;
    left = blocked;
  }
}
