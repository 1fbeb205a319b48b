import * as pulumi from "@pulumi/pulumi";
import type { LookProvider } from "../before-create";
import type { AzureMarkArgs } from "./mark";

/** What External Secrets reads by. */
export const READER_PERMISSIONS = ["get"];
/** What the engine's resources do: write, look for what was deleted, restore it, delete. */
export const DEPLOYER_PERMISSIONS = ["get", "list", "set", "delete", "recover"];

export interface AccessPolicyArgs extends AzureMarkArgs {
  /** Object id of who is let in. @default whoever signs in, who keeps it */
  readonly principalId?: pulumi.Input<string>;
  /** Of secrets, as Key Vault names them. */
  readonly secrets: readonly string[];
  /**
   * True of an identity that the stack makes: nobody else's permissions can be in its policy.
   * @default false
   */
  readonly own?: boolean;
}

/**
 * Permissions in a vault's access policies. Only those that are missing are added, and only what was added is taken away:
 * others' policies, and what else is in this one, stay. The work is done by access-policy-handler.ts.
 */
export class AccessPolicy extends pulumi.CustomResource {
  constructor(
    name: string,
    args: AccessPolicyArgs,
    looks: LookProvider,
    opts: pulumi.CustomResourceOptions = {},
  ) {
    super(
      "handoff:azure:AccessPolicy",
      name,
      { ...args, granted: undefined },
      { ...opts, provider: looks, deleteBeforeReplace: true },
    );
  }
}
