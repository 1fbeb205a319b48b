import type { DeployKey } from "../keys";
import type { OnDemandService } from "../service-list";

/** A setting that the sandbox puts over those of a system's stack file: its path below `config:`, and its value. */
export type Override = readonly [path: readonly string[], value: unknown];

/** What the sandbox gives to a system, besides what all systems get. */
export interface SandboxSystem {
  /** Settings put over those of `Pulumi.<name>.yaml`; everything else stays as that file has it. */
  readonly overrides: (environment: Readonly<Record<string, string>>) => readonly Override[];
  /** Stand-ins that it needs beside those that always run. */
  readonly onDemand?: readonly OnDemandService[];
  /** Parts that it needs beside those that always run. */
  readonly parts?: readonly string[];
  /** Deploy keys of its repositories, by the name of the key's file. */
  readonly deployKeys: Readonly<Record<string, DeployKey>>;
  /** Zones of its hosts, beside the account's first one. */
  readonly zones?: readonly string[];
  /** What others keep in the vault, by name. */
  readonly vaultSecrets?: Readonly<Record<string, string>>;
  /** Its flux repository: `your-org/flux-config`. */
  readonly fluxRepository: string;
}

/** A value of the environment that the sandbox always has. */
export const valueOf = (environment: Readonly<Record<string, string>>, name: string): string =>
  environment[name] ?? "";

/** The settings that every system gets: the cluster, Flux's manifests. */
export function commonOverrides(environment: Readonly<Record<string, string>>, system: string): Override[] {
  return [
    [["handoff:system"], system],
    [["handoff:cluster", "kubeconfig"], { file: `${valueOf(environment, "SANDBOX_STATE")}/kubeconfig` }],
    [["handoff:flux", "manifests"], valueOf(environment, "SANDBOX_FLUX_MANIFESTS")],
  ];
}

/** A repository of the sandbox by SSH, with its deploy key. */
export function repositoryOverrides(
  environment: Readonly<Record<string, string>>,
  setting: string,
  repository: string,
  key: string,
): Override[] {
  const file = (name: string): unknown => ({ file: `${valueOf(environment, "SANDBOX_STATE")}/keys/${name}` });
  return [
    [[setting, "url"], `${valueOf(environment, "SANDBOX_GIT_SSH_URL")}/${repository}.git`],
    [[setting, "auth", "ssh"], { privateKey: file(key), knownHosts: file("known_hosts") }],
  ];
}
