import { INFRASTRUCTURE, type App } from "../../app";
import { chartFolder, type ChartOptions } from "../../apps/chart";
import { FLUX_SYSTEM, namespace } from "../../flux/objects";

export interface VaultOptions {
  /** @default vault 0.34.1 from https://helm.releases.hashicorp.com */
  readonly chart?: ChartOptions;
}

/**
 * Vault, which starts sealed: its pod is ready once somebody has initialised and unsealed it.
 * https://developer.hashicorp.com/vault/docs/platform/k8s/helm
 */
export function vault({ chart = {} }: VaultOptions = {}): App {
  const name = "vault";
  const manifests = {
    "namespace.yaml": namespace(name),
    ...chartFolder(chart, {
      name,
      namespace: name,
      chart: "vault",
      repository: "https://helm.releases.hashicorp.com",
      version: "0.34.1",
      // What configures Vault is a Terraform object among what waits for it: that kind has to be there by then.
      release: { dependsOn: [{ name: "tofu-controller", namespace: FLUX_SYSTEM }] },
      values: {
        // Inside the cluster; who needs TLS there gives the listener a certificate by the cluster's patches.
        global: { tlsDisable: true },
        injector: { enabled: false },
        server: { standalone: { enabled: true }, dataStorage: { enabled: true, size: "10Gi" } },
        ui: { enabled: true },
      },
    }),
  };
  return { name, kustomizations: [{ name, ...INFRASTRUCTURE, manifests }] };
}
