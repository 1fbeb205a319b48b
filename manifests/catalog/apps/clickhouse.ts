import { INFRASTRUCTURE, type App } from "../../app";
import { chartFolder, type ChartOptions } from "../../apps/chart";
import { localChart } from "../../apps/local-chart";
import { BASES } from "../../layouts/waves";
import { secret } from "../../secrets/app-secret";
import { value } from "../../secrets/secret-text";
import type { Manifest } from "../../yaml";
import { STORE_KUSTOMIZATION } from "./external-secrets";
import { rootModule } from "./modules";
import { databaseUser } from "./terraforms";

export interface ClickhouseOptions {
  /** @default altinity-clickhouse-operator 0.28.0 from https://helm.altinity.com */
  readonly chart?: ChartOptions;
}

const NAME = "clickhouse";
const OPERATOR = "altinity-clickhouse-operator";

/** Where others reach it: the Service of the installation. */
export const CLICKHOUSE_HOST = `${NAME}-${NAME}.${NAME}.svc.cluster.local`;

/** ClickHouse by Altinity's operator, with one user for what reads and writes it: https://docs.altinity.com/altinitykubernetesoperator/ */
export function clickhouse({ chart = {} }: ClickhouseOptions = {}): App {
  const declared = localChart({
    name: "installation",
    namespace: NAME,
    folder: `${BASES}/${NAME}`,
    operator: OPERATOR,
    objects: { "clickhouseinstallation.yaml": installation() },
  });
  const manifests = {
    "terraform-user.yaml": databaseUser(NAME, NAME),
    "secret-user.yaml": secret(`${NAME}-user`, NAME, {
      username: value(`databases/${NAME}:username`),
      password: value(`databases/${NAME}:password`),
    }),
    ...chartFolder(chart, {
      name: OPERATOR,
      namespace: NAME,
      chart: "altinity-clickhouse-operator",
      repository: "https://helm.altinity.com",
      version: "0.28.0",
    }),
    "helmrelease-installation.yaml": declared.release,
  };
  const dependsOn = [{ name: "cloudnative-pg" }, { name: STORE_KUSTOMIZATION }];
  const files = { ...declared.files, ...rootModule("database", NAME) };
  return { name: NAME, kustomizations: [{ name: NAME, dependsOn, ...INFRASTRUCTURE, manifests, files }] };
}

function installation(): Manifest {
  const password = { valueFrom: { secretKeyRef: { name: `${NAME}-user`, key: "password" } } };
  const users = { [`${NAME}/password`]: password, [`${NAME}/networks/ip`]: ["0.0.0.0/0", "::/0"] };
  const resources = { requests: { storage: "20Gi" } };
  const data = { name: "data", spec: { accessModes: ["ReadWriteOnce"], resources } };
  return {
    apiVersion: "clickhouse.altinity.com/v1",
    kind: "ClickHouseInstallation",
    metadata: { name: NAME, namespace: NAME },
    spec: {
      defaults: { templates: { dataVolumeClaimTemplate: data.name } },
      configuration: { users, clusters: [{ name: "main", layout: { shardsCount: 1, replicasCount: 1 } }] },
      templates: { volumeClaimTemplates: [data] },
    },
  };
}
