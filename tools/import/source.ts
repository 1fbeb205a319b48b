import { identifier, titled } from "../new/system";
import type { Cluster } from "./clusters";
import type { Recognized } from "./recognize";

export interface SystemOptions {
  readonly name: string;
  readonly cluster: Cluster;
  readonly recognized: Recognized | undefined;
  /** Whether the folder that Flux reads has a kustomization.yaml. */
  readonly listed: boolean;
  /** Whether `.sops.yaml` names recipients. */
  readonly sops: boolean;
}

/**
 * Text of stacks/<name>.ts: the layout of the repository with the apps that it reproduces. Secrets that apps get later go
 * by SOPS where the repository has its keys, else the program writes them into the cluster.
 */
export function importedSystem(options: SystemOptions): string {
  const { name, cluster, recognized, listed, sops } = options;
  const { layout, module, place, together } = layoutOf(recognized);
  const apps = recognized?.apps ?? [];
  const ways = sops
    ? `settings: (env) => ({ cloudflare: cloudflareOrAddress(env).optional(), secrets: secrets(), sops: sops(env).optional() }),
  checks: [checkTunnel, checkSecrets],`
    : `settings: (env) => ({ cloudflare: cloudflareOrAddress(env).optional() }),
  checks: [checkTunnel],
  delivery: () => [{ from: "patched" }],`;
  return `${apps.length > 0 ? 'import type { App } from "../manifests/app";\n' : ""}import { ${layout} } from "../manifests/layouts/${module}";
import { defineSystem } from "./platform";
import { checkTunnel, cloudflareOrAddress } from "./settings/blocks/cloudflare";
${sops ? 'import { checkSecrets, secrets, sops } from "./settings/blocks/secrets";\n' : ""}
${apps.length > 0 ? `/** What the repository had when it was imported. What they apply lies where it lay, and is kept by hand. */\nconst FOUND: readonly App[] = ${JSON.stringify(apps)};\n` : ""}
/** ${titled(name)}. */
export const ${identifier(name)} = defineSystem({
  title: ${JSON.stringify(titled(name))},
  ${ways}

  layout: ({ fluxRepository }) => ${place},
  ${cluster.gotkPath === cluster.path ? "gotkPath: ({ fluxRepository }) => fluxRepository.path," : ""}
  ${together === undefined ? "" : `together: ${JSON.stringify(together)},`}
  ${listed ? "" : "// Flux makes the folder's kustomization.yaml itself.\n  rootKustomization: false,"}

  build: () => ({
    apps: [
      ${apps.length > 0 ? "...FOUND," : ""}
      // npm run new -- app <name>
    ],
  }),
});
`;
}

function layoutOf(recognized: Recognized | undefined) {
  const own = "clusterPath: fluxRepository.path";
  const found = recognized !== undefined && recognized.apps.length > 0 ? recognized.candidate : undefined;
  if (found === undefined)
    return { layout: "perApp", module: "per-app", place: `perApp({ ${own} })`, together: undefined };
  const { layout, module, options } = found;
  const more = Object.entries(options).map(([key, value]) => `, ${key}: ${JSON.stringify(value)}`);
  return { layout, module, place: `${layout}({ ${own}${more.join("")} })`, together: options.together };
}
