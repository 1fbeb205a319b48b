import type { AppliedAs } from "../../../manifests/flux/applied-as";
import { yamlData } from "../../../manifests/yaml-data";
import type { Branch, TreeEntry } from "../branch";
import { inFolder, kustomizationsIn } from "./kustomization-file";
import { listsIn, targetOf } from "./lists";
import { matches, patchesIn, type Patch } from "./patches";
import { byWalk } from "./reading";
import { IGNORE_FILE, sourceIgnore, type Ignored } from "./source-ignore";
import type { Step } from "./walk";

/** Reads texts into `texts`. What isn't there, as with a submodule, is empty. */
export async function readWith(
  branch: Branch,
  oids: Iterable<string>,
  texts: Map<string, string>,
): Promise<void> {
  const missing = [...oids].filter((oid) => !texts.has(oid));
  if (missing.length === 0) return;
  const contents = await branch.read(missing);
  for (const oid of missing) texts.set(oid, contents.get(oid)?.toString("utf8") ?? "");
}

/** What the repository itself says of the sync that reads it. */
export interface Sync {
  /** What the source leaves out of its artifact. */
  readonly ignored: Ignored;
  /** By root folder: what the Kustomization that applies it makes of all that is in it. */
  readonly as: ReadonlyMap<string, Step>;
  /** Root folders in which variables are filled in. */
  readonly filled: ReadonlySet<string>;
  /** Folders that the source has from other repositories: what it includes, and submodules. */
  readonly foreign: readonly string[];
}

export async function syncOf(
  branch: Branch,
  tree: ReadonlyMap<string, TreeEntry>,
  texts: Map<string, string>,
  roots: readonly string[],
): Promise<Sync> {
  const textAt = async (path: string): Promise<string | undefined> => {
    const oid = tree.get(path)?.oid;
    if (oid === undefined) return undefined;
    await readWith(branch, [oid], texts);
    return texts.get(oid);
  };
  const as = new Map<string, Step>();
  const filled = new Set<string>();
  let source: Spec = {};
  for (const root of roots) {
    for (const folder of [inFolder(root, "flux-system"), root]) {
      const path = inFolder(folder, "gotk-sync.yaml");
      const specs = specsIn(await textAt(path));
      const [kustomization] = kustomizationsIn(tree, folder);
      const lists = kustomization === undefined ? "" : listsIn((await textAt(kustomization)) ?? "");
      let patchedBy = path;
      for (const patch of typeof lists === "string" ? [] : lists.patches) {
        const { file } = patch;
        const text = patch.text ?? (file && (await textAt(targetOf(folder, file))));
        for (const kind of ["GitRepository", "Kustomization"] as const)
          if (applyPatch(specs, kind, patch, text ?? "") && kind === "Kustomization")
            patchedBy = kustomization ?? path;
      }
      source = { ...source, ...specs.GitRepository };
      const step = stepOf(specs.Kustomization, patchedBy);
      if (step !== undefined) as.set(root, step);
      if (fillsIn(specs.Kustomization)) filled.add(root);
    }
  }
  const sparse = textsIn(source.sparseCheckout).map((one) => one.replace(/^(\.\/)+/, ""));
  const isOut = (path: string): boolean =>
    sparse.length > 0 && !sparse.some((folder) => path.startsWith(folder));
  const files = [...tree.keys()]
    .filter((path) => (path === IGNORE_FILE || path.endsWith(`/${IGNORE_FILE}`)) && !isOut(path))
    // A folder's own before those below it, which count more.
    .sort((one, other) => byWalk(folderPart(one), folderPart(other)));
  await readWith(
    branch,
    files.flatMap((path) => tree.get(path)?.oid ?? []),
    texts,
  );
  const ignored = sourceIgnore(
    files.map((path) => [path, texts.get(tree.get(path)?.oid ?? "") ?? ""] as const),
    typeof source.ignore === "string" ? source.ignore : undefined,
  );
  const included = Array.isArray(source.include) ? (source.include as unknown[]).map(includedAt) : [];
  const submodules =
    source.recurseSubmodules === true
      ? [...tree].flatMap(([path, { mode }]) => (mode === "160000" && !isOut(path) ? [path] : []))
      : [];
  return {
    ignored: sparse.length === 0 ? ignored : (path) => isOut(path) || ignored(path),
    as,
    filled,
    foreign: [...included, ...submodules],
  };
}

