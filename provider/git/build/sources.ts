import { parseAllDocuments } from "yaml";
import type { Branch, TreeEntry } from "../branch";
import { inFolder } from "./kustomization-file";
import { IGNORE_FILE, sourceIgnore, type Ignored } from "./source-ignore";

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

/** What the source of the roots leaves out of its artifact, as the repository itself says. */
export async function sourceIgnoreOf(
  branch: Branch,
  tree: ReadonlyMap<string, TreeEntry>,
  texts: Map<string, string>,
  roots: readonly string[],
): Promise<Ignored> {
  const files = [...tree].filter(([path]) => path === IGNORE_FILE || path.endsWith(`/${IGNORE_FILE}`));
  const syncs = roots.flatMap((root) => {
    const folder = inFolder(root, "flux-system");
    return ["gotk-sync.yaml", "kustomization.yaml"].flatMap((name) => tree.get(inFolder(folder, name)) ?? []);
  });
  await readWith(branch, [...files.map(([, { oid }]) => oid), ...syncs.map(({ oid }) => oid)], texts);
  const ignore = syncs.map(({ oid }) => ignoreIn(texts.get(oid) ?? "")).filter((text) => text !== undefined);
  return sourceIgnore(
    files.map(([path, { oid }]) => [path, texts.get(oid) ?? ""] as const),
    ignore.at(-1),
  );
}

/** `spec.ignore` of the GitRepository `flux-system`, in its own file or in a patch (merged or by steps) of the kustomization beside it. */
function ignoreIn(text: string): string | undefined {
  if (!/\bignore\b/.test(text)) return undefined;
  const documents = parseAllDocuments(text, { logLevel: "silent" });
  for (const document of documents) {
    const data = (document.errors.length > 0 ? undefined : document.toJS({ maxAliasCount: -1 })) as
      { kind?: unknown; spec?: { ignore?: unknown }; patches?: unknown } | null | undefined;
    if (Array.isArray(data)) {
      const step = (data as { path?: unknown; value?: unknown }[]).find(
        ({ path }) => path === "/spec/ignore",
      );
      if (typeof step?.value === "string") return step.value;
    } else if (data?.kind === "GitRepository" && typeof data.spec?.ignore === "string")
      return data.spec.ignore;
    for (const patch of Array.isArray(data?.patches) ? (data.patches as unknown[]) : []) {
      const inline = (patch as { patch?: unknown } | null)?.patch;
      const found = typeof inline === "string" ? ignoreIn(inline) : undefined;
      if (found !== undefined) return found;
    }
  }
  return undefined;
}
