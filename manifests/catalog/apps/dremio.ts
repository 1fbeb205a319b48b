import { INFRASTRUCTURE, onlyFolder, type App } from "../../app";
import { helmRelease } from "../../flux/helm-release";
import { gitRepository, namespace } from "../../flux/objects";

export interface DremioOptions {
  /** Repository of the chart. @default https://github.com/dremio/dremio-cloud-tools at master */
  readonly source?: { readonly url?: string; readonly branch?: string };
}

/** Dremio's free edition, whose chart is in a git repository: https://github.com/dremio/dremio-cloud-tools */
export function dremio({ source = {} }: DremioOptions = {}): App {
  const name = "dremio";
  const { url = "https://github.com/dremio/dremio-cloud-tools", branch = "master" } = source;
  const folder = "charts/dremio_v2";
  const manifests = {
    "namespace.yaml": namespace(name),
    "gitrepository.yaml": gitRepository({
      name,
      namespace: name,
      url,
      ref: { branch },
      ignore: onlyFolder(folder),
      interval: "1h",
    }),
    "helmrelease.yaml": helmRelease({
      name,
      namespace: name,
      chart: { name: `./${folder}`, version: "*", repository: { kind: "GitRepository", name } },
      values: {
        coordinator: { count: 0, volumeSize: "20Gi" },
        executor: { count: 1, volumeSize: "20Gi" },
        zookeeper: { count: 1 },
        service: { type: "ClusterIP" },
      },
    }),
  };
  return { name, kustomizations: [{ name, ...INFRASTRUCTURE, manifests }] };
}