/** Where a source puts what it includes: by default under the other's name. */
function includedAt(include: unknown): string {
  const { repository, toPath } = (include ?? {}) as {
    readonly repository?: { readonly name?: string };
    readonly toPath?: string;
  };
  return targetOf("", toPath === undefined || toPath === "" ? (repository?.name ?? "") : toPath);
}

function folderPart(path: string): string {
  return path.slice(0, -IGNORE_FILE.length);
}

type Spec = Readonly<Record<string, unknown>>;
type Kind = "GitRepository" | "Kustomization";

function specsIn(text: string | undefined): Record<Kind, Spec> {
  const data = text === undefined ? [] : yamlData(text);
  const specOf = (kind: Kind): Spec => {
    const found = (typeof data === "string" ? [] : data).find(
      (object) => (object as { readonly kind?: unknown } | null)?.kind === kind,
    );
    return (found as { readonly spec?: Spec } | undefined)?.spec ?? {};
  };
  return { GitRepository: specOf("GitRepository"), Kustomization: specOf("Kustomization") };
}

/** Changes a spec as a patch says, merged or by steps; true when it is for this kind. */
function applyPatch(specs: Record<Kind, Spec>, kind: Kind, { target }: Patch, text: string): boolean {
  const data = yamlData(text);
  const selected = (target as { readonly kind?: unknown } | undefined)?.kind;
  if (typeof data === "string" || !matches(selected, kind)) return false;
  return data.reduce((changed: boolean, document) => {
    const { kind: own, spec } = (document ?? {}) as { readonly kind?: unknown; readonly spec?: Spec };
    const steps = Array.isArray(document) ? (document as unknown[]).flatMap(specStep) : [];
    const merged = own === kind || target !== undefined ? Object.entries(spec ?? {}) : [];
    const set = [...merged, ...steps];
    specs[kind] = { ...specs[kind], ...Object.fromEntries(set) };
    return changed || set.length > 0;
  }, false);
}

function specStep(step: unknown): [string, unknown][] {
  const { op, path, value } = (step ?? {}) as Spec;
  const [, field] = /^\/spec\/(\w+)$/.exec(typeof path === "string" ? path : "") ?? [];
  if (field === undefined) return [];
  return [[field, op === "remove" ? undefined : value]];
}

/** What a Flux Kustomization makes of what it applies, as a kustomization around it would. */
function stepOf(spec: Spec, path: string): Step | undefined {
  const text = (field: string): string => (typeof spec[field] === "string" ? spec[field] : "");
  const patches = patchesIn((name) =>
    name === "patches" && Array.isArray(spec.patches) ? (spec.patches as unknown[]) : [],
  );
  const [namespace, prefix, suffix] = [text("targetNamespace"), text("namePrefix"), text("nameSuffix")];
  const components = textsIn(spec.components);
  if (patches.length + components.length === 0 && namespace + prefix + suffix === "") return undefined;
  return {
    path,
    lists: { patches, beyond: [], prefix, suffix, namespace: namespace === "" ? undefined : namespace },
    as: { ...(spec as Partial<AppliedAs>), components: components.length === 0 ? undefined : components },
    nameOf: (field) => `spec.${field === "namespace" ? "targetNamespace" : field}`,
  };
}

/** Without a variable nothing is filled in at all. */
function fillsIn({ postBuild }: Spec): boolean {
  const { substitute, substituteFrom, substituteStrategy } = (postBuild ?? {}) as Spec;
  const some = [substitute, substituteFrom].some((from) => Object.keys(from ?? {}).length > 0);
  return some || substituteStrategy === "Always";
}

function textsIn(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((one) => typeof one === "string") : [];
}
