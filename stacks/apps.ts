import { stored } from "../components/secrets/values";
import { airflow } from "../manifests/catalog/apps/airflow";
import { authentik } from "../manifests/catalog/apps/authentik";
import { clickhouse } from "../manifests/catalog/apps/clickhouse";
import { clickstack } from "../manifests/catalog/apps/clickstack";
import { cloudnativePg } from "../manifests/catalog/apps/cloudnative-pg";
import { dremio } from "../manifests/catalog/apps/dremio";
import {
  externalSecretsConfig,
  externalSecretsCrds,
  STORE_KUSTOMIZATION,
  VAULT_ADMIN,
  VAULT_STORE,
} from "../manifests/catalog/apps/external-secrets";
import { forgejo } from "../manifests/catalog/apps/forgejo";
import { grafana } from "../manifests/catalog/apps/grafana";
import { tofuController } from "../manifests/catalog/apps/tofu-controller";
import { vault } from "../manifests/catalog/apps/vault";
import { waves } from "../manifests/layouts/waves";
import * as own from "./apps-settings";
import { chart, charts, checkCharts } from "./settings/blocks/charts";
import { defineSystem } from "./platform";

/** Namespaces with Terraform objects, beside flux-system. */
const TOFU = ["cloudnative-pg", "authentik", "forgejo", "clickhouse", "grafana"];

/** What tofu-controller generates into Vault for an app itself. */
const GENERATED = ["secret_key", "admin_password", "api_token"];

/** The last wave: ClickHouse comes first among those that read it. */
const TOGETHER = [["clickhouse", "clickstack", "grafana"]];

/** Twelve apps in five waves over Vault, whose secrets and databases tofu-controller makes. */
export const apps = defineSystem({
  title: "the apps",
  settings: (env) => ({
    apps: own.apps(),
    vault: own.vault(env),
    airflow: own.airflow(),
    dremio: own.dremioSource(),
    charts: charts({
      tofuController: chart(),
      externalSecrets: chart(),
      vault: chart(),
      airflow: chart(),
      cloudnativePg: chart(),
      authentik: chart(),
      forgejo: chart(),
      clickhouseOperator: chart(),
      clickstackOperators: chart(),
      clickstack: chart(),
      grafana: chart(),
    }),
  }),
  checks: [checkCharts, own.checkBases, own.checkClusterFolder],
  parentsOnly: ["vault"],

  layout: ({ fluxRepository, cluster, apps }) =>
    waves({
      clusterPath: fluxRepository.path,
      cluster: { name: cluster.name, domain: apps.domain },
      sharedBases: apps.bases === "shared",
      together: TOGETHER,
    }),
  together: TOGETHER,
  delivery: () => [
    { from: "store", store: VAULT_STORE, provider: "vault", storeKustomization: STORE_KUSTOMIZATION },
    // For what this stack makes itself: only tofu-controller writes into Vault.
    { from: "patched" },
  ],

  build: ({ apps: { ingressClass, patches }, vault: { adminToken }, charts, ...settings }) => ({
    apps: own.patched(
      [
        tofuController({ chart: charts.tofuController, namespaces: TOFU }),
        externalSecretsCrds({ chart: charts.externalSecrets }),
        vault({ chart: charts.vault }),
        airflow({
          chart: charts.airflow,
          dags: settings.airflow.dags,
          secretNames: {
            fernetKey: settings.airflow.fernetKeySecret,
            webserverSecretKey: settings.airflow.webserverSecretKeySecret,
          },
        }),
        dremio({ source: settings.dremio }),
        externalSecretsConfig({ chart: charts.externalSecrets, runnerNamespaces: TOFU }),
        cloudnativePg({ chart: charts.cloudnativePg, databases: ["authentik", "forgejo", "grafana"] }),
        authentik({ chart: charts.authentik, ingressClass }),
        forgejo({ chart: charts.forgejo, ingressClass }),
        clickhouse({ chart: charts.clickhouseOperator }),
        clickstack({ chart: charts.clickstack, operators: charts.clickstackOperators }),
        grafana({ chart: charts.grafana, ingressClass }),
      ],
      patches,
    ),
    // All of it lies in Vault, where tofu-controller writes it.
    values: stored({
      "credentials/authentik": GENERATED,
      "credentials/forgejo": GENERATED,
      "credentials/grafana": GENERATED,
      "databases/authentik": ["username", "password"],
      "databases/forgejo": ["username", "password"],
      "databases/grafana": ["username", "password"],
      "databases/clickhouse": ["username", "password"],
      "sso/forgejo": ["client_id", "client_secret"],
      "sso/grafana": ["client_id", "client_secret"],
    }),
    clusterSecrets: adminToken && { [VAULT_ADMIN]: adminToken.apply((token) => ({ vault_token: token })) },
  }),
});
