import assert from "node:assert/strict";
import { storeBlob } from "../../cache/blobs";
import { template, value } from "../../manifests/secrets/secret-text";
import { fluxInstallHandler } from "../../provider/flux/install-handler";
import { fluxReadyHandler } from "../../provider/flux/ready-handler";
import { TAKEN_DOWN } from "../../provider/flux/take-down";
import type { LiveObject } from "../../provider/kubernetes/live-object";
import { isLed } from "../../provider/rollout/environment";
import { secretRolloutHandler } from "../../provider/rollout/secret-rollout-handler";
import { FakeCluster } from "../flux/fake-cluster";
import { controllers, FLUX, namespace, OLDER, OURS, ready, root, running, sync } from "../flux/lost-cluster";
import { VaultedApp } from "../rollout/vaulted-app";
import type { Scene } from "./dying-proxy";
import { killsOf } from "./killed";

const originOf = (cluster: FakeCluster): string => /http:[^"]*/.exec(cluster.kubeconfig)?.[0] ?? "";
const kubeconfig = (cluster: FakeCluster, proxied: string): string =>
  cluster.kubeconfig.replace(originOf(cluster), proxied);

const labels = { "app.kubernetes.io/part-of": "flux", "app.kubernetes.io/instance": FLUX };
const ofFlux = (object: LiveObject): LiveObject => ({ ...object, metadata: { ...object.metadata, labels } });
const definitions = ["GitRepository", "Kustomization"].map((kind) => {
  const group = kind === "Kustomization" ? "kustomize.toolkit.fluxcd.io" : "source.toolkit.fluxcd.io";
  const plural = kind === "Kustomization" ? "kustomizations" : "gitrepositories";
  return ofFlux({
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: `${plural}.${group}` },
    spec: { group, names: { kind }, versions: [{ name: "v1", storage: true }] },
  });
});
const flux = [ofFlux(namespace), ...definitions, ...controllers.map(ofFlux)];
const components = storeBlob(flux.map((object) => JSON.stringify(object)).join("\n---\n"));
const theirs: LiveObject = {
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name: "theirs", namespace: "default" },
};

/** @param before whether somebody else installed Flux */
async function install(before: boolean): Promise<Scene> {
  const cluster = await FakeCluster.start(theirs, ...(before ? flux.map(running) : []));
  cluster.react = (object) => {
    if (object.status === undefined) cluster.put(running(object));
  };
  const kinds = (): string[] =>
    [...cluster.objects.values()].map(({ kind = "", metadata }) => `${kind} ${metadata?.name ?? ""}`).sort();
  const names = (objects: readonly LiveObject[]): string[] =>
    objects.map(({ kind = "", metadata }) => `${kind} ${metadata?.name ?? ""}`).sort();
  const pullSecret = {
    apiVersion: "v1",
    kind: "Secret",
    metadata: { name: "pull", namespace: FLUX },
    data: {},
  };
  return {
    handler: fluxInstallHandler,
    origin: originOf(cluster),
    inputs: (proxied) => ({
      kubeconfig: kubeconfig(cluster, proxied),
      ...{ version: "v2.9.4", components, sync, timeoutSeconds: 5 },
    }),
    changed: (inputs) => ({ ...inputs, pullSecret }),
    check: (when) => {
      const added = kinds().includes("Secret pull") ? [pullSecret] : [];
      assert.equal(added.length === 1 || when !== "updated", true);
      // What was there before the stack stays after it; and none of what a killed run made is taken for that.
      const stays = when !== "deleted" || before;
      assert.deepEqual(
        kinds().filter((name) => name !== "Secret pull"),
        names(stays ? [theirs, ...flux] : [theirs]),
      );
    },
    dispose: () => {
      cluster.stop();
    },
  };
}

const kustomization = (name: string): string =>
  `/apis/kustomize.toolkit.fluxcd.io/v1/namespaces/${FLUX}/kustomizations/${name}`;
const [rootPath, appPath] = [kustomization(FLUX), kustomization("app")];

const app = (name: string, revision: string): LiveObject => {
  const { spec, ...object } = root(revision);
  return {
    ...object,
    metadata: { name, namespace: FLUX, generation: 1 },
    spec: { ...spec, prune: true },
  };
};

