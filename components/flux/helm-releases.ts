import type * as pulumi from "@pulumi/pulumi";
import { parseAllDocuments } from "yaml";

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
  return (
    Object.values(files)
      .filter((text): text is string => typeof text === "string" && /^kind: HelmRelease$/m.test(text))
      .flatMap((text) =>
        parseAllDocuments(text).map((document) => document.toJS() as HelmReleaseObject | null),
      )
      .flatMap((object) => (object?.kind === "HelmRelease" ? [object.metadata] : []))
      // Without a namespace of its own it gets that of the Kustomization, which needn't be ours.
      .flatMap(({ name, namespace }) => (namespace === undefined ? [] : [{ name, namespace }]))
  );
}

interface HelmReleaseObject {
  readonly kind?: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
}
