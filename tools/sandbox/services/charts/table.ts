/** The small charts that the sandbox serves under their real names. */
import type { Chart } from "./chart";
import { airflow } from "./declared/airflow";
import { authentik } from "./declared/authentik";
import { altinityOperator, clickstack, clickstackOperators } from "./declared/clickhouse";
import { cloudnativePg } from "./declared/cloudnative-pg";
import { externalSecrets } from "./declared/external-secrets";
import { forgejo } from "./declared/forgejo";
import { grafana } from "./declared/grafana";
import { kubePrometheusStack } from "./declared/kube-prometheus-stack";
import { loki, promtail } from "./declared/logs";
import { longhorn } from "./declared/longhorn";
import { originCaIssuer } from "./declared/origin-ca-issuer";
import { reloader } from "./declared/reloader";
import { tailscaleOperator } from "./declared/tailscale";
import { tofuController } from "./declared/tofu-controller";
import { vault } from "./declared/vault";
import { victoriaMetricsStack } from "./declared/victoria-metrics";

export const charts: readonly Chart[] = [
  airflow,
  altinityOperator,
  authentik,
  clickstack,
  clickstackOperators,
  cloudnativePg,
  externalSecrets,
  forgejo,
  grafana,
  kubePrometheusStack,
  loki,
  longhorn,
  originCaIssuer,
  promtail,
  reloader,
  tailscaleOperator,
  tofuController,
  vault,
  victoriaMetricsStack,
];
