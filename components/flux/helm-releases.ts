import type * as pulumi from "@pulumi/pulumi";
import { parseAllDocuments } from "yaml";

/** The HelmReleases among files whose text is known: a failing one says more than the Kustomization that waits for it. */
export function helmReleasesIn(
  files: Readonly<Record<string, pulumi.Input<string>>>,
): { name: string; namespace: string }[] {
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
