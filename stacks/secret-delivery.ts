import type { Provider as KubernetesProvider } from "@pulumi/kubernetes/provider";
import * as pulumi from "@pulumi/pulumi";
import type { FluxBootstrap } from "../components/flux/bootstrap";
import { clusterSecret } from "../components/flux/cluster-secret";
import type { PreflightArgs } from "../components/preflight";
import type { Values, ValueSources } from "../components/secrets/values";
import type { App } from "../manifests/app";
import type { ChartOptions } from "../manifests/apps/chart";
import { externalSecrets } from "../manifests/catalog/external-secrets";
import { secretsBy, valuesBy, type Delivery } from "../manifests/layouts/layout";
import { valuesOf, type SecretsMode } from "../manifests/secrets/app-secret";
import { azureChecks, CLIENT_ID, fillKeyVault, SERVICE_PRINCIPAL, vaultAuth, vaultUrl } from "./key-vault";
import type { AzureSettings } from "./settings/blocks/azure";
import { recipientsOf, type SecretsSetting, type SopsSettings } from "./settings/blocks/secrets";
import type { SharedSettings } from "./settings/schema";

export interface DeliverySettings {
  readonly cluster: SharedSettings["cluster"];
  readonly secrets?: SecretsSetting;
  readonly azure?: AzureSettings;
  readonly sops?: SopsSettings;
}

export interface DeliverArgs {
  readonly sources: ValueSources;
  readonly values: Values;
  readonly bootstrap: FluxBootstrap;
  readonly kubernetes: KubernetesProvider;
}

export interface Delivered {
  /** What must be there before the commits. */
  readonly after: readonly pulumi.Resource[];
  /** What only `up` knows, for files that take it. */
  readonly outputs: Readonly<Record<string, pulumi.Output<string>>>;
}

/** How the secrets of a system reach its cluster. */
export class SecretDelivery {
  readonly modes: Delivery;

  /** @param modes the system's own ways. @default as the setting `secrets` says */
  constructor(
    private readonly settings: DeliverySettings,
    modes?: Delivery,
  ) {
    this.modes = modes ?? [this.mode()];
  }

  /** age public keys of those who may decrypt what is in git. */
  get recipients(): readonly string[] {
    return this.modes.flatMap((mode) => (mode.from === "sops" ? mode.recipients : []));
  }

  /**
   * The way for a Secret of values that this stack makes, where the system's first one can't bring them: a store that
   * others fill is only read.
   */
  get wayOfOwn(): SecretsMode["from"] | undefined {
    const [first, ...others] = this.modes;
    return first?.from !== "store" || this.fillsVault()
      ? undefined
      : others.find(({ from }) => from !== "store")?.from;
  }

  /** Secrets of values that their way can't bring: those that this stack makes, by a store that others fill. */
  faults(apps: readonly App[], sources: ValueSources): string[] {
    if (this.fillsVault()) return [];
    return secretsBy("store", apps, this.modes).flatMap((secret) => {
      const { namespace, name } = secret.secret;
      const made = valuesOf(secret).filter((value) => {
        const source = sources[value];
        return source !== undefined && !("stored" in source);
      });
      const advice =
        this.wayOfOwn === undefined
          ? ""
          : ` Declare the Secret with { via: ${JSON.stringify(this.wayOfOwn)} }.`;
      return made.map(
        (value) =>
          `Secret ${namespace}/${name} takes the value ${value}, which this stack makes, from a store that it doesn't fill.${advice}`,
      );
    });
  }

  /** What the preflight is to look at. */
  checks(): Pick<PreflightArgs, "sops" | "azure"> {
    const { sops, azure, cluster } = this.settings;
    return {
      ...(this.modes.some((mode) => mode.from === "sops") && {
        sops: { recipients: this.recipients, identity: sops?.identity },
      }),
      ...(azure !== undefined && this.fillsVault() && { azure: azureChecks(azure, cluster.name) }),
    };
  }

  /** The app that brings secrets from Key Vault into the cluster; none where they come another way. */
  store(chart?: ChartOptions): App[] {
    const { azure } = this.settings;
    if (!this.fillsVault() || azure === undefined) return [];
    return [
      externalSecrets({ vaultUrl: vaultUrl(azure), cloud: azure.cloud, auth: vaultAuth(azure), chart }),
    ];
  }

  /** Names of the Secrets that `deliver` makes in flux-system. */
  get clusterSecrets(): readonly string[] {
    const { principal, key } = this.inCluster();
    return [
      ...(principal === undefined ? [] : [SERVICE_PRINCIPAL]),
      ...(key === undefined ? [] : [key.name]),
    ];
  }

  /** Makes what the ways need: the vault's secrets, the cluster's key. */
  async deliver(apps: readonly App[], args: DeliverArgs): Promise<Delivered> {
    const vault = await this.deliverByKeyVault(apps, args);
    const key = this.deliverKey(args);
    return { after: [...vault.after, ...key], outputs: vault.outputs };
  }

  /** Whether the values of this stack are written into Key Vault, for a store to read. */
  private fillsVault(): boolean {
    const { azure, secrets = "keyVault" } = this.settings;
    return secrets === "keyVault" && azure !== undefined;
  }

  private mode(): Delivery[number] {
    const { secrets = "keyVault", sops, azure } = this.settings;
    if (secrets === "sops") {
      if (sops === undefined) throw new pulumi.RunError("handoff:sops is needed with handoff:secrets: sops");
      return { from: "sops", recipients: recipientsOf(sops) };
    }
    if (azure === undefined) {
      throw new pulumi.RunError("handoff:azure is needed with handoff:secrets: keyVault");
    }
    return { from: "store" };
  }

  /** Azure Key Vault holds the values, External Secrets brings them into the cluster; git holds references only. */
  private async deliverByKeyVault(
    apps: readonly App[],
    { values, bootstrap, kubernetes }: DeliverArgs,
  ): Promise<Delivered> {
    const { azure, cluster } = this.settings;
    if (!this.fillsVault() || azure === undefined) return { after: [], outputs: {} };
    const names = valuesBy("store", apps, this.modes).filter((name) => values[name] !== undefined);
    const secrets = Object.fromEntries(names.map((name) => [name, values[name] ?? ""]));
    const vault = await fillKeyVault(azure, cluster.name, secrets);
    const { principal } = this.inCluster();
    const secret =
      principal &&
      clusterSecret(
        SERVICE_PRINCIPAL,
        pulumi.secret({ "client-id": principal.clientId, "client-secret": principal.clientSecret }),
        { bootstrap, kubernetes },
      );
    return {
      after: [vault, ...(secret ? [secret] : [])],
      outputs: vault.clientId === undefined ? {} : { [CLIENT_ID]: vault.clientId },
    };
  }

  /** The private key by which kustomize-controller decrypts what is in git. */
  private deliverKey({ bootstrap, kubernetes }: DeliverArgs): pulumi.Resource[] {
    const { key } = this.inCluster();
    if (key === undefined) return [];
    const data = key.identity.apply((text) => ({ "identity.agekey": text }));
    return [clusterSecret(key.name, data, { bootstrap, kubernetes })];
  }

  /** What the ways put into the cluster itself. */
  private inCluster() {
    const { azure, secrets = "keyVault", sops } = this.settings;
    const mode = this.modes.find((one) => one.from === "sops");
    const identity = mode === undefined ? undefined : sops?.identity;
    return {
      principal: secrets === "keyVault" ? azure?.identity.servicePrincipal : undefined,
      key: identity && { name: mode?.keySecretName ?? "sops-age", identity },
    };
  }
}
