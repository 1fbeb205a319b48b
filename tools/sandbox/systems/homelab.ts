import { repositoryOverrides, valueOf, type Override, type SandboxSystem } from "./system";

/** The homelab's charts, by the name of their setting: folder of the chart repository. */
const charts = {
  certManager: "jetstack",
  cloudnativePg: "cloudnative-pg",
  longhorn: "longhorn",
  tailscale: "tailscale",
  authentik: "goauthentik",
  kubePrometheusStack: "prometheus-community",
  reloader: "stakater",
} as const;

/** Credentials that others give; each is what its file says. */
const credentials = [
  "tailscaleClientId",
  "tailscaleClientSecret",
  "resendApiKey",
  "proxmoxUrl",
  "proxmoxTokenId",
  "proxmoxTokenSecret",
];

/** A homelab: the stand-ins of Cloudflare and the charts in the place of the vendors. */
export const homelab: SandboxSystem = {
  fluxRepository: "your-user/homelab",
  deployKeys: {
    homelab: { repository: "your-user/homelab", write: true },
    "homelab-read": { repository: "your-user/homelab", write: false },
  },
  onDemand: ["cloudnative-pg"],
  overrides: (environment) => {
    const value = (name: string): string => valueOf(environment, name);
    return [
      ...repositoryOverrides(environment, "handoff:fluxRepository", "your-user/homelab", "homelab"),
      [["handoff:cloudflare", "accountId"], value("CLOUDFLARE_ACCOUNT_ID")],
      [["handoff:cloudflare", "zoneId"], value("CLOUDFLARE_ZONE_ID")],
      // Any text that is there for the whole life of the sandbox does for what nobody checks here.
      ...credentials.map((name): Override => [
        ["handoff:credentials", name],
        { file: `${value("SANDBOX_STATE")}/keys/homelab-read.pub` },
      ]),
      ...Object.entries(charts).map(([name, folder]): Override => [
        ["handoff:charts", name, "repository"],
        `${value("SANDBOX_CHARTS_URL")}/${folder}`,
      ]),
    ];
  },
};
