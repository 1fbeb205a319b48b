import type { DashboardOptions } from "./dashboard";

/** Flux's controllers, whose lines are JSON with `level` and `msg`; Promtail's label `app` is the controller. */
const FLUX = '{namespace="flux-system"}';

/** Whatever its format, a line that speaks of an error. */
const ERROR = '|~ "(?i)\\\\b(error|fatal|panic|exception)\\\\b"';

/** What Flux does. */
export const fluxCd: DashboardOptions = {
  uid: "flux-cd",
  title: "Flux CD",
  tags: ["flux"],
  panels: [
    {
      title: "Reconciliation activity",
      type: "timeseries",
      query: `sum by (app) (count_over_time(${FLUX} |~ "(?i)reconcil|stored artifact|server-side apply" [$__auto]))`,
      legend: "{{app}}",
      width: 12,
    },
    {
      title: "Errors and warnings",
      type: "timeseries",
      query: `sum by (app, level) (count_over_time(${FLUX} | json level="level" | level=~"error|warn.*" [$__auto]))`,
      legend: "{{app}} {{level}}",
      width: 12,
    },
    {
      title: "Controller logs",
      type: "logs",
      query: `${FLUX} | json | line_format "{{.app}} {{.level}} {{.msg}}"`,
    },
  ],
};

/** What all namespaces log. */
export const platformOverview: DashboardOptions = {
  uid: "platform-overview",
  title: "Platform Overview",
  tags: ["platform"],
  panels: [
    {
      title: "Log volume by namespace",
      type: "timeseries",
      query: 'sum by (namespace) (count_over_time({namespace=~".+"} [$__auto]))',
      legend: "{{namespace}}",
      width: 12,
    },
    {
      title: "Error rate",
      type: "timeseries",
      query: `sum by (namespace) (rate({namespace=~".+"} ${ERROR} [$__auto]))`,
      legend: "{{namespace}}",
      unit: "reqps",
      width: 12,
    },
    { title: "Recent errors", type: "logs", query: `{namespace=~".+"} ${ERROR}` },
  ],
};
