import { strict as assert } from "node:assert";
import fc from "fast-check";
import { waves } from "../../manifests/flux/order";
import { drawWaves } from "../../tools/dashboard/page/layout";
import { page, partsOfPage } from "../../tools/dashboard/page/page";
import { commitList, webAddress } from "../../tools/dashboard/page/side";
import { wavesGraph } from "../../tools/dashboard/page/waves";
import { idOf } from "../../tools/dashboard/page/words";
import type { Snapshot } from "../../tools/dashboard/snapshot";
import { hostsOf, warningsOf } from "../../tools/dashboard/snapshot";
import { statusOf } from "../../tools/status/status";
import { html } from "../../tools/text/html";
import { elementsOf } from "../preview-comment/rendered";
import { broken, failing, fluxObject, healthy, OUTPUTS, stateOf, warning } from "../status/objects";

const HOSTILE = `</span></li><script>x</script><img src=x onerror=x>"' onfocus=x a="`;

function snapshotOf(objects = healthy(), more: Partial<Snapshot> = {}): Snapshot {
  const flux = stateOf(objects, [warning("Kustomization", "calcom", HOSTILE)]);
  const [stack, cluster] = ["prod", "https://cluster.example.com:6443"];
  return {
    ...{ stack, cluster, at: Date.parse("2026-03-01T12:00:00Z") },
    status: statusOf({ stack, cluster, outputs: OUTPUTS, flux }),
    warnings: warningsOf(flux),
    ...{ hosts: ["https://cal.example.com"], secrets: { value: [] }, repositories: [] },
    ...more,
  };
}

const ids = (markup: string): string[] => elementsOf(markup).flatMap(({ attributes }) => attributes.id ?? []);

