import { isDeepStrictEqual } from "node:util";
import type { Cluster } from "../kubernetes/cluster";
import type { LiveObject, Reference } from "../kubernetes/live-object";
import { USUAL_ROOT } from "../../manifests/flux/read-bootstrap";
import { folderOf } from "../git/build/applied-folders";
import { leadsTo } from "./build";
import { appliedBy, isKept, takesAlong } from "./forecast";
import { listedLines } from "./listed-lines";
import { type FileObject, nameOf, objectsIn } from "./objects";
import { KUSTOMIZE } from "./said";

/** A commit as it is looked over. */
export interface Commit {
  readonly before: ReadonlyMap<string, FileObject>;
  readonly after: ReadonlyMap<string, FileObject>;
  /** All files that are handed off, path → text. */
  readonly files: Readonly<Record<string, string>>;
  /** The same as the head has them. */
  readonly former: Readonly<Record<string, string>>;
  /** What the cluster has, by `Kind namespace/name`. */
  readonly live: ReadonlyMap<string, LiveObject>;
  /** Kustomizations that are ours, as `namespace/name`. */
  readonly ours: ReadonlySet<string>;
  /** Kustomizations that applied files of ours and aren't in the hand-off any more, as `namespace/name`. */
  readonly leaving: readonly string[];
  /** Those of ours that are to read these files; undefined where the files hold the Kustomizations. */
  readonly reading?: readonly string[];
}

const KUSTOMIZATION = { apiVersion: `${KUSTOMIZE}/v1`, kind: "Kustomization" };

/**
 * What stays in git, and Flux would delete all the same and make again, with the data in it: what another Kustomization is to
 * apply. Each prunes what it no longer has, and whether the other one has taken it over by then is a matter of luck.
 * One text for each Kustomization that lets go, with a way through.
 */
export async function remade(cluster: Cluster, commit: Commit): Promise<string[]> {
  return [...(await withLeaving(cluster, commit)), ...(await moved(cluster, commit))];
}

/** Of Kustomizations that go. */
async function withLeaving(cluster: Cluster, commit: Commit): Promise<string[]> {
  const { before, after, leaving, files } = commit;
  const gone = [...before].flatMap(([name, { object, elsewhere }]) =>
    after.has(name) || elsewhere === true || !isKustomization(object) ? [] : [object],
  );
  const references = new Map(
    [...gone.map(({ metadata }) => `${metadata?.namespace ?? ""}/${metadata?.name ?? ""}`), ...leaving].map(
      (path) => [path, referenceTo(path)],
    ),
  );
  if (references.size === 0) return [];
  const staying = objectsIn(files, Object.keys(files));
  const successors = [...staying.values(), ...after.values()]
    .map(({ object }) => object)
    .filter(isKustomization);
  const faults: string[] = [];
  for (const [path, reference] of references) {
    const live = await cluster.get(reference);
    // The file of a parked one stays: what it has is to go.
    if (live === undefined || !takesAlong(live) || staying.has(nameOf(live))) continue;
    const others = successors.filter((one) => appliesAs(one, live));
    const same = others.find((one) => appliedFolder(one) === appliedFolder(live));
    const inventory = new Set(appliedBy(live));
    // By way of a wrapper, another folder may lead to the same files.
    const shared = others
      .map((one) => [one, namesIn(files, appliedFolder(one), inventory)] as const)
      .find(([, names]) => names.size > 0);
    const other = same ?? shared?.[0];
    const names = [...inventory].filter(
      (name) => same !== undefined || shared?.[1].has(name) === true || moves(name, commit),
    );
    if (names.length === 0) continue;
    const by = other === undefined ? "another Kustomization" : nameOf(other);
    const [namespace = "", name = ""] = path.split("/");
    const patch = JSON.stringify({ spec: { deletionPolicy: "Orphan" } });
    faults.push(
      [
        `Kustomization ${path} goes and would take along what ${by} is to apply; Flux would delete that and make it again, and what it holds would be lost:`,
        ...listedLines(names),
        `→ Let it go without its objects, which ${by} then takes over; what is in no file any more stays for you to delete:`,
        `    kubectl patch kustomization ${name} -n ${namespace} --type=merge ${AS_HANDOFF} -p '${patch}' && pulumi up`,
      ].join("\n"),
    );
  }
  return faults;
}

/** Names of what a folder leads to, of those that are asked for. */
function namesIn(files: Commit["files"], folder: string, asked: ReadonlySet<string>): ReadonlySet<string> {
  const found = objectsIn(
    files,
    [...leadsTo(files, folder)].filter((path) => path in files),
  );
  return new Set([...found.keys()].filter((name) => asked.has(name)));
}

