import { INFRASTRUCTURE, type App } from "../../app";
import { chartFolder, type ChartOptions } from "../../apps/chart";
import { namespace } from "../../flux/objects";

export interface AirflowOptions {
  /** @default airflow 1.22.0 from https://airflow.apache.org */
  readonly chart?: ChartOptions;
  /** Repository of the DAGs. @default none: DAGs are in the image */
  readonly dags?: { readonly url: string; readonly branch?: string; readonly path?: string };
  /**
   * Secrets of the namespace that hold Airflow's keys: it comes before the vault can be read.
   * @default the chart generates the keys
   */
  readonly secretNames?: { readonly fernetKey?: string; readonly webserverSecretKey?: string };
}

/** Airflow with a database of its own: https://airflow.apache.org/docs/helm-chart/stable/ */
export function airflow({ chart = {}, dags, secretNames = {} }: AirflowOptions = {}): App {
  const name = "airflow";
  const { fernetKey, webserverSecretKey } = secretNames;
  const gitSync = dags && { enabled: true, repo: dags.url, branch: dags.branch, subPath: dags.path };
  const manifests = {
    "namespace.yaml": namespace(name),
    ...chartFolder(chart, {
      name,
      namespace: name,
      chart: "airflow",
      repository: "https://airflow.apache.org",
      version: "1.22.0",
      values: {
        executor: "KubernetesExecutor",
        // As hooks they would wait for the release that waits for them.
        createUserJob: { useHelmHooks: false, applyCustomEnv: false },
        migrateDatabaseJob: { useHelmHooks: false, applyCustomEnv: false },
        ...(fernetKey !== undefined && { fernetKeySecretName: fernetKey }),
        ...(webserverSecretKey !== undefined && { webserverSecretKeySecretName: webserverSecretKey }),
        ...(gitSync && { dags: { gitSync } }),
      },
    }),
  };
  return { name, kustomizations: [{ name, ...INFRASTRUCTURE, manifests }] };
}
