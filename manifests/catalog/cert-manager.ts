import { under } from "../files";
import { namespace } from "../flux/objects";
import {
  clusterApp,
  INFRASTRUCTURE,
  infrastructureFolder,
  kustomizeFolder,
  type AppFiles,
  type ClusterFolders,
} from "../apps/app-files";
import { chartFolder, type ChartOptions } from "../apps/chart";

export interface CertManagerOptions {
  readonly folders: ClusterFolders;
  /** @default cert-manager v1.21.2 from https://charts.jetstack.io */
  readonly chart?: ChartOptions;
}

/** cert-manager with its CRDs: https://cert-manager.io/docs/installation/helm/ */
export function certManager({ folders, chart = {} }: CertManagerOptions): AppFiles {
  const name = "cert-manager";
  const { folder, path } = infrastructureFolder(folders, name);
  const payload = kustomizeFolder({
    "namespace.yaml": namespace(name),
    ...chartFolder(chart, {
      name,
      namespace: name,
      repository: "https://charts.jetstack.io",
      version: "v1.21.2",
      values: { crds: { enabled: true } },
    }),
  });
  return clusterApp({
    name,
    folders,
    kustomizations: { "00-kustomization.yaml": { name, path, ...INFRASTRUCTURE } },
    payload: under(folder, payload),
  });
}
