import { Provider as CloudflareProvider } from "@pulumi/cloudflare/provider";
import { Provider as KubernetesProvider } from "@pulumi/kubernetes/provider";
import { calcom, calcomTunnelRule } from "../manifests/catalog/calcom";
import type { CalcomOptions } from "../manifests/catalog/calcom-options";
import { certManager } from "../manifests/catalog/cert-manager";
import { cloudflared, type TunnelMode } from "../manifests/catalog/cloudflared";
import { originCaIssuer } from "../manifests/catalog/origin-ca-issuer";
import { OriginCaToken } from "../components/cloudflare/origin-ca";
import { localIngressRule, type OwnRule } from "../manifests/cloudflare/ingress-rules";
import { Tunnel } from "../components/cloudflare/tunnel";
import { TunnelIngressRule } from "../components/cloudflare/tunnel-ingress-rule";
import { FluxBootstrap } from "../components/flux/bootstrap";
import { FluxHandoff } from "../components/flux/handoff";
import { milliseconds } from "../manifests/flux/names";
import { componentsDigest } from "../components/flux/release";
import { syncManifest } from "../manifests/flux/sync-manifest";
import { Credentials } from "../components/secrets/credentials";
import { preflight } from "../components/preflight";
import { toYaml } from "../manifests/yaml";
import { gitAuthSecret, keyVaultDelivery, sopsDelivery } from "./delivery";
import { readme } from "./readme";
import type { Settings } from "./settings";
import type { Edit } from "../manifests/git/edits";

/** Secret by which Flux reads the app's repository. */
const APP_AUTH = "flux-ssh-auth";

/**
 * Cal.com behind a Cloudflare tunnel, with its database, certificate and secrets: what this system consists of, in
 * order. Copy it for a system of your own.
 */
