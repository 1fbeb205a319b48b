import type { FluxObject } from "./flux-object";

type Advice = readonly [words: RegExp, advice: (object: FluxObject, match: RegExpExecArray) => string];

/** Words of source-controller and of the git hosts behind it; the first that match count. */
const SOURCES: readonly Advice[] = [
  [
    /^still has \S+, not yet /,
    (source) =>
      `Flux asked ${url(source)} again and again, and is given the commit before: a mirror, replica or cache that lags. Bring that up to date, or have Flux read where the commit was pushed to.`,
  ],
  [
    /knownhosts: key (is unknown|mismatch)|host key|no matching host key/i,
    (source) =>
      `The host of ${url(source)} shows another key than the one in ${secret(source)}. Compare it with the fingerprints that the host publishes, then put its line into \`auth.ssh.knownHosts\` of this repository.`,
  ],
  [
    /secrets? "?[^ ]+"? not found|failed to get secret/i,
    (source) =>
      `${secret(source)} isn't there. Of the repositories in the settings, \`pulumi refresh\` and \`pulumi up\` make it again.`,
  ],
  [
    /x509|certificate/i,
    (source) =>
      `Flux doesn't trust the certificate of ${url(source)}. Give its authority in ${isGit(source) ? "`auth.ca`" : "the Secret that its `certSecretRef` names"}.`,
  ],
  [
    /unable to authenticate|authentication required|authorization failed|invalid (username|auth|credentials)|permission denied|repository not found|access denied|\b40[13]\b/i,
    (source) =>
      isGit(source)
        ? `Flux may not read ${url(source)} with ${secret(source)}, which is made of \`auth\` of this repository: give that key or token the right to read it, or another one there.`
        : `Flux may not read ${url(source)} with ${secret(source)}: give its credential the right to read it, or name another Secret in its \`secretRef\`.`,
  ],
  [
    /couldn't find remote ref|reference not found|remote ref .* not found/i,
    (source) =>
      `${url(source)} has no branch ${source.spec?.ref?.branch ?? "of that name"}: push it, or name one that is there, in \`branch\` of this repository's settings or in the source's \`spec.ref\`.`,
  ],
  [
    /no such host|dial tcp|i\/o timeout|connection (refused|reset)|deadline exceeded|network is unreachable/i,
    (source) =>
      `The cluster can't reach ${url(source)}, though this machine can: see its DNS, its way out, and the network policies of flux-system.`,
  ],
];

/** A definition that leaves out a version in which objects are stored. */
export const STORED = /must remain in spec\.versions until a storage migration|status\.storedVersions/;
export const MIGRATE =
  "Objects are still stored in a version that this definition hasn't got any more. Of Flux's own kinds, `flux migrate` stores them anew, as long as the release runs that has both; of others, see their notes on upgrading.";

/** Words of kustomize- and helm-controller. */
const APPLIED: readonly Advice[] = [
  [
    /in namespace "?([^" ]+)"? because it is being terminated/,
    (_object, [, name = ""]) =>
      `The namespace ${name} is being deleted, and nothing can be made in it until it is gone; what holds it up stands in its status: kubectl get namespace ${name} -o yaml`,
  ],
  [
    /failed calling webhook "?([^" ]+)"?/,
    (_object, [, name = ""]) =>
      `The API server asks the webhook ${name} about such objects, and it doesn't answer: see whether the pods of its Service run. What applies it comes first (\`dependsOn\`, \`wait\`).`,
  ],
  [
    /admission webhook "?([^" ]+)"? denied the request/,
    (_object, [, name = ""]) =>
      `A policy of the cluster (${name}) refuses the object: mend what its words name, or have the policy except it.`,
  ],
  [
    /no matches for kind "([^"]+)" in version "([^"]+)"/,
    (_object, [, kind = "", version = ""]) =>
      `The cluster has no ${kind} of ${version}: its definition (CRD) is missing. Depend on the Kustomization that installs it (\`dependsOn\`).`,
  ],
  [
    /namespaces? "([^"]+)" not found/,
    (_object, [, name = ""]) =>
      `The namespace ${name} isn't there. Commit it too, or depend on the Kustomization that makes it (\`dependsOn\`).`,
  ],
  [
    /sops|decrypt|age: no identity/i,
    () =>
      "kustomize-controller can't decrypt: the private key in the Secret that `decryption.secretRef` names must be the one of `sops.recipient`.",
  ],
  [STORED, () => MIGRATE],
  [
    /immutable/,
    () =>
      "That field can't be changed: delete the object and let Flux make it again, or annotate it with kustomize.toolkit.fluxcd.io/force: enabled.",
  ],
  [
    /path not found|no such file or directory/,
    (object) =>
      `Its source has no folder ${object.spec?.path ?? ""}. See \`path\`, the file .sourceignore at the root of the repository, and the source's \`spec.ignore\`, which keep files from Flux.`,
  ],
];

/** What to do about a failure, told by its words; undefined when these say it all. */
export function advice(object: FluxObject | undefined, message: string): string | undefined {
  if (object === undefined) return undefined;
  const applies = object.kind === "Kustomization" || object.kind === "HelmRelease";
  for (const [words, text] of applies ? APPLIED : SOURCES) {
    const match = words.exec(message);
    if (match !== null) return text(object, match);
  }
  return undefined;
}

/** Those alone are made of the settings. */
function isGit({ kind }: FluxObject): boolean {
  return kind === "GitRepository";
}

function url({ spec }: FluxObject): string {
  const { url: address, endpoint, bucketName } = spec ?? {};
  if (address !== undefined) return address;
  return bucketName === undefined ? "the source" : `bucket ${bucketName} of ${endpoint ?? "its provider"}`;
}

function secret({ metadata, spec }: FluxObject): string {
  const name = spec?.secretRef?.name;
  return name === undefined ? "no Secret at all" : `the Secret ${metadata?.namespace ?? ""}/${name}`;
}
