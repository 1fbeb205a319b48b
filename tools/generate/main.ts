import { join, relative } from "node:path";
import { crdManifests, pinnedRelease } from "./crd-source";
import { crdTypes } from "./crd-types";
import { outdated, write } from "./generated";

/**
 * `npm run generate` writes the types of Flux's objects; with `--check` nothing is written, and the status is 1 when
 * they aren't those of the pinned release.
 */
async function main(args: readonly string[]): Promise<number> {
  const unknown = args.filter((arg) => arg !== "--check");
  if (unknown.length > 0)
    throw new Error(`Unknown: ${unknown.join(" ")}. Usage: npm run generate [-- --check]`);
  const folder = relative(process.cwd(), join(__dirname, "..", "..", "manifests", "flux", "crds"));
  const release = pinnedRelease();
  const files = await crdTypes(await crdManifests(release), `Flux ${release}`);
  const faults = outdated(folder, files);
  if (!args.includes("--check")) {
    write(folder, files);
    console.log(`${folder}: ${Object.keys(files).length} files of Flux ${release}, ${faults.length} changed`);
    return 0;
  }
  if (faults.length > 0)
    console.error(`${faults.join("\n")}\n→ Run \`npm run generate\` and commit ${folder}.`);
  return faults.length > 0 ? 1 : 0;
}

main(process.argv.slice(2)).then(
  (status) => (process.exitCode = status),
  (error: unknown) => {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  },
);
