import { Provider as AzureProvider } from "@pulumi/azure-native/provider";
import type { Provider as KubernetesProvider } from "@pulumi/kubernetes/provider";
import { Secret } from "@pulumi/kubernetes/core/v1/secret";
import * as pulumi from "@pulumi/pulumi";
import type { AppFiles, ClusterFolders, SecretsMode } from "../manifests/apps/app-files";
import type { CalcomOptions } from "../manifests/catalog/calcom-options";
import {
  calcomSecretManifests,
  calcomVaultNames,
  calcomVaultSecrets,
  type CalcomCredentials,
} from "../manifests/catalog/calcom-secrets";
import {
  CLOUDFLARED_SECRETS,
  cloudflaredSecretManifest,
  type TunnelMode,
} from "../manifests/catalog/cloudflared";
import { externalSecrets, STORE_SUBJECT, type VaultAuth } from "../manifests/catalog/external-secrets";
import { KeyVaultSecrets, type ReaderArgs } from "../components/azure/key-vault";
import type { Tunnel } from "../components/cloudflare/tunnel";
import { FLUX_SYSTEM } from "../manifests/flux/objects";
import type { FluxBootstrap } from "../components/flux/bootstrap";
import { gitSecretData } from "../manifests/flux/git-secret";
import type { HandoffApp } from "../components/flux/handoff";
import { SopsFile } from "../components/secrets/sops-file";
import type { Settings } from "./settings";
import type { GitAuth } from "../manifests/git/auth";

type Texts = Readonly<Record<string, pulumi.Input<string>>>;

export interface DeliveryArgs {
  readonly settings: Settings;
  readonly folders: ClusterFolders;
  readonly options: Omit<CalcomOptions, "secrets">;
  readonly credentials: Readonly<Record<keyof CalcomCredentials, pulumi.Output<string>>>;
  readonly tunnel: Tunnel;
  readonly tunnelMode: TunnelMode;
  readonly bootstrap: FluxBootstrap;
  readonly kubernetes: KubernetesProvider;
}

/** How the secrets of a system reach its cluster. */
export interface Delivery {
  readonly mode: SecretsMode;
  /** What must run in the cluster for it. */
  readonly apps: readonly HandoffApp[];
  /** Encrypted files for the flux repository. */
  readonly files: Texts;
  /** Encrypted files for the app repository. */
  readonly appFiles: Texts;
  /** What must be there before the commit. */
  readonly after: readonly pulumi.Resource[];
}

/** Azure Key Vault holds the values, External Secrets brings them into the cluster; git holds references only. */
export function keyVaultDelivery(args: DeliveryArgs): Delivery {
  const { settings, folders } = args;
  const { azure } = settings;
  if (azure === undefined)
    throw new pulumi.RunError("handoff:azure is needed with handoff:secrets: keyVault");
  const mode: SecretsMode = { from: "keyvault" };
  const calcom = calcomSecrets({ ...args.options, secrets: mode }, args.credentials);
  const { name, value } = cloudflaredSecret(args);
  const { identity } = azure;
  const reader: ReaderArgs | undefined =
    identity.oidcIssuer !== undefined
      ? {
          oidcIssuer: identity.oidcIssuer,
          identityName: `${settings.cluster.name}-external-secrets`,
          serviceAccount: serviceAccount(),
        }
      : principal(identity.managedIdentity?.principalId ?? identity.servicePrincipal?.principalId);
  const { subscriptionId, tenantId } = azure;
  const provider = new AzureProvider("azure", { subscriptionId, tenantId });
  const vault = new KeyVaultSecrets(
    "key-vault",
    {
      subscriptionId,
      tenantId,
      resourceGroupName: azure.resourceGroup,
      location: azure.location,
      vault: azure.vault,
      secrets: { ...calcom, [name]: value },
      reader,
    },
    { providers: { "azure-native": provider } },
  );
  const vaultUrl = azure.vault.url ?? `https://${azure.vault.name}.vault.azure.net`;
  const store = (auth: VaultAuth) =>
    externalSecrets({ folders, vaultUrl, auth, chart: settings.charts.externalSecrets });
  const after: pulumi.Resource[] = [vault];
  const app: HandoffApp = ((): HandoffApp => {
    if (identity.servicePrincipal !== undefined) {
      const { clientId, clientSecret } = identity.servicePrincipal;
      const secretName = "azure-keyvault-credentials";
      after.push(
        clusterSecret(
          args,
          secretName,
          pulumi.secret({ "client-id": clientId, "client-secret": clientSecret }),
        ),
      );
      return store({
        type: "ServicePrincipal",
        tenantId: azure.tenantId,
        secretName,
        secretNamespace: FLUX_SYSTEM,
      });
    }
    if (vault.clientId === undefined) {
      return store({ type: "ManagedIdentity", identityId: identity.managedIdentity?.clientId });
    }
    return fromOutput(vault.clientId, (clientId) =>
      store({ type: "WorkloadIdentity", clientId, tenantId: azure.tenantId }),
    );
  })();
  return { mode, apps: [app], files: {}, appFiles: {}, after };
}

