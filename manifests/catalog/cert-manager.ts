import { INFRASTRUCTURE, type App } from "../app";
import { chartFolder, type ChartOptions } from "../apps/chart";
import { namespace } from "../flux/objects";

export interface CertManagerOptions {
  /** @default cert-manager v1.21.2 from https://charts.jetstack.io */
  readonly chart?: ChartOptions;
}

/** cert-manager with its CRDs: https://cert-manager.io/docs/installation/helm/ */
export function certManager({ chart = {} }: CertManagerOptions = {}): App {
  const name = "cert-manager";
  const manifests = {
    "namespace.yaml": namespace(name),
    ...chartFolder(chart, {
      name,
      namespace: name,
      chart: "cert-manager",
      repository: "https://charts.jetstack.io",
      version: "v1.21.2",
      values: { crds: { enabled: true } },
    }),
  };
  return { name, kustomizations: [{ name, file: "00-kustomization.yaml", ...INFRASTRUCTURE, manifests }] };
}
