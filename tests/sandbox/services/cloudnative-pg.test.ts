import { strict as assert } from "node:assert";
import { clusterController } from "../../../tools/sandbox/services/cloudnative-pg/cluster";
import { declarationController } from "../../../tools/sandbox/services/cloudnative-pg/declaration";
import type { Controller } from "../../../tools/sandbox/services/controllers/run";
import { FakeCluster } from "./fake-cluster";

const at = (resource: string, name: string) =>
  `/apis/postgresql.cnpg.io/v1/namespaces/authentik/${resource}/${name}`;
const CLUSTER = at("clusters", "authentik-db");
const DATABASE = at("databases", "authentik");

describe("CloudNativePG stand-in", () => {
  let cluster: FakeCluster;
  let clusters: Controller;
  let databases: Controller;
  let roles: Controller;
  beforeEach(async () => {
    cluster = await FakeCluster.start();
    const client = cluster.client();
    clusters = clusterController(client);
    databases = declarationController(client, "databases");
    roles = declarationController(client, "databaseroles");
    cluster.put(CLUSTER, { spec: { instances: 2, bootstrap: { initdb: { database: "ak", owner: "au" } } } });
    cluster.put(DATABASE, { spec: { cluster: { name: "authentik-db" }, name: "ak", owner: "au" } });
  });
  afterEach(() => cluster.stop());
  const status = (path: string) => cluster.get(path)?.status;

  it("works only while the operator's Deployment has a pod", async () => {
    await clusters.reconcile("authentik/authentik-db");
    await databases.reconcile("authentik/authentik");
    assert.equal(status(CLUSTER), undefined);
    assert.equal(status(DATABASE), undefined);
  });

  it("gives a Cluster its Secret, its Services and a healthy state, and leaves the password", async () => {
    cluster.putOperator("cloudnative-pg");
    await clusters.reconcile("authentik/authentik-db");
    assert.equal(cluster.ready(CLUSTER), "True ClusterIsReady: Cluster is Ready");
    assert.equal(status(CLUSTER)?.phase, "Cluster in healthy state");
    assert.equal(status(CLUSTER)?.readyInstances, 2);
    const secret = cluster.secret("authentik", "authentik-db-app")!;
    const { password = "", ...rest } = secret;
    assert.deepEqual(
      [rest.username, rest.dbname, rest.host, rest.port, rest.uri],
      [
        "au",
        "ak",
        "authentik-db-rw",
        "5432",
        `postgresql://au:${password}@authentik-db-rw.authentik:5432/ak`,
      ],
    );
    for (const name of ["rw", "ro", "r"]) {
      assert.ok(cluster.get(`/api/v1/namespaces/authentik/services/authentik-db-${name}`), name);
    }
    await clusters.reconcile("authentik/authentik-db");
    assert.deepEqual(cluster.secret("authentik", "authentik-db-app"), secret);
  });

  it("makes no Secret beside one that the Cluster names", async () => {
    cluster.putOperator("cloudnative-pg");
    cluster.put(CLUSTER, { spec: { bootstrap: { initdb: { secret: { name: "mine" } } } } });
    await clusters.reconcile("authentik/authentik-db");
    assert.equal(cluster.secret("authentik", "authentik-db-app"), undefined);
    assert.match(cluster.ready(CLUSTER), /^True/);
  });

  it("applies Databases and roles once their Cluster is healthy", async () => {
    cluster.putOperator("cloudnative-pg");
    await databases.reconcile("authentik/authentik");
    assert.equal(status(DATABASE), undefined);
    await clusters.reconcile("authentik/authentik-db");
    await databases.reconcile("authentik/authentik");
    assert.deepEqual([status(DATABASE)?.applied, status(DATABASE)?.observedGeneration], [true, 1]);

    const role = at("databaseroles", "reader");
    cluster.put(role, {
      spec: { cluster: { name: "authentik-db" }, passwordSecret: { name: "reader-password" } },
    });
    await roles.reconcile("authentik/reader");
    assert.deepEqual(
      [status(role)?.applied, status(role)?.message],
      [false, 'while getting the password: secrets "reader-password" not found'],
    );
    cluster.putSecret("authentik", "reader-password", { password: "x" });
    await roles.reconcile("authentik/reader");
    assert.deepEqual([status(role)?.applied, status(role)?.message], [true, null]);
  });
});
