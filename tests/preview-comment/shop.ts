/** An app of the scenes: its Kustomization in the cluster's folder, its manifests beside. */
import { stringify } from "yaml";

type Data = Readonly<Record<string, unknown>>;

export const text = (...objects: readonly Data[]): string =>
  objects.map((one) => stringify(one)).join("---\n");

export function kustomization(name: string, spec: Data = {}, annotations?: Data): Data {
  return {
    apiVersion: "kustomize.toolkit.fluxcd.io/v1",
    kind: "Kustomization",
    metadata: { name, namespace: "flux-system", ...(annotations && { annotations }) },
    spec: {
      interval: "10m",
      path: `./apps/${name}`,
      prune: true,
      sourceRef: { kind: "GitRepository", name: "flux-system" },
      ...spec,
    },
  };
}

export const namespace = (name: string): Data => ({
  apiVersion: "v1",
  kind: "Namespace",
  metadata: { name },
});

export function workload(kind: "Deployment" | "StatefulSet", name: string, image: string): Data {
  return {
    apiVersion: "apps/v1",
    kind,
    metadata: { name, namespace: "shop" },
    spec: { replicas: 1, template: { spec: { containers: [{ name, image }] } } },
  };
}

export const ingress = (host: string): Data => ({
  apiVersion: "networking.k8s.io/v1",
  kind: "Ingress",
  metadata: { name: "web", namespace: "shop" },
  spec: { rules: [{ host }] },
});

/** Files of the app, all of it. */
export const shop = (image = "example.org/web:1.4.0"): Readonly<Record<string, string>> => ({
  "clusters/prod/shop.yaml": text(kustomization("shop", { dependsOn: [{ name: "database" }] })),
  "apps/shop/namespace.yaml": text(namespace("shop")),
  "apps/shop/web.yaml": text(workload("Deployment", "web", image), ingress("shop.example.com")),
  "apps/shop/db.yaml": text(workload("StatefulSet", "db", "postgres:17.2")),
});

export const base = { "clusters/prod/other.yaml": text(kustomization("other")) };
export const CLUSTER = {
  "clusters/prod/kustomization.yaml": "# Somebody's list\nresources:\n- flux-system\n",
};
export const entry = (...names: readonly string[]) => ({
  "clusters/prod/kustomization.yaml": names.map((name) => ({ list: ["resources"], entry: name })),
});
