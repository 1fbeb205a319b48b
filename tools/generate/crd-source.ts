import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { releaseManifests } from "../../components/flux/release";
import {
  DEFAULT_COMPONENTS,
  EXTRA_COMPONENTS,
  type ReleaseManifests,
} from "../../manifests/flux/install-manifests";
import { canReach } from "../sandbox/download";
import { moduleFolders } from "../sandbox/flux-manifests";
import { parts } from "../sandbox/parts";

const components = [...DEFAULT_COMPONENTS, ...EXTRA_COMPONENTS];

/** Release of Flux that the project is made for: `v2.9.4`. */
export function pinnedRelease(): string {
  const part = parts.find(({ name }) => name === "flux-manifests");
  if (part === undefined) throw new Error("tools/sandbox/parts.ts has no part flux-manifests");
  return part.version;
}

/**
 * The manifests of each of Flux's controllers, which hold its CRDs: of the release, downloaded and checked; where
 * GitHub can't be reached, the CRDs as the controllers' Go modules of that release have them, checked by go.sum.
 * @throws Error when neither can be had, or one of the controllers is missing there.
 */
export async function crdManifests(release: string): Promise<readonly string[]> {
  if (await canReach("https://github.com")) {
    return ofEveryController(await releaseManifests({ version: release }), `Flux ${release}`);
  }
  return ofEveryController(await moduleCrds(), "tools/sandbox/go/flux-manifests/go.mod");
}

/** @throws Error that names the controllers whose manifests are missing: their types would vanish unseen. */
export function ofEveryController(manifests: ReleaseManifests, place: string): readonly string[] {
  const missing = components.filter((name) => manifests[`${name}.yaml`] === undefined);
  if (missing.length > 0) throw new Error(`${place} has no manifests of ${missing.join(", ")}.`);
  return components.map((name) => manifests[`${name}.yaml`] ?? "");
}

/** The CRDs in the controllers' modules, by the names of the release's files. */
async function moduleCrds(): Promise<ReleaseManifests> {
  const folders = await moduleFolders();
  return Object.fromEntries(
    components.flatMap((name) => {
      const folder = folders.get(`github.com/fluxcd/${name}`) ?? folders.get(`github.com/fluxcd/${name}/v2`);
      if (folder === undefined) return [];
      const bases = join(folder, "config", "crd", "bases");
      const texts = readdirSync(bases).map((file) => readFileSync(join(bases, file), "utf8"));
      return [[`${name}.yaml`, texts.join("---\n")]];
    }),
  );
}
