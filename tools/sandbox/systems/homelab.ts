import { valueOf, type Override, type SandboxSystem } from "./system";

const REPOSITORY = "your-user/homelab";

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
  fluxRepository: REPOSITORY,
  // Flux's own one is made by the program.
  deployKeys: { "homelab-read": { repository: REPOSITORY, write: false } },
  onDemand: ["cloudnative-pg"],
  parts: ["cert-manager"],
  overrides: (environment) => {
    const value = (name: string): string => valueOf(environment, name);
    const file = (name: string): string => `${value("SANDBOX_STATE")}/keys/${name}`;
    return [
      [["handoff:fluxRepository", "url"], `${value("SANDBOX_GIT_URL")}/${REPOSITORY}.git`],
      [
        ["handoff:fluxRepository", "auth", "basic"],
        { username: value("SANDBOX_GIT_USERNAME"), password: { env: "SANDBOX_GIT_PASSWORD" } },
      ],
      [["handoff:fluxRepository", "deployKey", "host"], "gitea"],
      [["handoff:fluxRepository", "deployKey", "url"], `${value("SANDBOX_GIT_SSH_URL")}/${REPOSITORY}.git`],
      [["handoff:fluxRepository", "deployKey", "knownHosts"], { file: file("known_hosts") }],
      [["handoff:cloudflare", "accountId"], value("CLOUDFLARE_ACCOUNT_ID")],
      [["handoff:cloudflare", "zoneId"], value("CLOUDFLARE_ZONE_ID")],
      // Any text that is there for the whole life of the sandbox does for what nobody checks here.
      ...credentials.map((name): Override => [
        ["handoff:credentials", name],
        { file: file("homelab-read.pub") },
      ]),
      ...Object.entries(charts).map(([name, folder]): Override => [
        ["handoff:charts", name, "repository"],
        `${value("SANDBOX_CHARTS_URL")}/${folder}`,
      ]),
    ];
  },
};
