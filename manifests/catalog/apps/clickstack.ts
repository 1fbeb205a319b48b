import { INFRASTRUCTURE, type App, type FolderContent } from "../../app";
import { chartFolder, type ChartOptions } from "../../apps/chart";
import { namespace } from "../../flux/objects";
import { secret } from "../../secrets/app-secret";
import { template, value } from "../../secrets/secret-text";
import { CLICKHOUSE_HOST } from "./clickhouse";
import { STORE_KUSTOMIZATION } from "./external-secrets";

export interface ClickstackOptions {
  /** @default clickstack 3.0.2 from https://clickhouse.github.io/ClickStack-helm-charts */
  readonly chart?: ChartOptions;
  /** @default clickstack-operators 1.1.0 from the same place */
  readonly operators?: ChartOptions;
}

const NAME = "clickstack";
const OPERATORS = "clickstack-operators";

/** ClickStack over the cluster's ClickHouse: https://clickhouse.com/docs/use-cases/observability/clickstack */
export function clickstack({ chart = {}, operators = {} }: ClickstackOptions = {}): App {
  const database = (property: string) => value(`databases/clickhouse:${property}`, "json");
  const manifests = {
    "namespace.yaml": namespace(NAME),
    "secret-connections.yaml": secret(`${NAME}-connections`, NAME, {
      "connections.json": template`[{"name": "ClickHouse", "host": "http://${CLICKHOUSE_HOST}:8123", "port": 8123, "username": "${database("username")}", "password": "${database("password")}"}]`,
      "sources.json": "[]",
    }),
    // They bring the kinds of which the chart of ClickStack has objects.
    ...prefixed(
      "operators-",
      chartFolder(operators, {
        name: OPERATORS,
        namespace: NAME,
        chart: "clickstack-operators",
        repository: "https://clickhouse.github.io/ClickStack-helm-charts",
        version: "1.1.0",
      }),
    ),
    ...chartFolder(chart, {
      name: NAME,
      namespace: NAME,
      chart: "clickstack",
      repository: "https://clickhouse.github.io/ClickStack-helm-charts",
      version: "3.0.2",
      release: { dependsOn: [{ name: OPERATORS }] },
      values: {
        clickhouse: { enabled: false },
        hyperdx: {
          deployment: {
            useExistingConfigSecret: true,
            existingConfigSecret: `${NAME}-connections`,
            existingConfigConnectionsKey: "connections.json",
            existingConfigSourcesKey: "sources.json",
          },
        },
      },
    }),
  };
  const dependsOn = [{ name: "cloudnative-pg" }, { name: "clickhouse" }, { name: STORE_KUSTOMIZATION }];
  return { name: NAME, kustomizations: [{ name: NAME, dependsOn, ...INFRASTRUCTURE, manifests }] };
}

function prefixed(prefix: string, content: FolderContent): FolderContent {
  return Object.fromEntries(Object.entries(content).map(([name, source]) => [prefix + name, source]));
}
