import * as pulumi from "@pulumi/pulumi";
import type { CommitMode } from "../manifests/git/commit-mode";
import type { AzureCloud } from "../manifests/secrets/azure-cloud";
import type { TunnelManagement } from "./cloudflare/tunnel";
import type { GitAuth } from "../manifests/git/auth";
import type { DeployKeyArgs } from "./git/deploy-key";

export interface PreflightArgs {
  readonly repositories: readonly {
    readonly url: string;
    readonly branch: string;
    /** Branch at whose head that one begins, where it isn't there yet. */
    readonly from?: string;
    readonly auth: pulumi.Input<GitAuth>;
    /** How Flux signs in, when that differs. */
    readonly fluxAuth?: pulumi.Input<GitAuth>;
    /** The host's API has to show its deploy keys. */
    readonly deployKey?: Pick<DeployKeyArgs, "host" | "apiUrl" | "token" | "ca" | "proxy">;
    /** By a pull request the branch isn't pushed to, and the host's API has to take the token. */
    readonly mode?: pulumi.Input<CommitMode>;
  }[];
  /** Left out while the cluster isn't known yet. */
  readonly cluster?: {
    readonly kubeconfig: pulumi.Input<string>;
    readonly context?: string;
    /** Text of `gotk-sync.yaml`: what the cluster's Flux is to read. */
    readonly sync?: string;
  };
  /** Keys of SOPS: what the cluster decrypts with must be one of those that secrets are encrypted for. */
  readonly sops?: { readonly recipients: readonly string[]; readonly identity?: pulumi.Input<string> };
  /** What the program makes at Cloudflare. */
  readonly cloudflare?: {
    readonly accountId: string;
    readonly apiToken: pulumi.Input<string>;
    /** Zones of the records; the first is that of certificates too. */
    readonly zones: readonly { readonly zoneId: string; readonly zone: string }[];
    readonly tunnel?: {
      readonly name?: string;
      readonly id?: string;
      readonly managed?: TunnelManagement;
      /** An existing one of that name is used. @default false */
      readonly adopt?: boolean;
    };
    /** Hosts are guarded by Access. @default none is */
    readonly access?: { readonly teamName?: string };
    /** Records lead to an address in place of a tunnel. @default false */
    readonly address?: boolean;
    /** Whose API token is made. @default none is */
    readonly tokenOwner?: "account" | "user";
    /** Whether certificates are signed for the zones. @default false */
    readonly certificates?: boolean;
  };
  /** What the program makes at Azure. */
  readonly azure?: {
    readonly subscriptionId: string;
    readonly tenantId: string;
    readonly cloud?: AzureCloud;
    readonly resourceGroup: string;
    readonly vault: { readonly name: string; readonly create?: boolean; readonly url?: string };
    /**
     * An identity that reads the vault is made, one that is there takes the cluster's tokens, or is granted access alone.
     * @default none of them
     */
    readonly reader?: "create" | "adopt" | "grant";
  };
}

/**
 * Signs in everywhere before the first resource is registered, at preview too, and changes nothing: a wrong key or an
 * unreachable cluster is told at once, not after half of the system was made. The work is done by preflight-handler.ts.
 * @throws pulumi.RunError with all faults
 */
export async function preflight(args: PreflightArgs): Promise<void> {
  const stack = `${pulumi.getProject()}/${pulumi.getStack()}`;
  const result = (await pulumi.runtime.invoke("handoff:index:preflight", {
    ...{ ...args, stack, dryRun: pulumi.runtime.isDryRun() },
  })) as {
    faults?: readonly string[];
  };
  const found = result.faults ?? [];
  if (found.length > 0) throw new pulumi.RunError(`nothing was changed:\n${found.join("\n")}`);
}
