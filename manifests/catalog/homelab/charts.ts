import type { ServiceChart } from "../../apps/service";

function chart(
  name: string,
  version: string,
  repository: string,
  url: string,
  values?: ServiceChart["values"],
): ServiceChart {
  return { name, version, repository: { name: repository, url }, values };
}

/** The homelab's charts, with the values that k3s asks for. */
export const CHARTS = {
  certManager: chart("cert-manager", "v1.17.2", "jetstack", "https://charts.jetstack.io", {
    crds: { enabled: true },
  }),
  cloudnativePg: chart(
    "cloudnative-pg",
    "0.27.1",
    "cloudnative-pg",
    "https://cloudnative-pg.github.io/charts",
  ),
  longhorn: chart("longhorn", "1.7.2", "longhorn", "https://charts.longhorn.io", {
    // k3s has a default class of its own, and another folder for its kubelet.
    persistence: { defaultClass: false },
    csi: { kubeletRootDir: "/var/lib/rancher/k3s/agent/kubelet" },
    // A hook that waits for what Flux hasn't installed yet.
    preUpgradeChecker: { jobEnabled: false },
  }),
  tailscale: chart("tailscale-operator", "1.94.2", "tailscale", "https://pkgs.tailscale.com/helmcharts"),
  authentik: chart("authentik", "2026.2.2", "goauthentik", "https://charts.goauthentik.io"),
  kubePrometheusStack: chart(
    "kube-prometheus-stack",
    "69.8.2",
    "prometheus-community",
    "https://prometheus-community.github.io/helm-charts",
  ),
  reloader: chart("reloader", "2.2.14", "stakater", "https://stakater.github.io/stakater-charts"),
} as const;
