import type * as pulumi from "@pulumi/pulumi";
import { parseAllDocuments } from "yaml";
import { FLUX_SYSTEM, type KustomizationOptions } from "../../manifests/flux/objects";
import { isRetained } from "../../manifests/git/retained";

type Texts = Readonly<Record<string, pulumi.Input<string>>>;

/** Those of the files that are applied: not those of parked apps, whose HelmReleases never come. */
export function appliedFiles(
  files: Texts,
  apps: readonly { readonly files: Texts; readonly parked?: boolean }[],
): Texts {
  const parked = new Set(apps.filter((app) => app.parked === true).flatMap((app) => Object.keys(app.files)));
  return Object.fromEntries(Object.entries(files).filter(([path]) => !parked.has(path)));
}

/** The HelmReleases among files whose text is known: a failing one says more than the Kustomization that waits for it. */
export function helmReleasesIn(files: Texts): { name: string; namespace: string }[] {
  return objectsIn(Object.values(files), "HelmRelease");
}

/**
 * Those of the Kustomizations, as `namespace/name`, whose files stay in git when their commit goes: Flux applies them on.
 * @param stay files that were `found` with the same text, and what the program says to `retain`
 * @returns undefined for none
 */
export function stayingIn(
  kustomizations: readonly KustomizationOptions[],
  files: Texts,
  stay: { readonly found: readonly string[]; readonly retain: readonly string[] },
): string[] | undefined {
  const ours = new Set(kustomizations.map(({ name, namespace = FLUX_SYSTEM }) => `${namespace}/${name}`));
  const texts = Object.entries(files)
    .filter(([path]) => stay.found.includes(path) || isRetained(stay.retain, path))
    .map(([, text]) => text);
  const staying = objectsIn(texts, "Kustomization")
    .map(({ name, namespace }) => `${namespace}/${name}`)
    .filter((key) => ours.has(key));
  return staying.length === 0 ? undefined : staying;
}

function objectsIn(texts: readonly unknown[], kind: string): { name: string; namespace: string }[] {
  return (
    texts
      .filter(
        (text): text is string => typeof text === "string" && new RegExp(`^kind: ${kind}$`, "m").test(text),
      )
      .flatMap((text) => parseAllDocuments(text).map((document) => document.toJS() as FluxObject | null))
      .flatMap((object) => (object?.kind === kind ? [object.metadata ?? {}] : []))
      // Without a namespace of its own it gets that of the Kustomization, which needn't be ours.
      .flatMap(({ name, namespace }) =>
        name === undefined || namespace === undefined ? [] : [{ name, namespace }],
      )
  );
}

interface FluxObject {
  readonly kind?: string;
  readonly metadata?: { readonly name?: string; readonly namespace?: string };
}
