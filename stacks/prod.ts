import { password, randomBytes } from "../components/secrets/values";
import type { App } from "../manifests/app";
import { calcom } from "../manifests/catalog/calcom/calcom";
import { calcomValues, databaseRole, databaseUrl } from "../manifests/catalog/calcom/secrets";
import { certManager } from "../manifests/catalog/cert-manager";
import { cloudflared } from "../manifests/catalog/cloudflared";
import { originCaIssuer } from "../manifests/catalog/origin-ca-issuer";
import { perApp } from "../manifests/layouts/per-app";
import * as own from "./calcom-settings";
import { azure, checkAzure } from "./settings/blocks/azure";
import { chart, charts, checkCharts, originCaIssuerChart } from "./settings/blocks/charts";
import { checkOriginCaToken, checkTunnel, cloudflare } from "./settings/blocks/cloudflare";
import { defaultPath, infrastructurePath, repository } from "./settings/blocks/repository";
import { checkRepository } from "./settings/blocks/repository-checks";
import { checkSecrets, secrets, sops } from "./settings/blocks/secrets";
import { defineSystem } from "./platform";

/** Secret by which Flux reads the app's repository. */
const APP_AUTH = "flux-ssh-auth";

/** Cal.com behind a Cloudflare tunnel, with its database, certificate and secrets. */
export const prod = defineSystem({
  title: "Cal.com",
  settings: (env) => ({
    appRepository: repository(env, defaultPath("k8s/prod")).describe(
      "Repository of the app's own manifests.",
    ),
    infrastructurePath: infrastructurePath("infrastructure"),
    cloudflare: cloudflare(env),
    azure: azure(env).optional(),
    secrets: secrets(),
    sops: sops(env).optional(),
    calcom: own.calcom(),
    credentials: own.credentials(env),
    rotate: own.rotate(),
    charts: charts({ certManager: chart(), externalSecrets: chart(), originCaIssuer: originCaIssuerChart() }),
  }),
  checks: [
    own.checkHost,
    checkTunnel,
    checkOriginCaToken,
    checkAzure,
    checkSecrets,
    checkCharts,
    checkRepository("appRepository"),
  ],
  parentsOnly: ["calcom.loadBalancerIP"],

  layout: ({ fluxRepository, infrastructurePath }) =>
    perApp({ clusterPath: fluxRepository.path, infrastructurePath }),
  repositories: ({ appRepository }) => ({ "calcom-app": { settings: appRepository, secretName: APP_AUTH } }),

  build({ calcom: settings, appRepository, charts, credentials, rotate, ...more }, { entrance, delivery }) {
    const cal = calcom({
      host: settings.host,
      appRepository: { ...appRepository, url: appRepository.fluxUrl, secretName: APP_AUTH },
      email: { from: settings.emailFrom, ...settings.emailServer },
      image: settings.images.calcom,
      keepImages: settings.images.keep,
      database: {
        image: settings.images.postgres,
        storageClass: settings.storageClass,
        storage: settings.storageSize,
      },
      ingressClass: settings.ingressClass,
      loadBalancer: settings.loadBalancerIP === undefined ? false : { address: settings.loadBalancerIP },
    });
    const names = calcomValues();
    const reached: readonly App[] = [
      cal,
      // npm run new -- app <name>
    ];
    return {
      apps: [
        ...(more.cloudflare.certificates === "direct"
          ? []
          : [
              certManager({ chart: charts.certManager }),
              originCaIssuer({ chart: charts.originCaIssuer, crds: charts.originCaIssuer.crds }),
            ]),
        ...delivery.store(charts.externalSecrets),
        cloudflared({ tunnel: entrance.tunnelMode(reached, `${more.infrastructurePath}/cloudflare`) }),
        ...reached,
      ],
      values: {
        [names.postgresPassword]: password({
          value: credentials.postgresPassword,
          rotation: rotate.postgresPassword,
          maxAge: rotate.maxAge.postgresPassword,
          postgres: databaseRole(settings.images.postgres),
          formerName: "calcom-database-password",
        }),
        [names.databaseUrl]: { template: databaseUrl() },
        [names.nextauthSecret]: randomBytes(32, {
          value: credentials.nextauthSecret,
          rotation: rotate.nextauthSecret,
          maxAge: rotate.maxAge.nextauthSecret,
          ends: "all sessions of Cal.com",
          formerName: "calcom-next-auth-secret",
        }),
        [names.calendsoEncryptionKey]: randomBytes(24, {
          value: credentials.calendsoEncryptionKey,
          rotation: rotate.calendsoEncryptionKey,
          ends: "the stored sign-ins to calendars, which can't be read by it",
          formerName: "calcom-encryption-key",
        }),
      },
    };
  },
});