/** Flux as its controllers lead it: what is asked for is done at once, and the source's revision reaches all. */
function reconcile(cluster: FakeCluster, revision: () => string): void {
  cluster.react = ({ kind, ...object }) => {
    const requested = object.metadata?.annotations?.["reconcile.fluxcd.io/requestedAt"];
    const status = { ...ready, ...(requested !== undefined && { lastHandledReconcileAt: requested }) };
    const metadata = { ...object.metadata, generation: 1 };
    if (kind === "GitRepository") {
      cluster.put({ kind, ...object, metadata, status: { ...status, artifact: { revision: revision() } } });
      for (const path of [rootPath, appPath]) applied(cluster.objects.get(path));
    }
    if (kind === "Kustomization") applied({ kind, ...object, metadata, status });
  };
  const applied = (object: LiveObject | undefined): void => {
    if (object === undefined || object.spec?.suspend === true) return;
    cluster.put({ ...object, status: { ...object.status, lastAppliedRevision: revision() } });
    if (object.metadata?.name === FLUX) cluster.put(app("app", revision()));
  };
}

async function readiness(): Promise<Scene> {
  const cluster = await FakeCluster.start(namespace, app("theirs", OLDER));
  let pushed = OURS;
  reconcile(cluster, () => pushed);
  return {
    handler: fluxReadyHandler,
    origin: originOf(cluster),
    inputs: (proxied) => ({
      kubeconfig: kubeconfig(cluster, proxied),
      ...{ sync, revisions: { [FLUX]: OURS }, kustomizations: [{ name: "app", namespace: FLUX }] },
      ...{ helmReleases: [], timeoutSeconds: 5 },
    }),
    changed: (inputs) => {
      pushed = OURS.replace("2", "3");
      return { ...inputs, revisions: { [FLUX]: pushed } };
    },
    check: (when) => {
      assert.ok(cluster.objects.has(kustomization("theirs")));
      assert.equal(cluster.objects.has(appPath), when !== "deleted");
      // The root stands still while its files go, and leads again otherwise.
      const { metadata, spec } = cluster.objects.get(rootPath) ?? {};
      assert.equal(spec?.suspend === true, when === "deleted");
      assert.equal(metadata?.annotations?.[TAKEN_DOWN] !== undefined, when === "deleted");
      if (when !== "deleted") assert.equal(cluster.objects.get(appPath)?.status?.lastAppliedRevision, pushed);
    },
    dispose: () => {
      cluster.stop();
    },
  };
}

const before = { password: "canary old", key: "canary-key" };
const after = { password: "canary new", key: "canary-2" };
const vaulted = ({ password, key }: typeof before) => ({
  app: { DATABASE_URL: `postgresql://calcom:${encodeURIComponent(password)}@calcom-db/calcom`, KEY: key },
  db: { POSTGRES_PASSWORD: password },
});
const url = template`postgresql://calcom:${value("password", "url")}@calcom-db/calcom`;

async function rollout(): Promise<Scene> {
  const world = await VaultedApp.start();
  for (const [name, data] of Object.entries(vaulted(before))) world.secret(name, data);
  for (const [kind, name, secret] of [
    ["Deployment", "calcom", "app"],
    ["StatefulSet", "calcom-db", "db"],
  ] as const)
    world.workload(kind, name, { containers: [{ name, envFrom: [{ secretRef: { name: secret } }] }] });
  const secrets = [
    { name: "app", namespace: "calcom", from: "store", data: { DATABASE_URL: url, KEY: value("key") } },
    { name: "db", namespace: "calcom", from: "store", data: { POSTGRES_PASSWORD: value("password") } },
  ];
  const role = { namespace: "calcom", host: "calcom-db", user: "calcom", image: "postgres:16" };
  let values = before;
  return {
    handler: secretRolloutHandler,
    origin: originOf(world.cluster),
    inputs: (proxied) => ({
      kubeconfig: kubeconfig(world.cluster, proxied),
      ...{ secrets, roles: { password: role }, values, timeoutSeconds: 5 },
    }),
    changed: (inputs) => {
      values = after;
      for (const [name, data] of Object.entries(vaulted(after))) world.vault.set(name, data);
      return { ...inputs, values };
    },
    check: () => {
      for (const [name, data] of Object.entries(vaulted(values))) assert.deepEqual(world.values(name), data);
      // Neither passwords, addresses nor Jobs are left, and the app was led over and back, the database left alone.
      const left = [...world.cluster.objects.keys()].filter((path) => path.includes("handoff-"));
      assert.deepEqual(left, []);
      const pods = [...world.cluster.objects.values()].filter(({ kind }) => kind === "Pod");
      assert.deepEqual(pods.filter(isLed), []);
      const restarts = world.history.filter((what) => what.startsWith("restart "));
      assert.deepEqual([...new Set(restarts)], values === after ? ["restart calcom"] : []);
    },
    dispose: () => {
      world.cluster.stop();
    },
  };
}

killsOf("what changes a cluster", {
  "FluxInstall, of its own": () => install(false),
  "FluxInstall, of a Flux that was there": () => install(true),
  FluxReady: readiness,
  SecretRollout: rollout,
});
