import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { EngineBench } from "./engine";
import { benchFlux } from "./flux";
import { table } from "./report";
import { Workbench } from "./workbench";

const help = `Measures the hand-off beside other ways, in one run. Ratios count, seconds depend on the machine.

  npm run bench                 with 10, 100 and 1000 apps
  npm run bench -- 10 100       with these numbers of apps
  npm run bench -- --runs 5     median of 5 runs of each [3]
  npm run bench -- flux         apps in a cluster: one source for all, an artifact an app, shards

Prints a table, and writes it as JSON to .bench/results.json or .bench/flux.json.
`;

async function main(): Promise<void> {
  const args = process.argv.slice(2);
  if (args.includes("--help")) {
    process.stdout.write(help);
    return;
  }
  const at = args.indexOf("--runs");
  const [, runs = "3"] = at === -1 ? [] : args.splice(at, 2);
  const scale = args[0] === "flux" && args.shift() !== undefined;
  const sizes = args.length > 0 ? args.map(Number) : scale ? [100, 1000] : [10, 100, 1000];
  if (![...sizes, Number(runs)].every((size) => Number.isInteger(size) && size > 0)) {
    throw new Error(`Not a number of apps or runs: ${process.argv.slice(2).join(" ")}\n\n${help}`);
  }
  if (scale) {
    await benchFlux(sizes);
    return;
  }
  const bench = new Workbench();
  const engine = new EngineBench(bench, Number(runs));
  try {
    await bench.start();
    await engine.all(sizes);
  } finally {
    await bench.stop();
  }
  write(engine);
}

function write({ rows }: EngineBench): void {
  process.stdout.write(table(rows));
  const folder = join(__dirname, "..", ".bench");
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "results.json"), `${JSON.stringify(rows, null, 2)}\n`);
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
