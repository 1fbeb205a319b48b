/** HelmReleases of a preview, rendered before and after by a `helm` of the test, whose command line is looked at. */
import { strict as assert } from "node:assert";
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { stringify } from "yaml";
import { comment, reportOf } from "../../tools/preview-comment/comment";
import { chartOf } from "../../tools/preview-comment/helm/chart";
import type { RenderedRelease } from "../../tools/preview-comment/helm/release";
import { type Helm, renderReleases } from "../../tools/preview-comment/helm/render";
import { runHelm } from "../../tools/preview-comment/helm/run";
import type { StackPreview } from "../../tools/preview-comment/preview";
import { jsonReport } from "../../tools/preview-comment/report";
import { previewOf } from "./scene";

const repository = (url = "https://charts.example.com", more = {}) => ({
  apiVersion: "source.toolkit.fluxcd.io/v1",
  kind: "HelmRepository",
  metadata: { name: "charts", namespace: "flux-system" },
  spec: { url, ...more },
});
const release = (version: string, values: object = {}, more: object = {}) => ({
  apiVersion: "helm.toolkit.fluxcd.io/v2",
  kind: "HelmRelease",
  metadata: { name: "db", namespace: "shop" },
  spec: {
    chart: {
      spec: {
        chart: "db",
        version,
        sourceRef: { kind: "HelmRepository", name: "charts", namespace: "flux-system" },
      },
    },
    values,
    ...more,
  },
});
const files = (one?: object, source: object | null = repository()) => ({
  ...(source && { "shop/source.yaml": stringify(source) }),
  ...(one && { "shop/release.yaml": stringify(one) }),
});

/** What the chart makes of its values, in the form that helm prints. */
const CHART = (version: string): string => {
  const object = (kind: string, name: string, more: object = {}): string =>
    `---\n# Source: db/templates/x.yaml\n${stringify({ apiVersion: "v1", kind, metadata: { name }, ...more })}`;
  const secret = object("Secret", "db", { data: { password: `canary-${version}` } });
  const role = object("ClusterRole", "db");
  return version === "1.0.0"
    ? [
        secret,
        role,
        object("StatefulSet", "db"),
        object("PersistentVolumeClaim", "kept", {
          metadata: { name: "kept", annotations: { "helm.sh/resource-policy": "keep" } },
        }),
      ].join("")
    : [
        secret,
        role,
        object("Deployment", "db", { spec: { template: { spec: { containers: [{ image: "db" }] } } } }),
      ].join("");
};

