import { strict as assert } from "node:assert";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { storeBlob } from "../../cache/blobs";
import { comment, COMMENT_LIMIT } from "../../tools/preview-comment/comment";
import { parsePreview, type StackPreview } from "../../tools/preview-comment/preview";
import { jsonReport, reportJsonSchema } from "../../tools/preview-comment/report";
import type { Step } from "../../tools/preview-comment/step";
import { FakeCluster } from "../flux/fake-cluster";
import { assertGolden } from "../golden";
import { previewOf } from "./scene";
import { base, CLUSTER, entry, kustomization, namespace, shop, text, workload } from "./shop";

const SCHEMA = join(__dirname, "../../docs/preview-report.v1.schema.json");
const options = {
  commit: "0123abc",
  head: "0123abc",
  runUrl: "https://git.example.com/your-org/infra/runs/1",
};
const all = { ...base, ...shop() };
const without = (path: RegExp) =>
  Object.fromEntries(Object.entries(all).filter(([name]) => !path.test(name)));

const rotated = (urn: string): Step => ({
  op: "replace",
  urn,
  oldState: { custom: true, inputs: { keepers: { rotation: "1" }, length: 32 } },
  newState: { custom: true, inputs: { keepers: { rotation: "2" }, length: 32 } },
  replaceReasons: ["keepers"],
});

const gotk = readFileSync(join(__dirname, "../fixtures/gotk-components.yaml"), "utf8");
const FLUX = "clusters/prod/flux-system/gotk-components.yaml";

/** A cluster in which the app runs. */
async function running(): Promise<FakeCluster> {
  const applied = {
    ...kustomization("shop"),
    status: {
      inventory: {
        entries: ["_shop__Namespace", "shop_web_apps_Deployment", "shop_db_apps_StatefulSet"].map((id) => ({
          id,
          v: "v1",
        })),
      },
    },
  };
  return await FakeCluster.start(namespace("flux-system"), namespace("shop"), applied);
}
const target = (cluster: FakeCluster) => ({
  kubeconfig: cluster.kubeconfig,
  kustomizations: ["flux-system/flux-system", "flux-system/shop", "flux-system/other"],
});

const SCENES: Readonly<Record<string, () => Promise<readonly StackPreview[]>>> = {
  "new-app": async () => [
    await previewOf({
      theirs: CLUSTER,
      before: { files: base, edits: entry("other.yaml") },
      after: { files: all, edits: entry("other.yaml", "shop.yaml") },
    }),
  ],
  "changed-image": async () => [
    await previewOf({
      before: { files: all },
      after: { files: { ...all, ...shop("example.org/web:1.5.0") } },
    }),
  ],
  "parked-service": async () => {
    const cluster = await running();
    try {
      const [before, after] = [all, without(/^clusters\/prod\/shop/)];
      return [
        await previewOf({ before: { files: before }, after: { files: after, cluster: target(cluster) } }),
      ];
    } finally {
      cluster.stop();
    }
  },
  "removed-app": async () => {
    const cluster = await running();
    try {
      return [
        await previewOf({
          before: { files: all },
          after: { files: base, cluster: target(cluster) },
          accepted: ["namespace-deleted Namespace shop"],
        }),
      ];
    } finally {
      cluster.stop();
    }
  },
  "rotated-secret": () => {
    const urn =
      "urn:pulumi:prod::handoff::handoff:secrets:Credentials$random:index/randomBytes:RandomBytes::shop-token";
    const stdout = JSON.stringify({ steps: [rotated(urn)] });
    return Promise.resolve([parsePreview("prod", { stdout, stderr: "", status: 0 })]);
  },
  "failing-preview": () => {
    const urn = "urn:pulumi:prod::handoff::pulumi:pulumi:Stack::handoff-prod";
    const message =
      "Pulumi.prod.yaml has 1 fault:\n  handoff:flux.interval: found 60; allowed: a duration of numbers with ms, s, m or h, such as 10m or 1h30m. Did you mean 60s?\n";
    const diagnostics = [{ urn, message: `error: ${message}`, severity: "error" }];
    const stdout = JSON.stringify({ steps: [], diagnostics });
    return Promise.resolve([parsePreview("prod", { stdout, stderr: "", status: 1 })]);
  },
  "no-change": () => {
    const stdout = JSON.stringify({ steps: [{ op: "same", urn: "urn:pulumi:prod::handoff::a:b:C::d" }] });
    const of = (stack: string) => parsePreview(stack, { stdout, stderr: "", status: 0 });
    return Promise.resolve(["prod", "homelab", "sites"].map(of));
  },
  "thousand-files": async () => {
    const files = (image: string) =>
      Object.fromEntries(
        Array.from({ length: 1000 }, (_, index) => [
          `apps/app-${String(index).padStart(3, "0")}/web.yaml`,
          text(workload("Deployment", `web-${String(index)}`, image)),
        ]),
      );
    return [
      await previewOf({
        before: { files: files("example.org/web:1") },
        after: { files: files("example.org/web:2") },
      }),
    ];
  },
  conflict: async () => [
    await previewOf({
      before: { files: all },
      since: [
        [{ "README.md": "# Theirs\n" }, "Write a README"],
        [shop("example.org/web:1.4.1-hotfix"), "Hotfix by hand"],
      ],
      after: { files: { ...all, ...shop("example.org/web:1.5.0") } },
    }),
  ],
  "flux-upgrade": async () => {
    const old = gotk
      .replaceAll("v2.9.4", "v2.9.3")
      .replace(/^\s+image: .*$/gm, (line) => line.replace(/:v[\d.]+$/, ":v1.0.0"));
    const digests = (content: string) => ({ [FLUX]: storeBlob(content) });
    return [
      await previewOf({
        before: { files: base, digests: digests(old) },
        after: { files: base, digests: digests(gotk) },
      }),
    ];
  },
};

describe("the comment of", () => {
  const published = z.fromJSONSchema(
    JSON.parse(readFileSync(SCHEMA, "utf8")) as z.core.JSONSchema.JSONSchema,
  );
  const shown = new Map<string, string>();
  for (const [name, make] of Object.entries(SCENES)) {
    it(name, async () => {
      const previews = await make();
      const markdown = comment(previews, options);
      assert.ok(markdown.length <= COMMENT_LIMIT, String(markdown.length));
      shown.set(`${name}.md`, `${markdown}\n`);
      const report: unknown = JSON.parse(jsonReport(previews, "0123abc"));
      assert.deepEqual(published.parse(report), report);
    });
  }

  it("is told as data by the schema that is published", async () => {
    assert.deepEqual(
      JSON.parse(readFileSync(SCHEMA, "utf8")),
      JSON.parse(reportJsonSchema()),
      "npm run --silent comment -- --schema prints it",
    );
    const { properties } = JSON.parse(reportJsonSchema()) as { properties: { version: { const: number } } };
    assert.ok(SCHEMA.endsWith(`.v${String(properties.version.const)}.schema.json`));
    const report = JSON.parse(jsonReport((await SCENES["new-app"]?.()) ?? [], "0123abc")) as object;
    for (const broken of [{ ...report, version: 2 }, { ...report, stacks: [{}] }, { version: 1 }])
      assert.equal(published.safeParse(broken).success, false, JSON.stringify(broken).slice(0, 80));
  });

  it("each is as it was looked at", () => {
    assertGolden(join(__dirname, "golden", "scenes"), Object.fromEntries(shown));
  });
});
