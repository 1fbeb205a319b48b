import { posix } from "node:path";
import { parseAllDocuments } from "yaml";

/**
 * The folders that Flux Kustomizations in a text apply, as git's paths have them: `""` is the whole repository, which
 * is also what one without a `path` applies, and what a text that can't be read counts as.
 */
export function appliedFolders(text: string): readonly string[] {
  if (!text.includes("kustomize.toolkit.fluxcd.io/")) return [];
  return parseAllDocuments(text, { version: "1.1", logLevel: "silent" }).flatMap((document) =>
    document.errors.length > 0 ? [""] : appliedBy(document.toJS({ maxAliasCount: -1 })),
  );
}

function appliedBy(data: unknown): string[] {
  if (data === null || typeof data !== "object") return [];
  const { apiVersion, kind, items, spec } = data as Record<string, unknown>;
  if (Array.isArray(items)) return items.flatMap(appliedBy);
  if (kind !== "Kustomization" || !String(apiVersion).startsWith("kustomize.toolkit.fluxcd.io/")) return [];
  const { path } = (spec ?? {}) as Record<string, unknown>;
  // As Flux does: what leads out of the repository ends at its root.
  return [typeof path === "string" ? posix.join("/", path).replaceAll(/^\/+|\/+$/g, "") : ""];
}

/** True when one of the folders is this one, or has it in it. */
export function isWithin(folder: string, applied: readonly string[]): boolean {
  return applied.some((path) => path === "" || `${folder}/`.startsWith(`${path}/`));
}
