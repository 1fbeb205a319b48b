import type { Provider as KubernetesProvider } from "@pulumi/kubernetes/provider";
import type { FluxBootstrap } from "../components/flux/bootstrap";
import { clusterSecret } from "../components/flux/cluster-secret";
import type { AppRepository as CommittedRepository } from "../components/flux/handoff-args";
import { fileTexts, type FileTextsArgs } from "../components/secrets/file-texts";
import { InputError } from "../manifests/files";
import type { Edit } from "../manifests/git/edits";
import { gitSecretData } from "../manifests/flux/git-secret";
import { mergePlaced, type FileTexts, type PlacedApp } from "../manifests/layouts/layout";
import { sopsEdits } from "../manifests/secrets/sops-config";
import type * as pulumi from "@pulumi/pulumi";
import { partsOf } from "./check-places";
import { fluxAccess } from "./flux-access";
import type { AppRepository } from "./system";

export interface AppRepositoriesArgs {
  readonly texts: FileTextsArgs;
  readonly bootstrap: FluxBootstrap;
  readonly kubernetes: KubernetesProvider;
}

/** The repositories beside Flux's own: what is committed to each, and the Secrets by which Flux reads them. */
export function appRepositories(
  repositories: Readonly<Record<string, AppRepository>>,
  placed: readonly PlacedApp[],
  { texts, bootstrap, kubernetes }: AppRepositoriesArgs,
): { commits: CommittedRepository[]; secrets: pulumi.Resource[] } {
  const names = [...new Set(placed.flatMap(({ elsewhere }) => Object.keys(elsewhere)))];
  const unknown = names.filter((name) => repositories[name] === undefined);
  if (unknown.length > 0) {
    throw new InputError(
      `The system has no repository ${unknown.join(", ")}: add it to its \`repositories\`.`,
    );
  }
  const commits = Object.entries(repositories).map(([source, { settings }]) => {
    const { files, keep } = mergePlaced(partsOf(placed, source));
    const { url, branch, from, auth, mode, adopt = false, retain, formerPlace } = settings;
    return {
      ...{ source, url, branch, from, auth, mode, adopt, retain, formerPlace },
      files: fileTexts(files, texts),
      edits: sopsRules(files, texts.recipients),
      keep: Object.keys(keep).length === 0 ? undefined : keep,
    };
  });
  const secrets = Object.entries(repositories).map(([source, { settings, secretName }]) =>
    clusterSecret(secretName, fluxAccess(source, settings).apply(gitSecretData), {
      bootstrap,
      kubernetes,
    }),
  );
  return { commits, secrets };
}

/** The rule by which people edit the repository's SOPS documents. */
export function sopsRules(files: FileTexts, recipients: readonly string[]): Record<string, Edit[]> {
  const encrypted = Object.entries(files).flatMap(([path, text]) =>
    typeof text !== "string" && "secret" in text ? [path] : [],
  );
  return sopsEdits(encrypted, recipients);
}
