import { password, randomBytes } from "../components/secrets/values";
import { park } from "../manifests/apps/park";
import { helmService, plainService } from "../manifests/apps/service";
import { cloudflaredManifests } from "../manifests/catalog/cloudflared";
import * as authentik from "../manifests/catalog/homelab/authentik";
import { letsEncrypt } from "../manifests/catalog/homelab/certificates";
import { CHARTS } from "../manifests/catalog/homelab/charts";
import { mcpProxmox, proxmoxValues } from "../manifests/catalog/homelab/mcp-proxmox";
import { metallbPool, traefikConfig } from "../manifests/catalog/homelab/network";
import { stalwart, stalwartValues } from "../manifests/catalog/homelab/stalwart";
import { longhornSnapshots } from "../manifests/catalog/homelab/storage";
import { tailscaleConnector, tailscaleOauth, tailscaleValues } from "../manifests/catalog/homelab/tailscale";
import { bundle } from "../manifests/layouts/bundle";
import * as own from "./homelab-settings";
import { defineSystem } from "./platform";
import { chart, charts, checkCharts } from "./settings/blocks/charts";
import { checkOriginCaToken, checkTunnel, cloudflare } from "./settings/blocks/cloudflare";
import { infrastructurePath } from "./settings/blocks/repository";

/** A homelab on k3s: one bundle of services. Their Secrets are placeholders in git, which the program fills. */
export const homelab = defineSystem({
  title: "Homelab",
  settings: (env) => ({
    homelab: own.homelab(),
    infrastructurePath: infrastructurePath("k3s"),
    credentials: own.credentials(env),
    rotate: own.rotate(),
    cloudflare: cloudflare(env),
    charts: charts({
      certManager: chart(),
      cloudnativePg: chart(),
      longhorn: chart(),
      tailscale: chart(),
      authentik: chart(),
      kubePrometheusStack: chart(),
      reloader: chart(),
    }),
  }),
  checks: [own.checkHost, checkTunnel, checkOriginCaToken, checkCharts],
  parentsOnly: ["homelab.addresses", "homelab.routes"],

  layout: ({ fluxRepository, infrastructurePath }) =>
    bundle({
      clusterPath: fluxRepository.path,
      appsPath: `${infrastructurePath}/flux/apps`,
      manifestsPath: `${infrastructurePath}/manifests`,
      // Of k3s and of what the cluster was made with; those of charts are made by the charts' own services.
      othersNamespaces: ["kube-system", "metallb-system"],
    }),
  rootKustomization: false,
  delivery: () => [{ from: "patched" }],

  build({ homelab: lab, credentials, rotate, charts, infrastructurePath }, { entrance }) {
    const services = [
      helmService({
        name: "cert-manager",
        namespace: "cert-manager",
        chart: CHARTS.certManager,
        options: charts.certManager,
        awaited: true,
      }),
      plainService({
        name: "cert-manager-config",
        namespace: "cert-manager",
        after: ["cert-manager"],
        manifests: letsEncrypt(lab.email),
      }),
      helmService({
        name: "cnpg-operator",
        namespace: "cnpg-system",
        chart: CHARTS.cloudnativePg,
        options: charts.cloudnativePg,
        awaited: true,
      }),
      helmService({
        name: "longhorn-operator",
        namespace: "longhorn-system",
        chart: CHARTS.longhorn,
        options: charts.longhorn,
        awaited: true,
      }),
      plainService({
        name: "longhorn-config",
        namespace: "longhorn-system",
        after: ["longhorn-operator"],
        manifests: longhornSnapshots(),
      }),
      helmService({
        name: "tailscale-operator",
        namespace: "tailscale",
        chart: CHARTS.tailscale,
        options: charts.tailscale,
        manifests: tailscaleOauth(),
        awaited: true,
      }),
      plainService({
        name: "tailscale-config",
        namespace: "tailscale",
        after: ["tailscale-operator"],
        manifests: tailscaleConnector(lab.routes),
      }),
      helmService({
        name: "authentik",
        namespace: "authentik",
        chart: { ...CHARTS.authentik, values: authentik.chartValues() },
        options: charts.authentik,
        after: ["cnpg-operator"],
        hosts: [{ name: lab.authentikHost, service: authentik.URL_IN_CLUSTER }],
      }),
      plainService({
        name: "authentik-config",
        namespace: "authentik",
        after: ["cnpg-operator"],
        manifests: authentik.config(lab.authentikHost),
      }),
      plainService({ name: "traefik-config", namespace: "kube-system", manifests: traefikConfig() }),
      plainService({
        name: "metallb-config",
        namespace: "metallb-system",
        manifests: metallbPool(lab.addresses),
      }),
      plainService({
        name: "stalwart",
        namespace: "stalwart",
        after: ["cnpg-operator"],
        manifests: stalwart({ hostname: lab.mailHost, image: lab.images.stalwart }),
      }),
      plainService({
        name: "mcp-proxmox",
        namespace: "mcp-proxmox",
        manifests: mcpProxmox(lab.images.mcpProxmox),
      }),
      helmService({
        name: "kube-prometheus-stack",
        namespace: "monitoring",
        chart: CHARTS.kubePrometheusStack,
        options: charts.kubePrometheusStack,
        awaited: true,
      }),
      helmService({
        name: "reloader",
        namespace: "reloader",
        chart: CHARTS.reloader,
        options: charts.reloader,
        awaited: true,
      }),
    ];
    const reached = services.filter(({ name }) => !lab.parked.includes(name));
    const cloudflared = plainService({
      name: "cloudflared",
      namespace: "cloudflared",
      manifests: cloudflaredManifests({
        tunnel: entrance.tunnelMode(reached, `${infrastructurePath}/manifests/cloudflared`),
        namespace: "cloudflared",
        secretName: "cloudflared-tunnel-credentials",
      }),
    });
    return {
      apps: park([...services, cloudflared], lab.parked),
      values: {
        [tailscaleValues.clientId]: { from: credentials.tailscaleClientId },
        [tailscaleValues.clientSecret]: { from: credentials.tailscaleClientSecret },
        [authentik.values.secretKey]: randomBytes(50, {
          value: credentials.authentikSecretKey,
          rotation: rotate.authentikSecretKey,
          maxAge: rotate.maxAge.authentikSecretKey,
          ends: "all sessions of authentik",
        }),
        [authentik.values.bootstrapPassword]: password({
          value: credentials.authentikBootstrapPassword,
          rotation: rotate.authentikBootstrapPassword,
        }),
        [stalwartValues.adminPassword]: password({
          value: credentials.stalwartAdminPassword,
          rotation: rotate.stalwartAdminPassword,
          maxAge: rotate.maxAge.stalwartAdminPassword,
        }),
        [stalwartValues.resendApiKey]: { from: credentials.resendApiKey },
        [proxmoxValues.url]: { from: credentials.proxmoxUrl },
        [proxmoxValues.tokenId]: { from: credentials.proxmoxTokenId },
        [proxmoxValues.tokenSecret]: { from: credentials.proxmoxTokenSecret },
      },
    };
  },
});
