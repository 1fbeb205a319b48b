import { parseDocument } from "yaml";

const APPLIES = /^apiVersion: (kustomize|helm)\.toolkit\.fluxcd\.io\//m;
const KINDS = /^kind: (Kustomization|HelmRelease)$/m;

/**
 * A file with a ServiceAccount for each Kustomization and HelmRelease in it that names none, as a cluster with Flux's
 * multi-tenancy lockdown wants it: https://fluxcd.io/flux/installation/configuration/multitenancy/. The rest of the
 * text stays as it is.
 */
export function withServiceAccount(text: string, name: string): string {
  if (!APPLIES.test(text)) return text;
  return text
    .split(/^(?=---$)/m)
    .map((document) => {
      if (!APPLIES.test(document) || !KINDS.test(document)) return document;
      const parsed = parseDocument(document.replace(/^---\n/, ""));
      if (parsed.errors.length > 0 || parsed.hasIn(["spec", "serviceAccountName"])) return document;
      return document.replace(/^spec:\n( *)/m, `spec:\n$1serviceAccountName: ${name}\n$1`);
    })
    .join("");
}