describe("HelmReleases in the comment", () => {
  const asked: { args: readonly string[]; values: string }[] = [];
  const helm: Helm = (args, values) => {
    asked.push({ args, values });
    const version = /--version=(\S+)/.exec(args.join(" "))?.[1] ?? "";
    return Promise.resolve(CHART(version));
  };
  const rendered = async (
    before: Record<string, string> | undefined,
    after: Record<string, string>,
    by = helm,
  ) => {
    asked.length = 0;
    const preview = await previewOf({
      ...(before && { before: { files: before } }),
      after: { files: after },
    });
    const releases = await renderReleases(preview.proposed, by);
    return { preview: { ...preview, releases } as StackPreview, releases };
  };
  const named = ({ objects = [] }: RenderedRelease): string[] =>
    objects.map(
      ({ name, before, after }) => `${before === undefined ? "+" : after === undefined ? "-" : "!"} ${name}`,
    );

  it("list what comes, goes and changes by kind and name, with the rules of danger", async () => {
    const { preview, releases } = await rendered(
      files(release("1.0.0", { a: 1 })),
      files(release("2.0.0", { a: 2 })),
    );
    assert.deepEqual(releases.map(named), [
      ["+ Deployment shop/db", "! Secret shop/db", "- StatefulSet shop/db"],
    ]);
    assert.deepEqual(asked, [
      {
        args: [
          ...["template", "--no-hooks", "--namespace=shop", "--values=-", "--version=1.0.0"],
          ...["--repo=https://charts.example.com", "--", "db", "db"],
        ],
        values: "a: 1\n",
      },
      {
        args: [
          ...["template", "--no-hooks", "--namespace=shop", "--values=-", "--version=2.0.0"],
          ...["--repo=https://charts.example.com", "--", "db", "db"],
        ],
        values: "a: 2\n",
      },
    ]);
    const dangers = reportOf(preview).dangers.map(({ rule, object }) => `${rule} ${object}`);
    assert.ok(dangers.includes("data-pruned StatefulSet shop/db"), dangers.join("\n"));
    const text = comment([preview]);
    assert.match(text, /\| – \| `db` \| `Deployment shop\/db \(of HelmRelease shop\/db\)` \|/, "images");
    assert.match(text, /HelmRelease shop\/db, rendered with db 1\.0\.0 → db 2\.0\.0: 3 objects/);
    assert.match(text, /- PRUNE {2}StatefulSet shop\/db \(with HelmRelease shop\/db\)/);
    const data = JSON.parse(jsonReport([preview])) as {
      stacks: { releases: unknown; objects: { prune: string[] } }[];
    };
    assert.deepEqual(data.stacks[0]?.releases, [
      {
        name: "HelmRelease shop/db",
        create: ["Deployment shop/db"],
        change: ["Secret shop/db"],
        prune: ["StatefulSet shop/db"],
      },
    ]);
    assert.doesNotMatch(text + JSON.stringify([preview.releases, data]), /canary/, "values of Secrets");
  });

  it("list all of one that comes, with its definitions, and of one that goes", async () => {
    const came = await rendered(files(), files(release("2.0.0")));
    assert.deepEqual(came.releases.map(named), [
      ["+ ClusterRole db", "+ Deployment shop/db", "+ Secret shop/db"],
    ]);
    assert.equal(asked.length, 1);
    assert.ok(asked[0]?.args.includes("--include-crds"));
    const went = await rendered(files(release("1.0.0")), files());
    assert.deepEqual(went.releases.map(named), [
      ["- ClusterRole db", "- Secret shop/db", "- StatefulSet shop/db"],
    ]);
  });

  it("take names and namespaces as Flux does", async () => {
    const more = { targetNamespace: "data" };
    const { releases } = await rendered(files(), files(release("2.0.0", {}, more)));
    assert.ok(named(releases[0]!).includes("+ Deployment data/db"));
    assert.deepEqual(asked.at(-1)?.args.slice(-2), ["data-db", "db"]);
    await rendered(files(), files(release("2.0.0", {}, { ...more, releaseName: "own" })));
    assert.deepEqual(asked.at(-1)?.args.slice(-2), ["own", "db"]);
  });

  it("show their values where they can't be rendered, and say why", async () => {
    const failing: Helm = () =>
      Promise.reject(new Error("Pulling…\nError: https://user:canary@x.example.com: not found"));
    const { preview, releases } = await rendered(
      files(release("1.0.0", { replicas: 1 })),
      files(release("1.0.0", { replicas: 2 })),
      failing,
    );
    assert.match(releases[0]?.reason ?? "", /^helm says: Error: .*not found$/);
    const text = comment([preview]);
    assert.match(text, /HelmRelease shop\/db isn't rendered: helm says: [^]*-replicas: 1\n\+replicas: 2/);
    assert.doesNotMatch(text, /canary/);
  });

  it("aren't asked of helm where the chart can't be had, or nothing happens", async () => {
    const one = release("1.0.0");
    const cases: [object, object | null, RegExp][] = [
      [release("1.0.0", {}, { valuesFrom: [{ kind: "Secret", name: "x" }] }), repository(), /valuesFrom/],
      [one, null, /its source HelmRepository charts isn't among the stack's files/],
      [one, repository("https://charts.example.com", { secretRef: { name: "x" } }), /takes a sign-in/],
      [one, repository("file:///etc"), /isn't one of charts/],
      [release("1.0.0", {}, { suspend: true }), repository(), /is suspended/],
      [
        release(
          "1.0.0",
          {},
          {
            chart: {
              spec: {
                chart: "../x",
                sourceRef: { kind: "HelmRepository", name: "charts", namespace: "flux-system" },
              },
            },
          },
        ),
        repository(),
        /is no name in a repository/,
      ],
    ];
    for (const [release, source, words] of cases) {
      const { releases } = await rendered(
        { "other.yaml": "a: 1\n" },
        { "other.yaml": "a: 1\n", ...files(release, source) },
      );
      assert.match(releases[0]?.reason ?? "", words);
      assert.deepEqual(asked, []);
    }
  });

  it("take charts of registries, also by an OCIRepository", () => {
    const source = (spec: object) => () => ({ spec });
    assert.deepEqual(chartOf(release("1.0.0"), source({ url: "oci://ghcr.io/your-org/charts/" })), {
      flags: ["--version=1.0.0"],
      chart: "oci://ghcr.io/your-org/charts/db",
      shown: "db 1.0.0",
    });
    const plain = chartOf(release("1.0.0"), source({ url: "oci://127.0.0.1:5000/charts", insecure: true }));
    assert.deepEqual((plain as { flags: unknown }).flags, ["--version=1.0.0", "--plain-http"]);
    const byReference = {
      metadata: { namespace: "shop" },
      spec: { chartRef: { kind: "OCIRepository", name: "db" } },
    };
    const names: string[] = [];
    const oci = (name: string) => {
      names.push(name);
      return { spec: { url: "oci://ghcr.io/your-org/db", ref: { tag: "2.0.0" } } };
    };
    assert.deepEqual(chartOf(byReference, oci), {
      flags: ["--version=2.0.0"],
      chart: "oci://ghcr.io/your-org/db",
      shown: "db 2.0.0",
    });
    assert.deepEqual(names, ["OCIRepository shop/db"]);
  });

  describe("by the helm on the PATH", () => {
    const folder = mkdtempSync(join(tmpdir(), "handoff-helm-"));
    const { PATH } = process.env;
    const install = (script: string): void => {
      writeFileSync(join(folder, "helm"), `#!/bin/sh\n${script}\n`);
      chmodSync(join(folder, "helm"), 0o755);
      process.env.PATH = `${folder}${delimiter}${PATH ?? ""}`;
    };
    afterEach(() => {
      process.env.PATH = PATH;
    });
    after(() => {
      rmSync(folder, { recursive: true });
    });

    it("give values by standard input alone", async () => {
      install(`printf '%s\\n' "$@" > ${folder}/args; cat > ${folder}/values; echo "kind: X"`);
      assert.equal(await runHelm(["template", "--", "a", "b c"], "password: canary\n"), "kind: X\n");
      assert.equal(readFileSync(join(folder, "args"), "utf8"), "template\n--\na\nb c\n");
      assert.equal(readFileSync(join(folder, "values"), "utf8"), "password: canary\n");
    });

    it("say what it says, and that there is none", async () => {
      install("echo 'Error: no chart' >&2; exit 1");
      await assert.rejects(runHelm(["template"], "x\n".repeat(100_000)), /Error: no chart/);
      process.env.PATH = "/nonexistent";
      await assert.rejects(runHelm(["template"], ""), /helm isn't on the PATH/);
    });
  });
});
