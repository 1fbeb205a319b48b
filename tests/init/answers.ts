import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systems } from "../../stacks";
import { Draft } from "../../tools/init/draft";
import { KEY } from "../settings/fixture";

/** Credentials, each a text that must never be shown. */
export const SECRETS = { key: KEY, token: "canary-token-8f31", password: "canary-password-77aa" };

/** Files that hold them. */
export function secretFiles(): {
  readonly path: (name: keyof typeof SECRETS) => string;
  readonly remove: () => void;
} {
  const folder = mkdtempSync(join(tmpdir(), "handoff-init-test-"));
  for (const [name, text] of Object.entries(SECRETS)) writeFileSync(join(folder, name), text);
  return {
    path: (name) => join(folder, name),
    remove: () => {
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** The samples as they are shipped: those of the project's folder may have become their user's. */
export const samples = join(__dirname, "samples");

export const sampleOf = (system: string): string =>
  readFileSync(join(samples, `Pulumi.${system}.yaml`), "utf8");

export function draftOf(system: string, variables: Readonly<Record<string, string>> = {}): Draft {
  const runnable = systems[system];
  if (runnable === undefined) throw new Error(system);
  const text = sampleOf(system);
  return new Draft("demo", system, runnable, text, {
    HOME: "/nowhere",
    KUBECONFIG: __filename,
    ...variables,
  });
}

const HOSTS = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl";
const CLOUDFLARE = [
  ...["--cloudflare-account-id", "11112222333344445555666677778888"],
  ...["--cloudflare-zone-id", "88887777666655554444333322221111", "--cloudflare-zone", "acme.dev"],
];
const AZURE = [
  ...["--azure-tenant-id", "11111111-2222-3333-4444-555555555555"],
  ...["--azure-subscription-id", "55555555-4444-3333-2222-111111111111"],
];

/** What the environment has, by the names of the samples. */
export const VARIABLES: Readonly<Record<string, string>> = { GIT_KNOWN_HOSTS: `git.acme.dev ${HOSTS}\n` };

/** Options that answer all questions of a system. */
export function optionsOf(system: string, path: (name: keyof typeof SECRETS) => string): readonly string[] {
  const ssh = (repository: string): string[] => [
    ...[`--${repository}-url`, `ssh://git@git.acme.dev/acme/${repository}.git`],
    ...[`--${repository}-auth-ssh-private-key-file`, path("key")],
  ];
  const https = [
    ...["--flux-repository-url", "https://git.acme.dev/acme/flux.git"],
    ...["--flux-repository-auth-basic-password-file", path("token")],
  ];
  const shared = ["--cluster-name", "shop", "--author-email", "ops@acme.dev"];
  const token = ["--cloudflare-api-token-file", path("token")];
  const credentials = [
    ...["tailscale-client-id", "tailscale-client-secret", "resend-api-key"],
    ...["proxmox-url", "proxmox-token-id", "proxmox-token-secret"],
  ].flatMap((name) => [`--credentials-${name}-file`, path("password")]);
  const own: Readonly<Record<string, readonly string[]>> = {
    prod: [
      ...[...ssh("flux-repository"), ...ssh("app-repository"), ...CLOUDFLARE, ...token, ...AZURE],
      ...["--azure-identity-oidc-issuer", "https://oidc.acme.dev/shop"],
      ...[
        "--calcom-host",
        "cal.acme.dev",
        "--calcom-email-from",
        "cal@acme.dev",
        "--cluster-context",
        "shop",
      ],
    ],
    apps: [...ssh("flux-repository"), "--apps-domain", "acme.dev"],
    homelab: [
      ...[...https, ...CLOUDFLARE, ...token, ...credentials, "--homelab-email", "ops@acme.dev"],
      ...["--homelab-addresses", "10.0.0.240-10.0.0.250, 10.0.1.0/28", "--homelab-routes", "10.0.0.0/24"],
      ...["--homelab-authentik-host", "auth.acme.dev", "--homelab-mail-host", "mail.acme.dev"],
      ...["--homelab-images-mcp-proxmox", "registry.acme.dev/mcp:1.0.0"],
    ],
    sites: [
      ...[...https, ...CLOUDFLARE, ...token, ...AZURE, "--azure-resource-group", "shop"],
      ...["--azure-vault-name", "shop-secrets", "--cloudflare-address", "198.51.100.7"],
      ...["--cloudflare-zones", "acme.org=00001111222233334444555566667777"],
      ...["--umami-host", "stats.acme.dev", "--observability-host", "graphs.acme.org"],
    ],
  };
  return [...shared, ...(own[system] ?? [])];
}
