import type { Manifest } from "../../yaml";
import { NAMESPACE } from "./place";

/** A panel over Loki. */
export interface Panel {
  readonly title: string;
  /** Logs as they are, or a number over time. */
  readonly type: "logs" | "timeseries";
  /** LogQL: https://grafana.com/docs/loki/latest/query/ */
  readonly query: string;
  /** Name of a series, such as `{{namespace}}`. */
  readonly legend?: string;
  /** How numbers are shown. @default "short" */
  readonly unit?: "short" | "reqps";
  /** Of 24. @default 24 */
  readonly width?: number;
}

export interface DashboardOptions {
  /** In the address of the dashboard, and of its ConfigMap. */
  readonly uid: string;
  readonly title: string;
  readonly tags: readonly string[];
  readonly panels: readonly Panel[];
}

const LOKI = { type: "loki", uid: "loki" };

/** A dashboard in a ConfigMap that Grafana's sidecar finds by its label. */
export function dashboardConfigMap(options: DashboardOptions): Manifest {
  return {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: {
      name: `dashboard-${options.uid}`,
      namespace: NAMESPACE,
      labels: { grafana_dashboard: "1" },
    },
    data: { [`${options.uid}.json`]: `${JSON.stringify(dashboard(options), null, 2)}\n` },
  };
}

/** https://grafana.com/docs/grafana/latest/dashboards/build-dashboards/view-dashboard-json-model/ */
function dashboard({ uid, title, tags, panels }: DashboardOptions): object {
  return {
    uid,
    title,
    tags,
    schemaVersion: 39,
    version: 1,
    editable: true,
    timezone: "browser",
    refresh: "1m",
    time: { from: "now-6h", to: "now" },
    panels: placed(panels),
  };
}

const HEIGHT = 8;

/** From left to right, in rows. */
function placed(panels: readonly Panel[]): object[] {
  let [x, y] = [0, 0];
  return panels.map((panel, index) => {
    const { width = 24 } = panel;
    if (x + width > 24) [x, y] = [0, y + HEIGHT];
    const gridPos = { h: HEIGHT, w: width, x, y };
    x += width;
    return { id: index + 1, gridPos, ...panelBody(panel) };
  });
}

function panelBody({ type, title, query, legend, unit = "short" }: Panel): object {
  return {
    type,
    title,
    datasource: LOKI,
    targets: [
      {
        refId: "A",
        datasource: LOKI,
        expr: query,
        queryType: "range",
        ...(legend !== undefined && { legendFormat: legend }),
      },
    ],
    ...(type === "timeseries"
      ? { fieldConfig: { defaults: { unit }, overrides: [] } }
      : { options: { showTime: true, wrapLogMessage: true, sortOrder: "Descending" } }),
  };
}
