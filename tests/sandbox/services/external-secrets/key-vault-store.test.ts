/** The store of kind `azurekv` is held to its identity, its roles and its cloud. */
import { strict as assert } from "node:assert";
import { randomUUID } from "node:crypto";
import { storeController } from "../../../../tools/sandbox/services/external-secrets/store";
import { externalSecretController } from "../../../../tools/sandbox/services/external-secrets/sync";
import type { AzureKeyVault } from "../../../../tools/sandbox/services/external-secrets/types";
import { GROUP, TENANT, TestAzure, VAULT } from "../../../azure/cloud";
import { FakeCluster } from "../fake-cluster";

const ISSUER = "https://oidc.example.com/my-cluster";
const STORE = "/apis/external-secrets.io/v1/clustersecretstores/azure-keyvault";
const EXTERNAL = "/apis/external-secrets.io/v1/namespaces/calcom/externalsecrets/db";
const ACCOUNT = "/api/v1/namespaces/external-secrets/serviceaccounts/azure-keyvault";
const SYNCED = "True SecretSynced: secret synced";
const FAILING = "False SecretSyncedError: could not get secret data from provider";
const READY = "True Valid: store validated";
const NOT_READY = "False InvalidProviderConfig: unable to create client";

interface Identity {
  readonly properties: { readonly clientId: string; readonly principalId: string };
}

