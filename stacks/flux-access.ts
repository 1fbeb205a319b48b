import * as pulumi from "@pulumi/pulumi";
import { DeployKey } from "../components/git/deploy-key";
import type { App } from "../manifests/app";
import type { GitAuth } from "../manifests/git/auth";
import type { RepositorySettings } from "./settings/blocks/repository";

/**
 * How Flux signs in to a repository: as the settings say, or by a deploy key that is made here.
 * @param source name of the GitRepository that reads it
 * @param stays whether Flux goes on reading it when the stack is destroyed
 */
export function fluxAccess(
  source: string,
  { url, fluxAuth, deployKey }: Pick<RepositorySettings, "url" | "fluxAuth" | "deployKey">,
  stays: pulumi.Input<boolean> = false,
): pulumi.Output<GitAuth> {
  if (deployKey === undefined) return fluxAuth;
  const { knownHosts, rotate, ...how } = deployKey;
  const { privateKey } = new DeployKey(source, { url, rotation: rotate, stays, ...how });
  return privateKey.apply((text): GitAuth => ({ ssh: { privateKey: text, knownHosts } }));
}

/** What Flux would have to do in its repository, and its key doesn't let it. */
export function accessFaults(
  apps: readonly App[],
  { deployKey }: Pick<RepositorySettings, "deployKey">,
): string[] {
  const updated = apps.filter(
    ({ parked, imagePolicies = [] }) => parked !== true && imagePolicies.length > 0,
  );
  if (deployKey?.readOnly !== true || updated.length === 0) return [];
  const names = updated.map(({ name }) => name).join(", ");
  return [
    `Flux commits new image tags of ${names}, which its deploy key doesn't let it: set handoff:fluxRepository.deployKey.readOnly to false.`,
  ];
}