/** Each value from the one credential that it is made of, so that a rotation shows as a change of just these. */
function calcomSecrets(
  options: CalcomOptions,
  credentials: DeliveryArgs["credentials"],
): Record<string, pulumi.Output<string>> {
  const names = calcomVaultNames(options.name);
  const made: Record<keyof typeof names, keyof CalcomCredentials> = {
    databasePassword: "databasePassword",
    databaseUrl: "databasePassword",
    nextAuthSecret: "nextAuthSecret",
    encryptionKey: "encryptionKey",
    originCaToken: "originCaToken",
  };
  return Object.fromEntries(
    Object.entries(made).map(([key, field]) => {
      const name = names[key as keyof typeof names];
      const value = credentials[field].apply(
        (credential) => calcomVaultSecrets(options, { ...PLACEHOLDERS, [field]: credential })[name] ?? "",
      );
      return [name, value];
    }),
  );
}

const PLACEHOLDERS: CalcomCredentials = {
  databasePassword: "-",
  nextAuthSecret: "-",
  encryptionKey: "-",
  originCaToken: "-",
};

/** Encrypted in git for the cluster's age key; kustomize-controller decrypts them. */
export function sopsDelivery(args: DeliveryArgs): Delivery {
  const { sops } = args.settings;
  if (sops === undefined) throw new pulumi.RunError("handoff:sops is needed with handoff:secrets: sops");
  const recipients = [sops.recipient];
  const mode: SecretsMode = { from: "sops", recipients };
  const options = { ...args.options, secrets: mode };
  const manifests = pulumi
    .all(args.credentials)
    .apply((credentials) =>
      calcomSecretManifests(options, credentials as Record<keyof CalcomCredentials, string>),
    );
  const encrypted = (path: string, plaintext: pulumi.Output<string>) =>
    new SopsFile(path.split("/").at(-1)?.replace(".enc.yaml", "") ?? path, { path, plaintext, recipients })
      .ciphertext;
  const appFiles = Object.fromEntries(
    Object.keys(calcomSecretManifests(options, PLACEHOLDERS)).map((path) => [
      path,
      encrypted(
        path,
        manifests.apply((texts) => texts[path] ?? ""),
      ),
    ]),
  );
  const connector = { folders: args.folders, secrets: mode, tunnel: args.tunnelMode };
  const files = Object.fromEntries(
    Object.keys(cloudflaredSecretManifest(connector, "-")).map((path) => [
      path,
      encrypted(
        path,
        cloudflaredSecret(args).value.apply(
          (value) => cloudflaredSecretManifest(connector, value)[path] ?? "",
        ),
      ),
    ]),
  );
  const after =
    sops.identity === undefined
      ? []
      : [
          clusterSecret(
            args,
            "sops-age",
            sops.identity.apply((identity) => ({ "identity.agekey": identity })),
          ),
        ];
  return { mode, apps: [], files, appFiles, after };
}

/** The Secret by which Flux reads a further repository. */
export function gitAuthSecret(
  name: string,
  auth: pulumi.Input<GitAuth>,
  args: Pick<DeliveryArgs, "bootstrap" | "kubernetes">,
): Secret {
  return clusterSecret(args, name, pulumi.output(auth).apply(gitSecretData));
}

/** A Secret beside Flux, which is where Flux looks for what it needs itself. */
function clusterSecret(
  { bootstrap, kubernetes }: Pick<DeliveryArgs, "bootstrap" | "kubernetes">,
  name: string,
  data: pulumi.Input<Readonly<Record<string, pulumi.Input<string>>>>,
): Secret {
  return new Secret(
    name,
    {
      // Somebody who changed it by hand would otherwise end `up` with a conflict over the field.
      metadata: { name, namespace: FLUX_SYSTEM, annotations: { "pulumi.com/patchForce": "true" } },
      stringData: pulumi.secret(data),
    },
    { provider: kubernetes, dependsOn: bootstrap },
  );
}

/** What cloudflared signs in with: the token, or the credentials file of a locally managed tunnel. */
function cloudflaredSecret({ tunnel, tunnelMode }: DeliveryArgs): {
  name: string;
  value: pulumi.Output<string>;
} {
  const { name } = CLOUDFLARED_SECRETS[tunnelMode.managed];
  return { name, value: tunnelMode.managed === "cloudflare" ? tunnel.token : tunnel.credentials };
}

/** `system:serviceaccount:<namespace>:<name>` */
function serviceAccount(): { readonly name: string; readonly namespace: string } {
  const [, , namespace = "", name = ""] = STORE_SUBJECT.split(":");
  return { name, namespace };
}

function principal(principalId: string | undefined): ReaderArgs | undefined {
  return principalId === undefined ? undefined : { principalId };
}

/** An app of which some files hold a value that only `up` knows; the others stay known, so that a preview shows them. */
function fromOutput(value: pulumi.Output<string>, build: (value: string) => AppFiles): HandoffApp {
  const [one, other] = [build("one"), build("other")];
  const files = Object.entries(one.files).map(([path, text]) => [
    path,
    text === other.files[path] ? text : value.apply((known) => build(known).files[path] ?? ""),
  ]);
  return { ...one, files: Object.fromEntries(files) as Texts };
}