/** Of Kustomizations that stay, whose folder an object leaves, for another folder or for this repository. */
async function moved(cluster: Cluster, commit: Commit): Promise<string[]> {
  const { before, after, live, files, ours } = commit;
  const candidates = [...after].flatMap(([name, { path, elsewhere }]) => {
    const [former, object] = [before.get(name), live.get(name)];
    if (object === undefined || !moves(name, { before, after })) return [];
    if (elsewhere === true || former?.elsewhere === true || isKept(object)) return [];
    const owner = ownerOf(object);
    if (owner === undefined || (former === undefined && !ours.has(owner))) return [];
    return [{ name, object, owner, from: former?.path, to: path }];
  });
  const faults: string[] = [];
  for (const owner of new Set(candidates.map((one) => one.owner))) {
    const found = await cluster.get(referenceTo(owner));
    if (found?.spec?.prune !== true || found.spec.suspend === true) continue;
    const folder = appliedFolder(found);
    const [former, now] = [leadsTo(commit.former, folder), leadsTo(files, folder)];
    const elsewhere = sourceOf(found)[0] === "GitRepository" && readsElsewhere(owner, commit);
    const has = new Set(elsewhere ? appliedBy(found) : []);
    const leaves = candidates.filter(
      (one) =>
        one.owner === owner &&
        // What comes to this repository anew it has from another one.
        (one.from === undefined ? has.has(one.name) : former.has(one.from) && !now.has(one.to)),
    );
    if (leaves.length === 0) continue;
    const why = leaves.some(({ from }) => from === undefined)
      ? ", from another repository than this one, to which they come and which it doesn't read"
      : `, and their files leave its folder ${folder === "" ? "." : folder}`;
    faults.push(
      [
        `Kustomization ${owner} has these objects${why}; Flux would delete them and make them again from where they go, and what they hold would be lost:`,
        ...listedLines(leaves.map(({ name, to }) => `${name} (${to})`)),
        "→ Have Flux not delete them, and take that word off again when they are the other Kustomization's (the same with a - in place of =disabled):",
        ...leaves.map(
          ({ object }) => `    kubectl annotate ${place(object)} ${PRUNE}=disabled ${AS_HANDOFF}`,
        ),
      ].join("\n"),
    );
  }
  return faults;
}

/** Whether a Kustomization that stays is to read another repository than this one: those that move here with their files don't. */
function readsElsewhere(path: string, { files, reading, leaving }: Commit): boolean {
  if (leaving.includes(path)) return false;
  if (reading !== undefined) return !reading.includes(path);
  const staying = objectsIn(files, Object.keys(files));
  const [one, root] = [path, USUAL_ROOT].map((each) => staying.get(`Kustomization ${each}`)?.object);
  if (one === undefined || root === undefined) return false;
  const source = sourceOf(one);
  return source[0] === "GitRepository" && !isDeepStrictEqual(source, sourceOf(root));
}

const PRUNE = `${KUSTOMIZE}/prune`;
/** Flux takes away what kubectl set under its own name. */
const AS_HANDOFF = "--field-manager=handoff";
function place({ kind = "", metadata: { name = "", namespace } = {} }: LiveObject): string {
  return `${kind.toLowerCase()} ${name}${namespace === undefined ? "" : ` -n ${namespace}`}`;
}

function isKustomization({ apiVersion = "", kind }: LiveObject): boolean {
  return kind === "Kustomization" && apiVersion.startsWith(`${KUSTOMIZE}/`);
}

function referenceTo(path: string): Reference {
  const [namespace = "", name = ""] = path.split("/");
  return { ...KUSTOMIZATION, name, namespace };
}

/** `namespace/name` of the Kustomization that applied an object last. */
function ownerOf({ metadata }: LiveObject): string | undefined {
  const { [`${KUSTOMIZE}/name`]: name, [`${KUSTOMIZE}/namespace`]: namespace = "" } = metadata?.labels ?? {};
  return name === undefined ? undefined : `${namespace}/${name}`;
}

interface Source {
  readonly kind?: string;
  readonly name?: string;
  readonly namespace?: string;
}

/** An object's file is another one than before. */
function moves(name: string, { before, after }: Pick<Commit, "before" | "after">): boolean {
  const now = after.get(name);
  return now !== undefined && before.get(name)?.path !== now.path;
}

/** Whether two Kustomizations make the same objects of a folder of the same source. */
function appliesAs(one: LiveObject, other: LiveObject): boolean {
  const [a, b] = [one, other].map((kustomization) => {
    const { targetNamespace, namePrefix, nameSuffix, kubeConfig } = kustomization.spec ?? {};
    return [...sourceOf(kustomization), targetNamespace, namePrefix, nameSuffix, kubeConfig];
  });
  return isDeepStrictEqual(a, b);
}

/** As git's paths have it: `""` is the whole repository. */
function appliedFolder({ spec }: LiveObject): string {
  return folderOf(typeof spec?.path === "string" ? spec.path : "");
}

function sourceOf({ spec = {}, metadata }: LiveObject): readonly string[] {
  const { kind = "", name = "", namespace = metadata?.namespace ?? "" } = (spec.sourceRef ?? {}) as Source;
  return [kind, namespace, name];
}
