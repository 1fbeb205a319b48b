/** How a store of kind `azurekv` gets its token, by each `authType`. */
import { ApiError } from "../../../../provider/kubernetes/kubernetes-api";
import { AZURE_CLOUDS, endpointsOf, storeEnvironment } from "../../../../manifests/secrets/azure-cloud";
import type { Cluster, KubeObject } from "../controllers/cluster";
import { readKey, referenceNamespace } from "./references";
import type { AzureKeyVault, SecretStore } from "./types";

/** What the cluster's tokens are made for, beside `serviceAccountRef.audiences`. */
const AUDIENCE = "api://AzureADTokenExchange";

/** Gives a token for the vault. @throws Error in the words of who refuses */
export type SignIn = () => Promise<string>;

interface Clouds {
  /** Where Entra ID is. */
  readonly authority: string;
  /** For whom the token is. */
  readonly resource: string;
}

/**
 * @param azureUrl the stand-in of Azure, which plays all of Azure's addresses
 * @throws Error for settings of the store that sign in nobody
 */
export async function signInOf(
  cluster: Cluster,
  store: SecretStore,
  azure: AzureKeyVault,
  azureUrl: string,
): Promise<SignIn> {
  const clouds = cloudsOf(azure);
  switch (azure.authType ?? "ServicePrincipal") {
    case "WorkloadIdentity": {
      const form = await assertion(cluster, store, azure);
      // The operator asks for it when it makes its client, so that the store isn't ready where it is refused.
      const token = await ofEntra(form, clouds, azureUrl);
      return () => Promise.resolve(token);
    }
    case "ServicePrincipal": {
      const form = await secret(cluster, store, azure);
      return () => ofEntra(form, clouds, azureUrl);
    }
    case "ManagedIdentity":
      return () => ofNode(azure.identityId, clouds, azureUrl);
  }
}

function cloudsOf({
  environmentType = "PublicCloud",
  customCloudConfig,
  useAzureSDK,
}: AzureKeyVault): Clouds {
  const cloud = AZURE_CLOUDS.find((one) => storeEnvironment(one) === environmentType);
  if (customCloudConfig !== undefined) {
    if (useAzureSDK !== true) throw new Error("azurekv.customCloudConfig needs azurekv.useAzureSDK: true");
    const { activeDirectoryEndpoint } = customCloudConfig;
    if (!activeDirectoryEndpoint)
      throw new Error("azurekv.customCloudConfig.activeDirectoryEndpoint is required");
    return { authority: activeDirectoryEndpoint, resource: endpointsOf(cloud).vaultAudience };
  }
  if (cloud === undefined)
    throw new Error(`azurekv.environmentType ${environmentType} needs azurekv.customCloudConfig`);
  const { authority, vaultAudience } = endpointsOf(cloud);
  return { authority, resource: vaultAudience };
}

interface Form {
  readonly tenantId: string;
  readonly fields: Readonly<Record<string, string>>;
}

async function assertion(cluster: Cluster, store: SecretStore, azure: AzureKeyVault): Promise<Form> {
  const { serviceAccountRef } = azure;
  if (serviceAccountRef === undefined)
    throw new Error(
      "WorkloadIdentity without serviceAccountRef takes variables that the sandbox's operator hasn't",
    );
  const { name, audiences = [] } = serviceAccountRef;
  const namespace = referenceNamespace(store, serviceAccountRef, "serviceAccountRef");
  const account = await cluster.get<KubeObject>(`/api/v1/namespaces/${namespace}/serviceaccounts/${name}`);
  if (!account) throw new Error(`serviceaccounts "${name}" not found in namespace ${namespace}`);
  const annotation = (part: string): string => {
    const key = `azure.workload.identity/${part}`;
    const value = account.metadata.annotations?.[key];
    if (!value) throw new Error(`ServiceAccount ${namespace}/${name} has no annotation ${key}`);
    return value;
  };
  const tenantId = azure.tenantId ?? annotation("tenant-id");
  const client_id = annotation("client-id");
  const token = await cluster
    .requestToken(namespace, name, [AUDIENCE, ...audiences])
    .catch((error: unknown) => {
      if (!(error instanceof ApiError)) throw error;
      throw new Error(`no token for ServiceAccount ${namespace}/${name}: ${error.message}`, { cause: error });
    });
  const client_assertion_type = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
  return { tenantId, fields: { client_id, client_assertion_type, client_assertion: token } };
}

async function secret(cluster: Cluster, store: SecretStore, azure: AzureKeyVault): Promise<Form> {
  if (!azure.tenantId) throw new Error("azurekv.tenantId is required with ServicePrincipal");
  const read = async (field: "clientId" | "clientSecret"): Promise<string> => {
    const ref = azure.authSecretRef?.[field];
    if (!ref) throw new Error(`azurekv.authSecretRef.${field} is required with ServicePrincipal`);
    return await readKey(cluster, referenceNamespace(store, ref, `authSecretRef.${field}`), ref);
  };
  const fields = { client_id: await read("clientId"), client_secret: await read("clientSecret") };
  return { tenantId: azure.tenantId, fields };
}

async function ofEntra({ tenantId, fields }: Form, clouds: Clouds, azureUrl: string): Promise<string> {
  const { host } = new URL(clouds.authority);
  const body = new URLSearchParams({
    ...{ grant_type: "client_credentials", scope: `${clouds.resource}/.default` },
    ...fields,
  });
  return await tokenOf(
    await fetch(`${azureUrl}/authority/${host}/${tenantId}/oauth2/v2.0/token`, { method: "POST", body }),
  );
}

async function ofNode(identityId: string | undefined, clouds: Clouds, azureUrl: string): Promise<string> {
  const query = new URLSearchParams({
    ...{ "api-version": "2018-02-01", resource: clouds.resource },
    ...(identityId !== undefined && { client_id: identityId }),
  });
  const url = `${azureUrl}/metadata/identity/oauth2/token?${query.toString()}`;
  return await tokenOf(await fetch(url, { headers: { metadata: "true" } }));
}

async function tokenOf(answer: Response): Promise<string> {
  const body = (await answer.json()) as {
    readonly access_token?: string;
    readonly error?: string;
    readonly error_description?: string;
  };
  if (answer.ok && body.access_token !== undefined) return body.access_token;
  throw new Error(
    `getting a token failed: StatusCode=${String(answer.status)} ${body.error ?? "?"}: ${body.error_description ?? "?"}`,
  );
}
