import { posix } from "node:path";
import { yamlData } from "../../../manifests/yaml-data";

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
    return [folderOf(spec)];
  const { sync } = (spec ?? {}) as Record<string, unknown>;
  const own = kind === "FluxInstance" && sync !== undefined ? [folderOf(sync)] : [];
  return [...own, ...Object.values(data).flatMap(appliedBy)];
}

function folderOf(spec: unknown): string {
  const { path } = (spec ?? {}) as Record<string, unknown>;
  if (typeof path !== "string") return "";
  // `${…}` is filled in by Flux, `<<…>>` by its operator.
  const [known = ""] = path.split(/[^/]*(?:\$\{|<<)/);
  // As Flux does: what leads out of the repository ends at its root.
  return posix.join("/", known).replaceAll(/^\/+|\/+$/g, "");
}

/** True when one of the folders is this one, or has it in it. */
export function isWithin(folder: string, applied: readonly string[]): boolean {
  return applied.some((path) => path === "" || `${folder}/`.startsWith(`${path}/`));
}
