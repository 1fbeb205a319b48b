import { parseAllDocuments } from "yaml";
import type { App } from "../../manifests/app";
import { airflow } from "../../manifests/catalog/apps/airflow";
import { authentik } from "../../manifests/catalog/apps/authentik";
import { clickhouse } from "../../manifests/catalog/apps/clickhouse";
import { clickstack } from "../../manifests/catalog/apps/clickstack";
import { cloudnativePg } from "../../manifests/catalog/apps/cloudnative-pg";
import { dremio } from "../../manifests/catalog/apps/dremio";
import { externalSecretsConfig, externalSecretsCrds } from "../../manifests/catalog/apps/external-secrets";
import { forgejo } from "../../manifests/catalog/apps/forgejo";
import { grafana } from "../../manifests/catalog/apps/grafana";
import { tofuController } from "../../manifests/catalog/apps/tofu-controller";
import { vault } from "../../manifests/catalog/apps/vault";
import type { Files } from "../../manifests/files";
import type { Delivery, PlacedApp } from "../../manifests/layouts/layout";
import { waves, type WavesOptions } from "../../manifests/layouts/waves";

/** The cluster of the document. */
export const CLUSTER = "flux-clusters/stefanzhelev";

const runners = ["cloudnative-pg", "authentik", "forgejo", "clickhouse", "grafana"];

/** All apps of the catalog with fixed options. */
const catalog: readonly App[] = [
  tofuController({ namespaces: runners }),
  externalSecretsCrds(),
  vault(),
  airflow({
    dags: { url: "https://git.example.com/dags.git", branch: "main", path: "dags" },
    secretNames: { fernetKey: "airflow-fernet", webserverSecretKey: "airflow-webserver" },
  }),
  dremio(),
  externalSecretsConfig({ runnerNamespaces: runners }),
  cloudnativePg({ databases: ["authentik", "forgejo", "grafana"] }),
  authentik(),
  forgejo(),
  clickhouse(),
  clickstack(),
  grafana(),
];

const delivery: Delivery = [
  {
    from: "store",
    store: "vault",
    provider: "vault",
    storeKustomization: "external-secrets-config",
    key: (value) => {
      const [key = "", property] = value.split(":");
      return { key, property };
    },
  },
];

export function place(more: Partial<WavesOptions> = {}): readonly PlacedApp[] {
  return waves({
    clusterPath: CLUSTER,
    cluster: { name: "stefanzhelev", domain: "example.com" },
    together: [["clickhouse", "clickstack", "grafana"]],
    ...more,
  })(catalog, delivery);
}

/** Every rendered file of the layout. */
const filesOf = (placed: readonly PlacedApp[]): Files =>
  Object.assign({}, ...placed.map(({ files }) => files)) as Files;

/** Every rendered file, made once. */
export function rendered(): Files {
  return (all ??= filesOf(place()));
}
let all: Files | undefined;

export interface Rendered {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
  readonly spec: unknown;
}

/** The objects in a file, or in all YAML files of a folder. */
export function objectsIn(path: string, files: Files = rendered()): readonly Rendered[] {
  return Object.entries(files)
    .filter(([name]) => name === path || (name.startsWith(`${path}/`) && name.endsWith(".yaml")))
    .flatMap(([, text]) => parseAllDocuments(text).map((document) => document.toJS() as Rendered))
    .filter((object) => object.kind !== "Kustomization" || object.apiVersion.includes("toolkit"));
}
