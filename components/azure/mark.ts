import * as pulumi from "@pulumi/pulumi";
import {
  namedOf,
  type Authorization,
  type KeptOfVault,
  type LiveVault,
  type NamedOfVault,
  type VaultOptions,
} from "../../manifests/azure/vault-properties";
import type { AzureCloud } from "../../manifests/secrets/azure-cloud";
import { beforeCreate, type LookProvider } from "../before-create";

/** Where things are made, and of whom they are. */
export interface AzureMarkArgs {
  readonly subscriptionId: string;
  readonly tenantId: string;
  /** @default "AzurePublicCloud" */
  readonly cloud?: AzureCloud;
  readonly resourceGroup: string;
  readonly vault: { readonly name: string; readonly create: boolean; readonly url?: string };
}

/** What the next run has to know of this one. */
interface Remembered {
  /** Names of the secrets that the vault is to have: a later run says which it lost. */
  readonly secrets: readonly string[];
  /** What is named of a vault that is created: all else of it is others', and stays. */
  readonly vault?: VaultOptions;
  /** That vault, where it is there already. */
  readonly live?: LiveVault;
}

/**
 * A random text that the state knows before anything is made with it in its tags. What a killed run made is known by it:
 * the next `up` makes it anew, and `destroy` removes it.
 */
export class AzureMark extends pulumi.CustomResource {
  declare readonly mark: pulumi.Output<string>;
  /** What others set of a vault that the stack made; only of one that is created. */
  declare readonly kept: pulumi.Output<KeptOfVault>;
  /** What the program has ever named of it. */
  declare readonly named: pulumi.Output<NamedOfVault>;
  /** Tags of what is made. */
  readonly tags: Readonly<Record<string, pulumi.Input<string>>>;
  /** Tags of what others made and the stack goes on with: what has the mark goes with the stack. */
  readonly adoptedTags: Readonly<Record<string, pulumi.Input<string>>>;
  private readonly looks: LookProvider;
  private readonly of: pulumi.Inputs;

  /** @param remembered for the next run, see {@link Remembered} */
  constructor(
    name: string,
    args: AzureMarkArgs,
    { secrets, vault, live }: Remembered,
    looks: LookProvider,
    parent: pulumi.Resource,
  ) {
    const of = { ...args, owner: ownerTag() };
    const inputs = { ...of, secrets, named: vault && namedOf(vault), live };
    super(
      "handoff:azure:Mark",
      name,
      { ...inputs, mark: undefined, kept: undefined },
      { parent, provider: looks },
    );
    this.adoptedTags = { "managed-by": of.owner };
    this.tags = { ...this.adoptedTags, "handoff-mark": this.mark };
    this.looks = looks;
    this.of = of;
  }

  /**
   * Options of a resource of the vendor's: what a killed run left makes way for it, and what is somebody else's is told.
   * @param about what is made, as provider/azure/clear.ts takes it
   */
  guard(name: string, about: pulumi.Inputs): Pick<pulumi.CustomResourceOptions, "hooks"> {
    const asked = { ...this.of, mark: this.mark, about };
    return { hooks: beforeCreate(name, "handoff:azure:clear", asked, this.looks) };
  }
}

/** `managed-by` of what the stack makes: its own name, which other people's stacks may have, too. */
export function ownerTag(): string {
  return `pulumi-${pulumi.getProject()}-${pulumi.getStack()}`;
}

/** An identity that somebody else made. */
export interface AdoptedIdentity {
  readonly clientId: string;
  readonly principalId: string;
  /** True when it takes the ServiceAccount's tokens by somebody else's credential, which stays theirs. */
  readonly federated: boolean;
}

/** An identity that must be there, and for whom it is to take tokens by a credential of our name. */
export interface WantedIdentity {
  readonly name: string;
  readonly issuer: string;
  readonly subject: string;
  readonly credential: string;
}

export interface FoundAtAzure {
  /** Id of the vault, where this stack made it: it is taken over when the state doesn't know it. */
  readonly vaultId?: string;
  /** That vault, as it is. */
  readonly vault?: LiveVault;
  /** By what a vault that others made tells who may read it. */
  readonly authorization?: Authorization;
  /** The identity that is adopted, where one is to be. */
  readonly identity?: AdoptedIdentity;
  /** True when the reader may read the vault by somebody else's grant, which stays theirs. */
  readonly granted?: boolean;
}

/**
 * Looks at what is there before anything is declared, in a preview too.
 * @throws pulumi.RunError when Azure refuses
 */
export async function lookAtAzure(
  args: AzureMarkArgs & {
    /** True takes over a vault of the stack's tags with what is in it. @default false */
    readonly recover?: boolean;
    /** One that is adopted, and that is to read the vault. */
    readonly identity?: WantedIdentity;
    /** Object id of another one that is. */
    readonly principalId?: string;
  },
  provider: LookProvider,
): Promise<FoundAtAzure> {
  const asked = { ...args, owner: ownerTag() };
  const { fault, ...found } = (await pulumi.runtime.invoke("handoff:azure:look", asked, { provider })) as {
    fault?: string;
  };
  if (fault !== undefined) throw new pulumi.RunError(fault);
  return found;
}
