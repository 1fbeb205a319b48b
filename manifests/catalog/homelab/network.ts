import type { FolderContent } from "../../app";
import { toYaml } from "../../yaml";

/** Addresses that MetalLB gives to Services in the LAN: https://metallb.io/configuration/ */
export function metallbPool(addresses: readonly string[]): FolderContent {
  const metadata = { name: "lan", namespace: "metallb-system" };
  return {
    "ipaddresspool.yaml": {
      apiVersion: "metallb.io/v1beta1",
      kind: "IPAddressPool",
      metadata,
      spec: { addresses: [...addresses] },
    },
    "l2advertisement.yaml": {
      apiVersion: "metallb.io/v1beta1",
      kind: "L2Advertisement",
      metadata,
      spec: { ipAddressPools: [metadata.name] },
    },
  };
}

/** What is ours of k3s' own Traefik: https://docs.k3s.io/networking/networking-services#traefik-ingress-controller */
export function traefikConfig(): FolderContent {
  const namespace = "kube-system";
  // IngressRoutes name the middlewares of this folder and authentik's from their own namespaces.
  const values = { providers: { kubernetesCRD: { allowCrossNamespace: true } } };
  return {
    "helmchartconfig.yaml": {
      apiVersion: "helm.cattle.io/v1",
      kind: "HelmChartConfig",
      metadata: { name: "traefik", namespace },
      spec: { valuesContent: toYaml({ object: values, comments: {} }) },
    },
    "middleware-headers.yaml": {
      apiVersion: "traefik.io/v1alpha1",
      kind: "Middleware",
      metadata: { name: "secure-headers", namespace },
      spec: { headers: { stsSeconds: 31536000, contentTypeNosniff: true, frameDeny: true } },
    },
  };
}
