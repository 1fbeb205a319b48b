/** The files of a new system, as they are before anything is added to it. */

/** `my-shop` → `myShop`. */
export const identifier = (name: string): string =>
  name.replaceAll(/-([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());

/** `my-shop` → `My shop`. */
export const titled = (name: string): string => {
  const words = name.replaceAll("-", " ");
  return words.charAt(0).toUpperCase() + words.slice(1);
};

export function systemSource(name: string): string {
  return `import { perApp } from "../manifests/layouts/per-app";
import { defineSystem } from "./platform";
import { azure } from "./settings/blocks/azure";
import { chart, charts, checkCharts } from "./settings/blocks/charts";
import { checkTunnel, cloudflareOrAddress } from "./settings/blocks/cloudflare";
import { checkSecrets, secrets, sops } from "./settings/blocks/secrets";

/** ${titled(name)}. */
export const ${identifier(name)} = defineSystem({
  title: ${JSON.stringify(titled(name))},
  settings: (env) => ({
    cloudflare: cloudflareOrAddress(env).optional(),
    azure: azure(env).optional(),
    secrets: secrets(),
    sops: sops(env).optional(),
    charts: charts({ externalSecrets: chart() }),
  }),
  checks: [checkTunnel, checkSecrets, checkCharts],

  layout: ({ fluxRepository }) => perApp({ clusterPath: fluxRepository.path }),

  build: ({ charts }, { delivery }) => ({
    apps: [
      ...delivery.store(charts.externalSecrets),
      // npm run new -- app <name>
    ],
  }),
});
`;
}

/** How secrets reach the cluster, in the settings. */
const SECRETS = `
  # keyVault, with handoff:azure, or sops: how secrets reach the cluster.
  handoff:secrets: sops
  handoff:sops:
    # Public key, from age-keygen.
    recipient: age1${"q".repeat(58)}
`;

/**
 * Its settings: what is required, and a pointer to the rest.
 * @param secrets their lines on secrets. @default those of SOPS
 */
export function stackFile(name: string, secrets = SECRETS): string {
  return `# yaml-language-server: $schema=stacks/settings/schemas/${name}.json
#
# Settings of the stack "${name}"; all of them, with their defaults, are in docs/settings/${name}.md.
#
# No credential stands here in plain text. Each one is named by where it comes from:
#   {env: NAME}     environment variable, as in CI
#   {file: path}    file, from this folder or from ~/
#   {config: name}  encrypted key of this file, made by: pulumi config set --secret handoff:name
config:
  handoff:system: ${name}

  handoff:cluster:
    # Name of the cluster, for names of what belongs to it.
    name: my-cluster

  # Repository that Flux is bootstrapped from. It may hold other things: only our own files and entries are touched.
  handoff:fluxRepository:
    url: ssh://git@git.example.com/your-org/flux-config.git
    # Folder of this cluster.
    path: clusters/my-cluster
    auth:
      ssh:
        # Deploy key with write access.
        privateKey: { env: FLUX_DEPLOY_KEY }
        # The host's public keys, from its documentation: never scanned, a scanned key proves nothing.
        knownHosts: { env: GIT_KNOWN_HOSTS }

  # Author of the commits.
  handoff:author:
    name: Handoff
    email: handoff@example.com

  # For apps with hosts: a tunnel, or records that lead to the ingress controller's address.
  # handoff:cloudflare:
  #   accountId: "0123456789abcdef0123456789abcdef"
  #   zoneId: "fedcba9876543210fedcba9876543210"
  #   zone: example.com
  #   tunnel: {name: my-cluster}
  #   apiToken: {env: CLOUDFLARE_API_TOKEN}
${secrets}`;
}
