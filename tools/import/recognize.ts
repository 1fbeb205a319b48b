import { posix } from "node:path";
import type { App } from "../../manifests/app";
import { FLUX_SYSTEM } from "../../manifests/flux/objects";
import { outsideOf } from "../../manifests/flux/order";
import type { PlacedApp } from "../../manifests/layouts/layout";
import { kustomizationsIn } from "../../provider/git/build/kustomization-file";
import { difference } from "../../provider/git/differences";
import { editFile } from "../../provider/git/edit-file";
import { editName } from "../../provider/git/yaml/edits";
import { candidates, type Candidate } from "./candidates";
import type { Cluster } from "./clusters";
import { reachable, type Reachable } from "./reachable";
import type { Repository } from "./repository";

/** What of a repository the project's own builders write byte for byte as it is. */
export interface Recognized {
  /** The layout that says most of it. */
  readonly candidate: Candidate;
  /** Apps that a system can have without a commit. */
  readonly apps: readonly App[];
  /** The others, which stay others' files: what of them would be written otherwise. */
  readonly left: ReadonlyMap<string, string>;
}

/**
 * Finds the layout by writing: each one's builders write what its files seem to say, and what comes out equal is it.
 * Undefined where the cluster's folder has nothing that one of the layouts could have made.
 */
export function recognize(
  repository: Repository,
  cluster: Cluster,
  reached: Reachable = reachable(repository, cluster),
): Recognized | undefined {
  const found = candidates(repository, cluster, reached).map((candidate) => settle(repository, candidate));
  return found.reduce<Recognized | undefined>(
    (best, one) => (best === undefined || one.apps.length > best.apps.length ? one : best),
    undefined,
  );
}

function settle(repository: Repository, candidate: Candidate): Recognized {
  const left = new Map<string, string>();
  let { apps } = candidate;
  for (;;) {
    const faults = faultsOf(repository, candidate, apps);
    if (faults.size === 0) return { candidate, apps, left };
    for (const [name, fault] of faults) left.set(name, fault);
    apps = apps.filter(({ name }) => !faults.has(name));
  }
}

/** What isn't reproduced, by app; of all apps when it is what they have in common. */
function faultsOf(
  repository: Repository,
  candidate: Candidate,
  apps: readonly App[],
): ReadonlyMap<string, string> {
  if (apps.length === 0) return new Map();
  const all = (fault: string): Map<string, string> => new Map(apps.map(({ name }) => [name, fault]));
  const placed = placedBy(candidate, apps);
  if (typeof placed === "string") {
    // What a builder refuses of one app says nothing of the others.
    const refused = apps.flatMap((app): [string, string][] => {
      const alone = candidate.whole ? placed : placedBy(candidate, [app]);
      return typeof alone === "string" ? [[app.name, alone]] : [];
    });
    return refused.length > 0 ? new Map(refused) : all(placed);
  }
  const faults = new Map(apps.flatMap(({ name, objects }) => (holdsSecret(objects) ? [[name, SECRET]] : [])));
  for (const part of placed) {
    const fault = differs(repository, part);
    if (fault === undefined) continue;
    if (part.name === undefined || candidate.whole) return all(fault);
    faults.set(part.name, fault);
  }
  if (faults.size > 0) return faults;
  // What nobody of the system makes can't be waited for: its order wouldn't be known.
  for (const part of placed) {
    const names = outsideOf(placed.flatMap(({ kustomizations }) => kustomizations));
    const missing = part.kustomizations.flatMap(({ namespace = "flux-system", dependsOn = [] }) =>
      dependsOn
        .map((other) => `${other.namespace ?? namespace}/${other.name}`)
        .filter((name) => names.includes(name)),
    );
    if (missing.length > 0 && part.name !== undefined)
      faults.set(part.name, waits([...new Set(missing)], apps));
  }
  return faults;
}

function waits(names: readonly string[], apps: readonly App[]): string {
  const parked = apps
    .filter((app) => app.parked === true)
    .flatMap((app) => app.kustomizations.map(({ name, namespace = FLUX_SYSTEM }) => `${namespace}/${name}`));
  const why = names.every((name) => parked.includes(name)) ? "which is parked" : "which isn't taken over";
  return `it waits for ${names.join(", ")}, ${why}`;
}

/** A text says what a builder refuses. */
function placedBy({ place }: Candidate, apps: readonly App[]): readonly PlacedApp[] | string {
  try {
    return place(apps, []);
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

const SECRET = "it has a Secret in its folder, whose values don't belong into the program";

function holdsSecret(objects: App["objects"] = {}): boolean {
  return Object.values(objects)
    .flat()
    .some((object) => object !== undefined && "kind" in object && object.kind === "Secret");
}

/** The first file or entry that the layout would write otherwise than it is. */
function differs({ text, tree }: Repository, { files, edits }: PlacedApp): string | undefined {
  for (const [path, wanted] of Object.entries(files)) {
    const found = text(path);
    if (found === undefined) return `${path} ${tree.has(path) ? "can't be read as text" : "isn't there"}`;
    if (found !== wanted)
      return typeof wanted === "string"
        ? difference(path, found, wanted)
        : `${path} takes what only \`up\` knows`;
  }
  for (const [path, desired] of Object.entries(edits)) {
    // As the program edits whichever of the three names the file has.
    const [there = path] = kustomizationsIn(tree, posix.dirname(path).replace(/^\.$/, ""));
    const found = text(there);
    const plain = { path, text: found, desired, owned: [], adopt: false, initialFile: undefined };
    if (
      found === undefined ||
      editFile({ ...plain, dangles: () => false, leadsToFound: () => false }).text !== found
    )
      return `${there} doesn't list ${desired.map((edit) => editName(edit)).join(", ")}`;
  }
  return undefined;
}
