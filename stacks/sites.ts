import { password, randomBytes } from "../components/secrets/values";
import type { App } from "../manifests/app";
import type { ChartOptions } from "../manifests/apps/chart";
import { cloudflared } from "../manifests/catalog/cloudflared";
import { observability } from "../manifests/catalog/observability/observability";
import { site } from "../manifests/catalog/site";
import { umami } from "../manifests/catalog/umami";
import { fanOut, folderBeside } from "../manifests/layouts/fan-out";
import { defineSystem } from "./platform";
import { azure, checkAzure } from "./settings/blocks/azure";
import { chart, charts, checkCharts } from "./settings/blocks/charts";
import { checkOriginCaToken, checkTunnel, cloudflareOrAddress } from "./settings/blocks/cloudflare";
import * as own from "./sites-settings";

/** Where CI pushes the sites' images. */
const REGISTRY = "kevinryanacr.azurecr.io";

/**
 * The sites: name, public names, image. The tag is the one to start with; CI bumps it in the repository.
 * One more is one more entry.
 */
const SITES = [
  site({
    name: "kevinryan-io",
    hosts: ["kevinryan.io", "www.kevinryan.io"],
    image: `${REGISTRY}/kevinryan-io:08a2c8e`,
  }),
  site({
    name: "brand-kevinryan-io",
    hosts: ["brand.kevinryan.io"],
    image: `${REGISTRY}/brand-kevinryan-io:08a2c8e`,
  }),
  site({
    name: "aiimmigrants-com",
    hosts: ["aiimmigrants.com", "www.aiimmigrants.com"],
    image: `${REGISTRY}/aiimmigrants-com:08a2c8e`,
  }),
  site({
    name: "specmcp-ai",
    hosts: ["specmcp.ai", "www.specmcp.ai"],
    image: `${REGISTRY}/specmcp-ai:08a2c8e`,
  }),
  site({
    name: "sddbook-com",
    hosts: ["sddbook.com", "www.sddbook.com"],
    image: `${REGISTRY}/sddbook-com:08a2c8e`,
  }),
  site({
    name: "distributedequity-org",
    hosts: ["distributedequity.org", "www.distributedequity.org"],
    image: `${REGISTRY}/distributedequity-org:08a2c8e`,
  }),
  site({
    name: "docs-kevinryan-io",
    hosts: ["docs.kevinryan.io"],
    image: `${REGISTRY}/docs-kevinryan-io:08a2c8e`,
  }),
];

/** How the releases run: looked at every hour, tried again five times. */
const RELEASE = {
  interval: "1h",
  install: { remediation: { retries: 5 } },
  upgrade: { remediation: { retries: 5 } },
} as const satisfies ChartOptions["release"];

/** Static sites behind Traefik, with web analytics and observability. */
export const sitesSystem = (list: readonly App[]) =>
  defineSystem({
    title: "Sites",
    settings: (env) => ({
      cloudflare: cloudflareOrAddress(env).optional(),
      azure: azure(env),
      umami: own.umami(),
      observability: own.observability(),
      database: own.database(env),
      credentials: own.credentials(env),
      rotate: own.rotate(),
      charts: charts({
        externalSecrets: chart(),
        grafana: chart(),
        loki: chart(),
        promtail: chart(),
        victoriaMetrics: chart(),
      }),
    }),
    checks: [
      own.checkHosts,
      own.checkHelm,
      own.checkStored,
      checkTunnel,
      checkOriginCaToken,
      checkAzure,
      checkCharts,
    ],
    parentsOnly: ["database"],

    // The root reads the folder that Flux lives in.
    layout: ({ fluxRepository }) => fanOut({ clusterPath: fluxRepository.path }),
    gotkPath: ({ fluxRepository }) => fluxRepository.path,

    build(
      { cloudflare, charts, umami: analytics, observability: watch, ...settings },
      { entrance, delivery },
    ) {
      const { database, credentials, rotate } = settings;
      const { stored } = credentials;
      const release = (chart: ChartOptions): ChartOptions => ({ ...chart, release: RELEASE });
      const apps = [
        ...list,
        ...delivery.store(release({ version: ">=2.0.0 <3.0.0", ...charts.externalSecrets })),
        umami(analytics),
        observability({
          ...watch,
          charts: {
            grafana: release(charts.grafana),
            loki: release(charts.loki),
            promtail: release(charts.promtail),
            victoriaMetrics: release(charts.victoriaMetrics),
          },
        }),
      ];
      const tunnel = entrance.tunnelMode(apps, folderBeside(settings.fluxRepository.path, "cloudflare"));
      return {
        apps: cloudflare?.tunnel === undefined ? apps : [...apps, cloudflared({ tunnel })],
        values: {
          "pg-fqdn": own.givenOrStored("pg-fqdn", database.host),
          "pg-admin-username": own.givenOrStored("pg-admin-username", database.username),
          "pg-admin-password": own.givenOrStored("pg-admin-password", database.password),
          "umami-app-secret": stored.includes("umamiAppSecret")
            ? { stored: "umami-app-secret" }
            : randomBytes(32, {
                value: credentials.umamiAppSecret,
                rotation: rotate.umamiAppSecret,
                maxAge: rotate.maxAge.umamiAppSecret,
                ends: "all sessions of Umami",
              }),
          "grafana-admin-password": stored.includes("grafanaAdminPassword")
            ? { stored: "grafana-admin-password" }
            : password({
                value: credentials.grafanaAdminPassword,
                rotation: rotate.grafanaAdminPassword,
                maxAge: rotate.maxAge.grafanaAdminPassword,
              }),
        },
      };
    },
  });

export const sites = sitesSystem(SITES);
