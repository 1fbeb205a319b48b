import { INFRASTRUCTURE, type App, type FolderContent } from "../app";
import { chartFolder, type ChartOptions } from "../apps/chart";
import { InputError } from "../files";
import { rfc1123Name } from "../flux/names";
import { namespace as namespaceObject } from "../flux/objects";
import { storeEnvironment, type AzureCloud } from "../secrets/azure-cloud";
import { SECRET_STORE } from "../secrets/external-secrets";
import type { Manifest } from "../yaml";

/** How the operator proves to Azure who it is. */
export type VaultAuth =
  /** The identity of the nodes; `identityId` picks one when they have several. */
  | { readonly type: "ManagedIdentity"; readonly identityId?: string }
  /** An identity that trusts the cluster's ServiceAccount tokens; no credential anywhere. */
  | {
      readonly type: "WorkloadIdentity"; /** Client id, or the name of the output that has it. */
      readonly clientId: string | { readonly output: string };
      readonly tenantId: string;
    }
  /** An app registration, with a Secret that somebody puts into the cluster. */
  | {
      readonly type: "ServicePrincipal";
      readonly tenantId: string;
      /** Secret with `client-id` and `client-secret`. @default "azure-keyvault-credentials" */
      readonly secretName?: string;
      /** @default "external-secrets" */
      readonly secretNamespace?: string;
    };

export interface ExternalSecretsOptions {
  /** `https://my-vault.vault.azure.net/` */
  readonly vaultUrl: string;
  /** Azure's cloud that the vault is in. @default "AzurePublicCloud" */
  readonly cloud?: AzureCloud;
  readonly auth: VaultAuth;
  /** @default external-secrets 2.9.0 from https://charts.external-secrets.io */
  readonly chart?: ChartOptions;
  /** Name of the ClusterSecretStore. @default "azure-keyvault" */
  readonly store?: string;
}

const NAMESPACE = "external-secrets";

/** ServiceAccount of the store under WorkloadIdentity, as `subject` of the federated credential. */
export const STORE_SUBJECT = `system:serviceaccount:${NAMESPACE}:${SECRET_STORE}`;

/**
 * The External Secrets operator and its store, as two Kustomizations: the store's CRD and webhook come with the operator.
 * https://external-secrets.io/latest/provider/azure-key-vault/
 */
export function externalSecrets(options: ExternalSecretsOptions): App {
  return {
    name: NAMESPACE,
    kustomizations: [
      {
        name: NAMESPACE,
        file: "00-kustomization-operator.yaml",
        ...INFRASTRUCTURE,
        manifests: {
          "namespace.yaml": namespaceObject(NAMESPACE),
          ...chartFolder(options.chart ?? {}, {
            name: NAMESPACE,
            namespace: NAMESPACE,
            chart: "external-secrets",
            repository: "https://charts.external-secrets.io",
            version: "2.9.0",
            values: { installCRDs: true },
          }),
        },
      },
      {
        name: "external-secrets-store",
        file: "10-kustomization-store.yaml",
        dependsOn: [{ name: NAMESPACE }],
        ...INFRASTRUCTURE,
        manifests: storeFolder(options),
      },
    ],
  };
}

function storeFolder({ vaultUrl, cloud, auth, store = SECRET_STORE }: ExternalSecretsOptions): FolderContent {
  if (!/^https?:\/\/[^/]+/.test(vaultUrl)) {
    throw new InputError(`The vault's address ${vaultUrl} must be like https://my-vault.vault.azure.net/.`);
  }
  // The operator's default is the public cloud.
  const environmentType =
    cloud === undefined || cloud === "AzurePublicCloud" ? undefined : storeEnvironment(cloud);
  const clusterSecretStore: Manifest = {
    apiVersion: "external-secrets.io/v1",
    kind: "ClusterSecretStore",
    metadata: { name: rfc1123Name(store) },
    spec: { provider: { azurekv: { authType: auth.type, vaultUrl, environmentType, ...authFields(auth) } } },
  };
  return {
    ...(auth.type === "WorkloadIdentity" && {
      "serviceaccount.yaml":
        typeof auth.clientId === "string"
          ? serviceAccount(auth.clientId, auth.tenantId)
          : {
              output: auth.clientId.output,
              objects: (clientId: string) => serviceAccount(clientId, auth.tenantId),
            },
    }),
    "clustersecretstore.yaml": clusterSecretStore,
  };
}

function authFields(auth: VaultAuth): object {
  const namespace = NAMESPACE;
  switch (auth.type) {
    case "ManagedIdentity":
      return { identityId: auth.identityId };
    case "WorkloadIdentity":
      return { serviceAccountRef: { name: SECRET_STORE, namespace } };
    case "ServicePrincipal": {
      const name = rfc1123Name(auth.secretName ?? "azure-keyvault-credentials", "Secret's name");
      return {
        tenantId: auth.tenantId,
        authSecretRef: {
          clientId: { name, key: "client-id", namespace: auth.secretNamespace ?? namespace },
          clientSecret: { name, key: "client-secret", namespace: auth.secretNamespace ?? namespace },
        },
      };
    }
  }
}

function serviceAccount(clientId: string, tenantId: string): Manifest {
  return {
    apiVersion: "v1",
    kind: "ServiceAccount",
    metadata: {
      name: SECRET_STORE,
      namespace: NAMESPACE,
      annotations: {
        "azure.workload.identity/client-id": clientId,
        "azure.workload.identity/tenant-id": tenantId,
      },
    },
  };
}
