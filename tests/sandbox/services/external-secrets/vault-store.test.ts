import { strict as assert } from "node:assert";
import type { Service } from "../../../../tools/sandbox/services/http";
import {
  connectVault,
  dataPath,
  type VaultStore,
} from "../../../../tools/sandbox/services/external-secrets/hashicorp-vault";
import { storeController } from "../../../../tools/sandbox/services/external-secrets/store";
import { externalSecretController } from "../../../../tools/sandbox/services/external-secrets/sync";
import { startVault } from "../../../../tools/sandbox/services/vault";
import { FakeCluster } from "../fake-cluster";

const ROOT = "hvs.root";
const STORE = "/apis/external-secrets.io/v1/clustersecretstores/vault";
const EXTERNAL = "/apis/external-secrets.io/v1/namespaces/forgejo/externalsecrets/oidc";
const SERVICE = "/api/v1/namespaces/vault/services/vault";
const ACCOUNT = "/api/v1/namespaces/external-secrets/serviceaccounts/external-secrets";

describe("External Secrets stand-in with a store of kind vault", () => {
  let cluster: FakeCluster;
  let vault: Service;
  let reconcileStore: () => Promise<unknown>;
  let reconcile: () => Promise<unknown>;
  const address = process.env.VAULT_ADDR;

  const write = async (path: string, body: object): Promise<void> => {
    const headers = { "x-vault-token": ROOT };
    const response = await fetch(`${vault.url}/v1/${path}`, {
      method: "POST",
      headers,
      body: JSON.stringify(body),
    });
    assert.ok(response.ok, await response.text());
  };
  const store: VaultStore = {
    server: "http://vault.vault.svc:8200",
    path: "kv",
    version: "v2",
    auth: {
      kubernetes: {
        mountPath: "kubernetes",
        role: "external-secrets",
        serviceAccountRef: { name: "external-secrets", namespace: "external-secrets" },
      },
    },
  };
  const putStore = (change: Partial<VaultStore> = {}): void => {
    const spec = { provider: { vault: { ...store, ...change } } };
    cluster.put(STORE, { apiVersion: "external-secrets.io/v1", kind: "ClusterSecretStore", spec });
  };
  const putExternal = (spec: object): void => {
    const secretStoreRef = { name: "vault", kind: "ClusterSecretStore" };
    cluster.put(EXTERNAL, {
      apiVersion: "external-secrets.io/v1",
      kind: "ExternalSecret",
      spec: { secretStoreRef, ...spec },
    });
  };
  const oidc = {
    data: [
      { secretKey: "id", remoteRef: { key: "sso/forgejo", property: "client_id" } },
      { secretKey: "secret", remoteRef: { key: "sso/forgejo", property: "client_secret" } },
    ],
  };

  beforeEach(async () => {
    cluster = await FakeCluster.start();
    const client = cluster.client();
    vault = await startVault({
      rootToken: ROOT,
      mounts: ["kv"],
      reviewToken: (jwt, audience) => client.reviewToken(jwt, audience),
    });
    process.env.VAULT_ADDR = vault.url;
    await write("sys/auth/kubernetes", { type: "kubernetes" });
    await write("auth/kubernetes/config", { kubernetes_host: "https://kubernetes.default.svc" });
    await write("sys/policies/acl/reader", { policy: 'path "kv/data/sso/*" { capabilities = ["read"] }' });
    await write("auth/kubernetes/role/external-secrets", {
      bound_service_account_names: "external-secrets",
      bound_service_account_namespaces: "external-secrets",
      policies: ["reader"],
    });
    await write("kv/data/sso/forgejo", {
      data: { client_id: "forgejo", client_secret: "s3cret", "a.b": { c: 1 } },
    });
    cluster.put(SERVICE);
    cluster.put(ACCOUNT);
    putStore();
    const stores = storeController(client, "clustersecretstores");
    const externals = externalSecretController(client);
    reconcileStore = () => stores.reconcile("/vault");
    reconcile = () => externals.reconcile("forgejo/oidc");
  });
  afterEach(async () => {
    await vault.close();
    await cluster.stop();
    if (address === undefined) delete process.env.VAULT_ADDR;
    else process.env.VAULT_ADDR = address;
  });

  it("signs in by the ServiceAccount, and gives properties, all of them, and templates", async () => {
    await reconcileStore();
    assert.equal(cluster.ready(STORE), "True Valid: store validated");
    putExternal({
      dataFrom: [{ extract: { key: "sso/forgejo" } }],
      ...oidc,
      target: { template: { mergePolicy: "Merge", data: { line: "{{ .id }}:{{ .secret }}" } } },
    });
    await reconcile();
    assert.equal(cluster.ready(EXTERNAL), "True SecretSynced: secret synced");
    assert.deepEqual(cluster.secret("forgejo", "oidc"), {
      client_id: "forgejo",
      client_secret: "s3cret",
      "a.b": '{"c":1}',
      id: "forgejo",
      secret: "s3cret",
      line: "forgejo:s3cret",
    });
    assert.deepEqual(cluster.told(), ["Normal Valid: store validated", "Normal Updated: secret synced"]);
  });

  it("signs in by a token from a Secret too", async () => {
    putStore({
      auth: { tokenSecretRef: { name: "vault-token", namespace: "external-secrets", key: "token" } },
    });
    cluster.putSecret("external-secrets", "vault-token", { token: `${ROOT}\n` });
    await reconcileStore();
    putExternal({ data: [{ secretKey: "all", remoteRef: { key: "kv/data/sso/forgejo", version: "1" } }] });
    await reconcile();
    assert.deepEqual(JSON.parse(cluster.secret("forgejo", "oidc")?.all ?? "{}"), {
      client_id: "forgejo",
      client_secret: "s3cret",
      "a.b": { c: 1 },
    });
  });

  it("says why the store is not ready in an event alone, and once", async () => {
    const cases: [() => void, RegExp][] = [
      [
        () => {
          cluster.remove(SERVICE);
        },
        /^dial tcp: lookup vault\.vault\.svc: no such host$/,
      ],
      [
        () => {
          cluster.put(SERVICE);
          cluster.remove(ACCOUNT);
        },
        /service account "external-secrets": serviceaccounts "external-secrets" not found$/,
      ],
      [
        () => {
          cluster.put(ACCOUNT);
          putStore({
            auth: {
              kubernetes: {
                role: "none",
                serviceAccountRef: { name: "external-secrets", namespace: "external-secrets" },
              },
            },
          });
        },
        /^unable to log in with Kubernetes auth: Error making API request\.\n\nURL: PUT \S+\/v1\/auth\/kubernetes\/login\nCode: 400\. Errors:\n\n\* invalid role name "none"$/,
      ],
      [
        () => {
          putStore({ auth: { tokenSecretRef: { name: "no", namespace: "x", key: "t" } } });
        },
        /^cannot get Kubernetes secret "no" from namespace "x"/,
      ],
      [
        () => {
          putStore({ caProvider: { type: "ConfigMap", name: "ca", key: "ca.crt", namespace: "vault" } });
        },
        /^failed to get cert from ConfigMap/,
      ],
      [
        () => {
          putStore({ auth: {} });
        },
        /^no valid auth method specified/,
      ],
      [
        () => {
          putStore({ server: "http://127.0.0.1:1" });
        },
        /connection refused$/,
      ],
    ];
    for (const [change, cause] of cases) {
      change();
      await reconcileStore();
      await reconcileStore();
      assert.equal(cluster.ready(STORE), "False InvalidProviderConfig: unable to create client");
      const told = cluster.told();
      assert.equal(told.length, 1);
      assert.match(told[0]!.replace(/^Warning InvalidProviderConfig: /, ""), cause);
    }
  });

  it("says why an ExternalSecret fails in an event alone, without a value", async () => {
    const failing = "False SecretSyncedError: could not get secret data from provider";
    const cases: [object, string, RegExp][] = [
      [
        { data: [{ secretKey: "a", remoteRef: { key: "sso/none" } }] },
        failing,
        /^error processing spec\.data\[0\] \(key: sso\/none\), err: Secret does not exist$/,
      ],
      [
        { dataFrom: [{ extract: { key: "sso/none" } }] },
        failing,
        /^error processing spec\.dataFrom\[0\]\.extract, err: Secret does not exist$/,
      ],
      [
        { data: [{ secretKey: "a", remoteRef: { key: "sso/forgejo", property: "no" } }] },
        failing,
        /err: cannot find secret data for key: "no"$/,
      ],
      [
        { data: [{ secretKey: "a", remoteRef: { key: "other/x" } }] },
        failing,
        /err: cannot read secret data from Vault: [^]*Code: 403\. Errors:\n\n\* 1 error occurred:\n\t\* permission denied/,
      ],
      [
        { ...oidc, target: { template: { data: { x: "{{ .secret | sha1sum }}" } } } },
        "False SecretSyncedError: could not update secret",
        /^template\.data\.x: template uses sha1sum/,
      ],
    ];
    await reconcileStore();
    cluster.told();
    for (const [spec, condition, cause] of cases) {
      putExternal(spec);
      await reconcile();
      assert.equal(cluster.ready(EXTERNAL), condition);
      const [told = ""] = cluster.told();
      assert.match(told.replace(/^Warning UpdateFailed: /, ""), cause);
      assert.ok(!told.includes("s3cret"));
    }
  });

  it("waits for its store", async () => {
    putExternal(oidc);
    await reconcile();
    assert.deepEqual(cluster.told(), ['Warning UpdateFailed: ClusterSecretStore "vault" is not ready']);
    cluster.remove(STORE);
    await reconcile();
    assert.deepEqual(cluster.told(), [
      'Warning UpdateFailed: could not get ClusterSecretStore "vault", ClusterSecretStore.external-secrets.io "vault" not found',
    ]);
  });

  it("refuses KV of version 1, which nothing here serves", async () => {
    const client = cluster.client();
    const object = { kind: "SecretStore", metadata: { name: "s", namespace: "n" }, spec: {} };
    await assert.rejects(
      connectVault(client, object, { ...store, version: "v1" }, undefined),
      /KV version 2 only/,
    );
  });

  it("finds a key with or without its mount", () => {
    assert.equal(dataPath("kv", "sso/app"), "kv/data/sso/app");
    assert.equal(dataPath("kv", "kv/sso/app"), "kv/data/sso/app");
    assert.equal(dataPath("kv", "kv/data/sso/app"), "kv/data/sso/app");
    assert.equal(dataPath("a/b", "sso/app"), "a/b/data/sso/app");
    assert.equal(dataPath(undefined, "kv/sso/app"), "kv/data/sso/app");
    assert.equal(dataPath(undefined, "kv/data/sso/app"), "kv/data/sso/app");
  });
});
