import { posix } from "node:path";
import { FLUX_SYSTEM } from "../../../manifests/flux/objects";
import { yamlData } from "../../../manifests/yaml-data";

export const API = "kustomize.toolkit.fluxcd.io/";

/** A Flux Kustomization that applies a folder of the repository that it lies in. */
export interface Applier {
  /** `Kustomization flux-system/infrastructure` */
  readonly label: string;
  /** As git's paths have it. */
  readonly folder: string;
}

/**
 * The folders that Flux Kustomizations in a text apply, as git's paths have them: `""` is the whole repository, which
 * is also what one without a `path` applies, and what a text that can't be read counts as. A Kustomization may stand
 * deep in another object, also as a template in a text; a path with a variable counts up to it.
 */
export function appliedFolders(text: string): readonly string[] {
  if (!/kustomize\.toolkit\.fluxcd\.io\/|\bFluxInstance\b/.test(text)) return [];
  const data = yamlData(text);
  return typeof data === "string" ? [""] : data.flatMap(appliedBy);
}

function appliedBy(data: unknown): string[] {
  if (typeof data === "string") return data.includes("\n") ? [...appliedFolders(data)] : [];
  if (data === null || typeof data !== "object") return [];
  const { apiVersion, kind, spec } = data as Record<string, unknown>;
  if (kind === "Kustomization" && String(apiVersion).startsWith("kustomize.toolkit.fluxcd.io/"))
    return [folderIn(spec)];
  const { sync } = (spec ?? {}) as Record<string, unknown>;
  const own = kind === "FluxInstance" && sync !== undefined ? [folderIn(sync)] : [];
  return [...own, ...Object.values(data).flatMap(appliedBy)];
}

function folderIn(spec: unknown): string {
  const { path } = (spec ?? {}) as Record<string, unknown>;
  if (typeof path !== "string") return "";
  // `${…}` is filled in by Flux, `<<…>>` by its operator.
  const [known = ""] = path.split(/[^/]*(?:\$\{|<<)/);
  return folderOf(known);
}

/** True when one of the folders is this one, or has it in it. */
export function isWithin(folder: string, applied: readonly string[]): boolean {
  return applied.some((path) => path === "" || `${folder}/`.startsWith(`${path}/`));
}

/** Kustomizations in a text whose source is the one that Flux was bootstrapped with, and whose folder is known. */
export function appliersIn(text: string): Applier[] {
  if (!text.includes(API)) return [];
  // A path of one dot is a number to 1.1.
  const data = yamlData(text, "1.2");
  return typeof data === "string" ? [] : data.flatMap(applierIn);
}

function applierIn(data: unknown): Applier[] {
  const { apiVersion, kind, metadata, spec } = (data ?? {}) as Record<string, unknown>;
  const { name = "", namespace = FLUX_SYSTEM } = (metadata ?? {}) as Readonly<Record<string, string>>;
  const { path = "", sourceRef } = (spec ?? {}) as Record<string, unknown>;
  const source = (sourceRef ?? {}) as Record<string, unknown>;
  const isHere =
    kind === "Kustomization" &&
    String(apiVersion).startsWith(API) &&
    source.kind === "GitRepository" &&
    source.name === FLUX_SYSTEM;
  // `${…}` is filled in by Flux, `<<…>>` by its operator.
  if (!isHere || typeof path !== "string" || /\$\{|<</.test(path)) return [];
  return [{ label: `${kind} ${namespace}/${name}`, folder: folderOf(path) }];
}

/** As Flux does: what leads out of the repository ends at its root. */
export function folderOf(path: string): string {
  return posix.join("/", path).replaceAll(/^\/+|\/+$/g, "");
}
