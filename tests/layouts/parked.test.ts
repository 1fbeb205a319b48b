import { strict as assert } from "node:assert";
import { app } from "../../manifests/apps/app";
import { bundle } from "../../manifests/layouts/bundle";
import { fanOut } from "../../manifests/layouts/fan-out";
import type { Layout } from "../../manifests/layouts/layout";
import { perApp } from "../../manifests/layouts/per-app";
import { waves } from "../../manifests/layouts/waves";

const clusterPath = "clusters/my-cluster";
const layouts: Readonly<Record<string, Layout>> = {
  bundle: bundle({ clusterPath }),
  fanOut: fanOut({ clusterPath }),
  perApp: perApp({ clusterPath }),
  waves: waves({ clusterPath, cluster: { name: "my-cluster" } }),
};

const CHART = { repository: "https://charts.example.com", version: "1.2.3" };

describe("a parked app", () => {
  for (const [name, layout] of Object.entries(layouts)) {
    it(`keeps its files in the layout ${name}, and nothing of it is applied or waited for`, () => {
      const place = (parked: boolean) =>
        layout([app({ name: "hello", chart: CHART, parked })], []).find((placed) => placed.name === "hello");
      const [runs, rests] = [place(false), place(true)];
      assert.deepEqual(rests?.files, runs?.files);
      assert.match(JSON.stringify(rests?.files), /kind: HelmRelease/);
      // Its HelmRelease is in git and never comes: nobody may wait for it.
      assert.deepEqual([runs?.parked ?? false, rests?.parked], [false, true]);
      assert.deepEqual([runs?.kustomizations.length, rests?.kustomizations.length], [1, 0]);
      assert.deepEqual(rests?.edits, {});
    });
  }
});