describe("External Secrets stand-in with a store of kind azurekv", () => {
  const azure = new TestAzure();
  let cluster: FakeCluster;
  let reconcileStore: () => Promise<unknown>;
  let reconcile: () => Promise<unknown>;
  let reader: Identity["properties"];
  const before = process.env.AZURE_URL;

  const identity = async (name: string): Promise<Identity["properties"]> => {
    const id = `${GROUP}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/${name}`;
    return (await azure.put<Identity>(id, { location: "westeurope" })).properties;
  };
  const federation = (change: object = {}, name = "cluster"): Promise<unknown> =>
    azure.put(
      `${GROUP}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/reader/federatedIdentityCredentials/${name}`,
      {
        properties: {
          issuer: ISSUER,
          subject: "system:serviceaccount:external-secrets:azure-keyvault",
          audiences: ["api://AzureADTokenExchange"],
          ...change,
        },
      },
    );
  const putStore = (change: Partial<AzureKeyVault> & { readonly identityId?: string } = {}): void => {
    const azurekv = {
      ...{ vaultUrl: `${azure.url}/keyvault/my-vault`, authType: "WorkloadIdentity" },
      serviceAccountRef: { name: "azure-keyvault", namespace: "external-secrets" },
      ...change,
    };
    const spec = { provider: { azurekv } };
    cluster.put(STORE, { apiVersion: "external-secrets.io/v1", kind: "ClusterSecretStore", spec });
  };
  const putAccount = (clientId: string, tenantId = TENANT): void => {
    const annotations = {
      "azure.workload.identity/client-id": clientId,
      "azure.workload.identity/tenant-id": tenantId,
    };
    cluster.put(ACCOUNT, { metadata: { annotations } });
  };
  const principals = (body: object): Promise<unknown> =>
    fetch(`${azure.url}/__principals`, { method: "POST", body: JSON.stringify(body) });
  /** The conditions of the store and of the ExternalSecret, and why. */
  const outcome = async (): Promise<{ store: string; external: string; why: string }> => {
    cluster.told();
    await reconcileStore();
    cluster.put(EXTERNAL, {
      apiVersion: "external-secrets.io/v1",
      kind: "ExternalSecret",
      spec: {
        secretStoreRef: { name: "azure-keyvault", kind: "ClusterSecretStore" },
        data: [{ secretKey: "db", remoteRef: { key: "db" } }],
      },
    });
    await reconcile();
    const why = cluster.told().filter((line) => line.startsWith("Warning"));
    return { store: cluster.ready(STORE), external: cluster.ready(EXTERNAL), why: why.join("\n") };
  };
  const synced = async (): Promise<void> => {
    assert.deepEqual(await outcome(), { store: READY, external: SYNCED, why: "" });
    assert.deepEqual(cluster.secret("calcom", "db"), { db: "s3cret" });
  };
  const storeFails = async (why: RegExp): Promise<void> => {
    const found = await outcome();
    assert.equal(found.store, NOT_READY);
    assert.match(found.why, why);
  };
  const readFails = async (why: RegExp): Promise<void> => {
    const found = await outcome();
    assert.deepEqual([found.store, found.external], [READY, FAILING]);
    assert.match(found.why, why);
    assert.ok(!found.why.includes("s3cret"));
  };

  beforeEach(async () => {
    await azure.start();
    cluster = await FakeCluster.start(ISSUER);
    process.env.AZURE_URL = azure.url;
    await azure.vault();
    await azure.put(`${VAULT}/secrets/db`, { properties: { value: "s3cret" } });
    reader = await identity("reader");
    await federation();
    putAccount(reader.clientId);
    putStore();
    const client = cluster.client();
    const stores = storeController(client, "clustersecretstores");
    const externals = externalSecretController(client);
    reconcileStore = () => stores.reconcile("/azure-keyvault");
    reconcile = () => externals.reconcile("calcom/db");
  });
  afterEach(async () => {
    await azure.stop();
    await cluster.stop();
    if (before === undefined) delete process.env.AZURE_URL;
    else process.env.AZURE_URL = before;
  });

  it("reads by the role of its identity alone", async () => {
    // It sees the vault, and nothing in it.
    await azure.assign(reader.principalId, "reader", VAULT);
    await readFails(
      /^Warning UpdateFailed: error processing spec\.data\[0\] \(key: db\), err: .*StatusCode=403 Code="Forbidden" Message="Caller is not authorized.* InnerError=\{"code":"ForbiddenByRbac"\}$/,
    );
    await azure.assign(reader.principalId, "user", VAULT);
    await synced();
  });

  it("reads when its role has reached the vault", async () => {
    await azure.assign(reader.principalId, "user", VAULT);
    await azure.delays({ roles: 3_600_000 });
    await readFails(/ForbiddenByRbac/);
    await azure.delays({});
    await synced();
  });

  it("reads by an access policy where the vault goes by them", async () => {
    await azure.assign(reader.principalId, "user", VAULT);
    await azure.vault({ enableRbacAuthorization: false });
    await readFails(
      /does not have secrets get permission on key vault 'my-vault;.* InnerError=\{"code":"ForbiddenByPolicy"\}$/,
    );
    const policy = { tenantId: TENANT, objectId: reader.principalId, permissions: { secrets: ["Get"] } };
    await azure.put(`${VAULT}/accessPolicies/add`, { properties: { accessPolicies: [policy] } });
    await synced();
  });

  it("comes through the firewall or not at all", async () => {
    await azure.assign(reader.principalId, "user", VAULT);
    await azure.vault({ networkAcls: { defaultAction: "Deny" } });
    await readFails(/Client address: 127\.0\.0\.1" InnerError=\{"code":"ForbiddenByFirewall"\}$/);
    await azure.vault({ networkAcls: { defaultAction: "Deny", ipRules: [{ value: "127.0.0.1" }] } });
    await synced();
  });

  it("signs in by a federated credential of its issuer, subject and audience", async () => {
    await azure.assign(reader.principalId, "user", VAULT);
    await federation({ issuer: `${ISSUER}/` });
    await storeFails(/AADSTS700211: .* assertion issuer 'https:\/\/oidc\.example\.com\/my-cluster'/);
    await federation({ subject: "system:serviceaccount:default:azure-keyvault" });
    await storeFails(
      /AADSTS700213: .* assertion subject 'system:serviceaccount:external-secrets:azure-keyvault'/,
    );
    await federation({ audiences: ["api://another"] });
    await storeFails(/AADSTS700212: .* assertion audience 'api:\/\/AzureADTokenExchange'/);
    await federation();
    await synced();
    putAccount(randomUUID());
    await storeFails(/AADSTS700016/);
    putAccount(reader.clientId, randomUUID());
    await storeFails(/AADSTS90002/);
    cluster.remove(ACCOUNT);
    await storeFails(/serviceaccounts "azure-keyvault" not found/);
  });

  it("is of its cloud", async () => {
    await azure.assign(reader.principalId, "user", VAULT);
    putStore({ environmentType: "PublicCloud" });
    await synced();
    putStore({ environmentType: "ChinaCloud" });
    await storeFails(/AADSTS90002/);
    putStore({ environmentType: "AzureStackCloud" });
    await storeFails(/customCloudConfig/);
    const customCloudConfig = { activeDirectoryEndpoint: "https://login.private.example.com/" };
    putStore({ environmentType: "AzureStackCloud", customCloudConfig });
    await storeFails(/useAzureSDK/);
    putStore({ environmentType: "AzureStackCloud", customCloudConfig, useAzureSDK: true });
    await synced();
    // The nodes sign in without Entra ID's address, for a vault of that cloud.
    const nodes = await identity("nodes");
    await principals({ nodeIdentities: [nodes.clientId] });
    putStore({ authType: "ManagedIdentity", environmentType: "USGovernmentCloud" });
    await readFails(
      /StatusCode=401 Code="Unauthorized" Message="AKV10022: Invalid audience\. Expected https:\/\/vault\.azure\.net, found: https:\/\/vault\.usgovcloudapi\.net\."/,
    );
  });

  it("signs in by an identity of the nodes, which it has to pick among several", async () => {
    const managed = (identityId?: string): void => {
      putStore({ authType: "ManagedIdentity", serviceAccountRef: undefined, identityId });
    };
    managed();
    await readFails(/Identity not found/);
    const [nodes, other] = [await identity("nodes"), await identity("other")];
    await azure.assign(nodes.principalId, "user", VAULT);
    await principals({ nodeIdentities: [nodes.clientId] });
    await synced();
    await principals({ nodeIdentities: [nodes.clientId, other.clientId] });
    await readFails(/Multiple user assigned identities exist/);
    managed(other.clientId);
    await readFails(/ForbiddenByRbac/);
    managed(reader.clientId);
    await readFails(/Identity not found/);
    managed(nodes.clientId);
    await synced();
  });

  it("signs in by an application's secret", async () => {
    const [clientId, oid] = [randomUUID(), randomUUID()];
    const ref = (key: string) => ({ name: "azure", key, namespace: "external-secrets" });
    const authSecretRef = { clientId: ref("client-id"), clientSecret: ref("client-secret") };
    putStore({ authType: "ServicePrincipal", serviceAccountRef: undefined, tenantId: TENANT, authSecretRef });
    await storeFails(/secrets "azure" not found/);
    cluster.putSecret("external-secrets", "azure", { "client-id": clientId, "client-secret": "right" });
    await readFails(/AADSTS700016/);
    await principals({ applications: { [clientId]: { oid, secret: "right" } } });
    await readFails(/ForbiddenByRbac/);
    await azure.assign(oid, "user", VAULT);
    await synced();
    cluster.putSecret("external-secrets", "azure", { "client-id": clientId, "client-secret": "wrong" });
    await readFails(/AADSTS7000215/);
  });
});