describe("the dashboard's page", () => {
  it("doesn't call well what nobody looks at", () => {
    const { status } = snapshotOf();
    const shown = page(
      snapshotOf([], { status: status && { ...status, ready: false, idle: ["x is scaled to 0"] } }),
    );
    const [verdict] = elementsOf(shown).filter(({ attributes }) => attributes.class === "verdict");
    assert.match(verdict?.text ?? "", /Not all of Flux runs/);
    assert.match(shown, /x is scaled to 0/);
  });

  it("has a row for each object, of an id of its own, with a word for its state", () => {
    const shown = page(snapshotOf());
    const rows = elementsOf(shown).filter(({ attributes }) => attributes.role === "treeitem");
    assert.deepEqual(
      rows.map(({ attributes }) => attributes.id).sort(),
      [...stateOf(healthy()).objects.keys()].map(idOf).sort(),
    );
    assert.ok(rows.every(({ text }) => /✔\s+ready/.test(text)));
    assert.deepEqual(ids(shown), [...new Set(ids(shown))]);
    const calcom = rows.find(({ attributes }) => attributes.id === idOf("Kustomization flux-system/calcom"));
    assert.equal(calcom?.attributes["aria-level"], "4");
    assert.match(calcom.text, /main@sha1:59032e8d[^]*waits for[^]*secrets[^]*issuer/);
    assert.match(calcom.text, /npm run app -- logs calcom/);
  });

  it("says what is wrong, by words and not by colours alone", () => {
    const ill = page(
      snapshotOf(
        broken(fluxObject("Kustomization", "secrets", { status: { conditions: failing("no folder") } })),
      ),
    );
    const text = elementsOf(`<div>${ill.replace(/^[^]*<body>/, "")}</div>`)[0]?.text ?? "";
    assert.match(text, /1 of 9 objects\s+isn't\s+ready/);
    assert.match(text, /✗\s+failing[^]*secrets[^]*BuildFailed: no folder/);
  });

  it("takes no text of others for markup", () => {
    const hostile = broken(
      fluxObject("Kustomization", "secrets", {
        status: { conditions: failing(HOSTILE), lastAppliedRevision: HOSTILE },
      }),
      fluxObject("GitRepository", "calcom-app", { spec: { url: HOSTILE } }),
    );
    const commit = { commit: HOSTILE, subject: HOSTILE, author: HOSTILE, stacks: [HOSTILE] };
    const shown = page(
      snapshotOf(hostile, {
        ...{ stack: HOSTILE, cluster: HOSTILE, hosts: [`https://${HOSTILE}`] },
        secrets: { value: [{ name: HOSTILE, by: HOSTILE, created: HOSTILE }] },
        outage: { since: 0, words: HOSTILE },
        repositories: [
          { url: HOSTILE, branch: HOSTILE, fault: HOSTILE, commits: [] },
          {
            ...{ url: "https://git.example.com/a/b.git", branch: "main" },
            commits: [{ ...commit, files: [{ path: HOSTILE, change: "added" }] }],
          },
        ],
      }),
    );
    const elements = elementsOf(shown);
    assert.deepEqual(
      elements.filter(({ name }) => name === "script").map(({ attributes }) => attributes),
      [{ src: "page.js", defer: "" }],
    );
    assert.ok(!elements.some(({ name }) => name === "img"));
    assert.ok(
      elements.every(({ attributes }) => !Object.keys(attributes).some((name) => /^on|^style$/.test(name))),
    );
  });

  it("shows no password of an address, and marks that nobody sees in sight", () => {
    assert.equal(
      html`${"https://me:hunter2@git.example.com/a"}`.markup,
      "https://me:[secret]@git.example.com/a",
    );
    assert.equal(html`<b title="${'"\u202e'}">${undefined}</b>`.markup, '<b title="&quot;‹U+202E›"></b>');
  });

  it("asks for nothing but its own files", () => {
    const asked = elementsOf(page(snapshotOf())).flatMap(({ name, attributes: { src, href } }) =>
      name === "a" ? [] : [src ?? href ?? []].flat(),
    );
    assert.deepEqual(asked.sort(), ["icon.svg", "page.css", "page.js"]);
  });

  it("tells of an outage what it shows, and that it knows nothing yet", () => {
    const { live, applied } = partsOfPage(snapshotOf([], { status: undefined, at: undefined }));
    assert.match(live.markup, /Asks https:\/\/cluster/);
    assert.match(applied.markup, /Not known yet/);
    const out = partsOfPage(snapshotOf(healthy(), { outage: { since: 0, words: "no route" } }));
    assert.match(out.live.markup, /doesn[^]*t answer[^]*no route/);
    const never = partsOfPage(
      snapshotOf([], { status: undefined, at: undefined, outage: { since: 0, words: "" } }),
    );
    assert.match(never.live.markup, /hasn[^]*t answered yet/);
  });

  it("links to the page of a repository where there is one", () => {
    const addresses: Readonly<Record<string, string | undefined>> = {
      "ssh://git@github.com/your-org/flux-config.git": "https://github.com/your-org/flux-config",
      "https://git.example.com/a/b.git": "https://git.example.com/a/b",
      "ssh://git@git.example.com:2222/a/b.git": undefined,
      "https://me:secret@git.example.com/a/b.git": undefined,
      "file:///tmp/a.git": undefined,
    };
    for (const [url, web] of Object.entries(addresses)) assert.equal(webAddress(url), web, url);
  });

  it("takes of the outputs the addresses alone", () => {
    const outputs = {
      url: "https://a.example.com",
      urls: ["https://a.example.com", "javascript:x"],
      webhookUrl: "https://s",
    };
    assert.deepEqual(hostsOf(outputs), ["https://a.example.com"]);
  });

  it("names a commit's files, and what is in the cluster", () => {
    const files = Array.from({ length: 45 }, (_, index) => ({
      path: `a/${index}.yaml`,
      change: "changed" as const,
    }));
    const commit = {
      commit: "f".repeat(40),
      subject: "calcom: image",
      author: "A",
      stacks: ["handoff/prod"],
      files,
    };
    const repository = { url: "https://git.example.com/a/b.git", branch: "main", commits: [commit] };
    const shown = commitList([repository], new Set([`main@sha1:${"f".repeat(40)}`])).markup;
    assert.match(shown, /calcom: image[^]*handoff\/prod, 45[^]*in the cluster[^]*a\/0\.yaml[^]*and 5 more/);
    assert.match(shown, new RegExp(`https://git.example.com/a/b/commit/${"f".repeat(40)}`));
    assert.doesNotMatch(commitList([repository], new Set()).markup, /in the cluster/);
  });
});

describe("the graph of the waves", () => {
  const box = (key: string, after: readonly string[]) => ({ key, after, width: 100 });

  it("has a column for each wave, as they start", () => {
    const names = ["a", "b", "c", "d", "e", "f", "g"];
    const edge = fc.tuple(fc.nat(names.length - 1), fc.nat(names.length - 1));
    fc.assert(
      fc.property(fc.array(edge), (edges) => {
        // Only on those before it: nothing goes in a circle.
        const nodes = names.map((name, index) => ({
          name,
          dependsOn: [
            ...new Set(edges.filter(([of, on]) => of === index && on < of).map(([, on]) => on)),
          ].map((on) => ({ name: names[on] ?? "" })),
        }));
        const { nodes: placed, edges: lines } = drawWaves(
          nodes.map(({ name, dependsOn }) =>
            box(
              name,
              dependsOn.map((one) => one.name),
            ),
          ),
        );
        assert.deepEqual(
          placed.map(({ key, wave }) => [key, wave]),
          names.map((name) => [name, waves(nodes).findIndex((wave) => wave.includes(name)) + 1]),
        );
        assert.equal(lines.length, nodes.flatMap(({ dependsOn }) => dependsOn).length);
        const at = new Map(placed.map(({ key, x }) => [key, x]));
        for (const { from, to, points } of lines) {
          assert.ok((at.get(from) ?? 0) < (at.get(to) ?? 0));
          assert.ok((points[0]?.x ?? 0) < (points.at(-1)?.x ?? 0), "from what is waited for");
        }
      }),
      { numRuns: 40 },
    );
  });

  it("doesn't lay boxes over each other", () => {
    const nodes = Array.from({ length: 60 }, (_, index) =>
      box(String(index), index < 8 ? [] : [String(index % 8)]),
    );
    const { nodes: placed, width, height } = drawWaves(nodes);
    for (const [index, one] of placed.entries()) {
      assert.ok(one.x + 50 <= width && one.y + 23 <= height);
      for (const other of placed.slice(index + 1))
        assert.ok(
          Math.abs(one.x - other.x) >= 100 || Math.abs(one.y - other.y) >= 46,
          `${one.key} ${other.key}`,
        );
    }
  });

  it("has hundreds that wait for the same as one box, which says how the worst of them are", () => {
    const many = Array.from({ length: 300 }, (_, index) =>
      fluxObject("Kustomization", `app-${String(index)}`, {
        spec: { dependsOn: [{ name: "cert-manager" }, { name: "secrets" }] },
        ...(index === 7 && { status: { conditions: failing("no folder") } }),
      }),
    );
    const flux = stateOf([...healthy(), ...many]);
    const shown = elementsOf(wavesGraph(statusOf({ stack: "prod", cluster: "", outputs: {}, flux })).markup);
    const nodes = shown.filter(({ attributes }) => attributes.class?.startsWith("node") === true);
    assert.deepEqual(
      nodes.map(({ attributes }) => attributes["aria-label"]),
      [
        ...["Kustomization flux-system/cert-manager: ready", "300 objects: 1 failing"],
        ...["Kustomization flux-system/issuer: ready", "Kustomization flux-system/calcom: ready"],
        "Kustomization flux-system/secrets: ready",
      ],
    );
    assert.equal(nodes[1]?.attributes.href, "#Kustomization_flux-system_app-7", "leads to what is wrong");
    assert.match(nodes[1].text, /app-0, app-1, .* and 260 more/);
  });

  it("draws circles and what isn't there, and names those that stand alone", () => {
    const kustomization = (name: string, ...after: string[]) =>
      fluxObject("Kustomization", name, { spec: { dependsOn: after.map((one) => ({ name: one })) } });
    const objects = [kustomization("a", "b"), kustomization("b", "a", "gone"), kustomization("lonely")];
    const flux = stateOf(objects);
    const shown = wavesGraph(statusOf({ stack: "prod", cluster: "", outputs: {}, flux })).markup;
    const elements = elementsOf(shown);
    const nodes = elements.filter(({ attributes }) => attributes.class?.startsWith("node") === true);
    assert.deepEqual(
      nodes.map(({ attributes }) => attributes["aria-label"]),
      [
        "Kustomization flux-system/a: ready",
        "Kustomization flux-system/b: ready",
        "Kustomization flux-system/gone: missing",
      ],
    );
    assert.equal(elements.filter(({ attributes }) => attributes.class === "edge").length, 3);
    assert.match(elements.find(({ attributes }) => attributes.class === "alone")?.text ?? "", /lonely/);
  });
});
