/**
 * Flux at scale: many apps of one repository handed off in several ways, each in a sandbox of its own.
 * `npm run bench -- flux [sizes]`; writes a table, and JSON to .bench/flux.json.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Controllers } from "../manifests/flux/controllers";
import { ScaleCluster } from "./scale-cluster";
import type { Scale } from "./programs/scale/scale";

interface Row {
  readonly apps: number;
  readonly way: string;
  /** `pulumi up` until all is Ready; undefined when it ended without. */
  readonly allReady?: number;
  /** The same from its commit on. */
  readonly fromCommit?: number;
  /** A push that touches one app, until that runs. */
  readonly oneApp?: number;
  readonly reconciled?: number;
}

/** What Flux's own defaults are; the sandbox's are shorter. */
const untuned: Controllers = {
  "source-controller": { concurrent: 2, requeueDependency: "30s" },
  "kustomize-controller": { concurrent: 4, requeueDependency: "30s" },
};
const requests = { kubeApiQps: 500, kubeApiBurst: 1000 };
const tuned: Controllers = {
  "source-controller": { tmpInMemory: "1Gi" },
  "kustomize-controller": {
    ...requests,
    concurrent: 10,
    concurrentSsa: 8,
    customApplyStageKinds: [
      "source.toolkit.fluxcd.io/GitRepository",
      "source.extensions.fluxcd.io/ArtifactGenerator",
    ],
    gcPercent: 400,
    requeueDependency: "30s",
    tmpInMemory: "1Gi",
  },
};
const artifacts: Controllers = {
  ...tuned,
  "source-watcher": { ...requests, gcPercent: 400, tmpInMemory: "1Gi" },
};

const ways: readonly (Omit<Scale, "apps"> & { readonly way: string })[] = [
  { way: "one source for all, Flux's defaults", cut: "source", controllers: untuned },
  { way: "one source for all, tuned", cut: "source", controllers: tuned },
  { way: "an artifact an app, tuned", cut: "artifacts", controllers: artifacts },
  {
    way: "an artifact an app, tuned, 2 shards",
    cut: "artifacts",
    controllers: artifacts,
    shards: ["a", "b"],
  },
];

export async function benchFlux(sizes: readonly number[]): Promise<void> {
  const rows: Row[] = [];
  for (const apps of sizes) {
    for (const { way, ...scale } of ways) {
      rows.push(await measure(way, { ...scale, apps }));
      write(rows);
    }
  }
  process.stdout.write(table(rows));
}

async function measure(way: string, scale: Scale): Promise<Row> {
  const { apps } = scale;
  const cluster = new ScaleCluster();
  process.stderr.write(`${String(apps).padStart(5)}  ${way}\n`);
  try {
    await cluster.start(apps);
    const { seconds: allReady, fromCommit } = await cluster.handOff(scale);
    process.stderr.write(
      `       all Ready after ${allReady.toFixed(1)} s, ${fromCommit.toFixed(0)} s from the commit\n`,
    );
    const { seconds, reconciled } = await cluster.change([0], "2");
    process.stderr.write(
      `       one app after ${seconds.toFixed(1)} s, ${String(reconciled.length)} reconciled\n`,
    );
    return { apps, way, allReady, fromCommit, oneApp: seconds, reconciled: reconciled.length };
  } catch (error) {
    process.stderr.write(`${String(error).slice(-2000)}\n`);
    return { apps, way };
  } finally {
    await cluster.stop();
  }
}

function table(rows: readonly Row[]): string {
  const shown = (value: number | undefined, unit = " s"): string =>
    value === undefined ? "failed" : `${value.toFixed(unit === "" ? 0 : 1)}${unit}`;
  return [
    "| apps | way | `up` until all Ready | from its commit | one-app change | reconciled |",
    "|---:|---|---:|---:|---:|---:|",
    ...rows.map(
      ({ apps, way, allReady, fromCommit, oneApp, reconciled }) =>
        `| ${String(apps)} | ${way} | ${shown(allReady)} | ${shown(fromCommit)} | ${shown(oneApp)} | ${shown(reconciled, "")} |`,
    ),
    "",
  ].join("\n");
}

function write(rows: readonly Row[]): void {
  const folder = join(__dirname, "..", ".bench");
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "flux.json"), `${JSON.stringify(rows, null, 2)}\n`);
}