export async function prod(settings: Settings) {
  const { cluster, flux, fluxRepository, appRepository, author, charts, rotate } = settings;
  const { accountId, zoneId, tunnel: ingress } = settings.cloudflare;
  const folders = { clusterPath: fluxRepository.path };
  const { kubeconfig, context } = cluster;

  await preflight({
    repositories: [fluxRepository, appRepository],
    cluster: { kubeconfig, context, sync: syncManifest(fluxRepository) },
    cloudflare: { zoneId, zone: settings.cloudflare.zone, apiToken: settings.cloudflare.apiToken },
  });

  const kubernetes = new KubernetesProvider("cluster", {
    kubeconfig,
    context,
    // A Secret that a killed run left, or a new value of it, is taken over and updated in place.
    upsertExistingObjects: true,
    enableSecretMutable: true,
  });
  const cloudflare = new CloudflareProvider("cloudflare", { apiToken: settings.cloudflare.apiToken });
  const inCloudflare = { providers: { cloudflare } };

  // What is random, and kept in the stack's state.
  const { values: credentials } = new Credentials("calcom", {
    credentials: {
      databasePassword: {
        kind: "password",
        rotation: rotate.postgresPassword,
        value: settings.credentials.postgresPassword,
      },
      nextAuthSecret: {
        kind: { bytes: 32 },
        rotation: rotate.nextauthSecret,
        value: settings.credentials.nextauthSecret,
      },
      encryptionKey: {
        kind: { bytes: 24 },
        rotation: rotate.calendsoEncryptionKey,
        value: settings.credentials.calendsoEncryptionKey,
      },
    },
  });

  // The way in: a tunnel, its rule, the host's record, and the token that signs the host's certificate.
  const tunnel = new Tunnel(
    "tunnel",
    { accountId, tunnelName: ingress.name, tunnelId: ingress.id, managed: ingress.managed },
    inCloudflare,
  );
  const rule = calcomTunnelRule(settings.calcom.host, ingress.service, ingress.caPool);
  const entrance = new TunnelIngressRule(
    "calcom",
    {
      accountId,
      zoneId,
      tunnelId: tunnel.tunnelId,
      managed: ingress.managed,
      apiToken: settings.cloudflare.apiToken,
      ...rule,
    },
    inCloudflare,
  );
  const originCaToken = new OriginCaToken(
    "origin-ca",
    {
      accountId,
      zoneId,
      tokenName: `${cluster.name} Origin CA (${settings.cloudflare.zone})`,
      owner: settings.cloudflare.tokenOwner,
      rotation: rotate.originCaToken,
    },
    inCloudflare,
  );

  // Flux, as `flux bootstrap` leaves it.
  const { url, branch, path } = fluxRepository;
  const bootstrap = new FluxBootstrap(
    "flux",
    {
      kubeconfig,
      context,
      version: flux.version,
      components: await componentsDigest({
        ...flux,
        components: [...flux.components, ...flux.componentsExtra],
      }),
      url,
      branch,
      path,
      auth: fluxRepository.fluxAuth,
      provider: fluxRepository.provider,
      interval: flux.interval,
      timeoutSeconds: milliseconds(flux.timeout) / 1000,
      controllers: flux.controllers,
      shards: flux.shards,
    },
    { providers: { kubernetes } },
  );
  const appAuth = gitAuthSecret(APP_AUTH, appRepository.fluxAuth, { bootstrap, kubernetes });

  // Cal.com's manifests, and how its secrets reach the cluster.
  const tunnelMode: TunnelMode =
    ingress.managed === "cloudflare"
      ? { managed: "cloudflare" }
      : {
          managed: "local",
          config: toYaml({ object: localIngressRule(rule), comments: {} }),
          configMapFile: ingress.configMap,
        };
  const secrets = { ...credentials, originCaToken: originCaToken.value };
  const delivery = settings.secrets === "keyVault" ? keyVaultDelivery : sopsDelivery;
  const options: Omit<CalcomOptions, "secrets"> = {
    host: settings.calcom.host,
    folders,
    appRepository: {
      url: appRepository.url,
      branch: appRepository.branch,
      path: appRepository.path,
      secretName: APP_AUTH,
      provider: appRepository.provider,
    },
    email: { from: settings.calcom.emailFrom, ...settings.calcom.emailServer },
    image: settings.calcom.images.calcom,
    database: {
      image: settings.calcom.images.postgres,
      storageClass: settings.calcom.storageClass,
      storage: settings.calcom.storageSize,
    },
    ingressClass: settings.calcom.ingressClass,
    loadBalancer:
      settings.calcom.loadBalancerIP === undefined ? false : { address: settings.calcom.loadBalancerIP },
  };
  const delivered = delivery({
    settings,
    folders,
    options,
    credentials: secrets,
    tunnel,
    tunnelMode,
    bootstrap,
    kubernetes,
  });
  const app = calcom({ ...options, secrets: delivered.mode });
  const apps = [
    certManager({ folders, chart: charts.certManager }),
    originCaIssuer({ folders, chart: charts.originCaIssuer, crds: charts.originCaIssuer.crds }),
    ...delivered.apps,
    cloudflared({ folders, secrets: delivered.mode, tunnel: tunnelMode }),
    app,
  ];

  // One commit per repository, the app's own first; then follow Flux until the cluster runs it.
  const handoff = new FluxHandoff("handoff", {
    bootstrap,
    auth: fluxRepository.auth,
    mode: fluxRepository.mode,
    author,
    signing: settings.signing,
    apps,
    files: delivered.files,
    appRepositories: [
      {
        source: "calcom-app",
        url: appRepository.url,
        branch: appRepository.branch,
        auth: appRepository.auth,
        mode: appRepository.mode,
        files: { ...app.appFiles, ...delivered.appFiles },
        retain: appRepository.retain,
        keep: settings.calcom.images.keep ? app.imageFields : undefined,
      },
    ],
    retain: fluxRepository.retain,
    edits: tunnelMode.managed === "local" ? localRule(ingress.configMap ?? "", rule) : {},
    message: `Hand off Cal.com to Flux`,
    after: [entrance, appAuth, ...delivered.after],
    wait: settings.ready.wait,
    timeoutSeconds: milliseconds(settings.ready.timeout) / 1000,
  });

  return {
    url: entrance.url,
    revision: handoff.revision,
    revisions: handoff.revisions,
    pending: handoff.pending,
    tunnelId: tunnel.tunnelId,
    tunnelHostname: tunnel.cname,
    kustomizations: handoff.kustomizations,
    readme: readme({
      title: "Cal.com",
      url: entrance.url,
      settings,
      handoff,
      nodes: apps.flatMap((entry) => entry.kustomizations),
    }),
  };
}

/** Our rule as an entry of cloudflared's config.yaml, in the ConfigMap that others keep. */
function localRule(file: string, rule: OwnRule): Record<string, Edit[]> {
  const place = { within: ["data", "config.yaml"], list: ["ingress"], position: "ingress" } as const;
  return { [file]: [{ ...place, entry: localIngressRule(rule), identity: ["hostname", "path"] }] };
}
