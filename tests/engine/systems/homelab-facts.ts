/** What a homelab is made of, as its tests know it. */
import type { Sandbox } from "../sandbox";

export const REPOSITORY = "your-user/homelab";

/** The list of the services that run. */
export const LIST = "k3s/flux/apps/kustomization.yaml";

export const kustomizations = [
  "apps",
  "authentik-config",
  "cert-manager",
  "cert-manager-config",
  "cloudflared",
  "cnpg-operator",
  "flux-system",
  "kube-prometheus-stack",
  "longhorn-config",
  "longhorn-operator",
  "mcp-proxmox",
  "metallb-config",
  "reloader",
  "stalwart",
  "tailscale-config",
  "tailscale-operator",
  "traefik-config",
  // Of others.
  "whoami",
];

export const helmReleases = [
  "authentik",
  "cert-manager",
  "cnpg-operator",
  "kube-prometheus-stack",
  "longhorn-operator",
  "reloader",
  "tailscale-operator",
];

/** The patched Secrets, by namespace, with their keys. */
export const patched = {
  "authentik/authentik-credentials": ["bootstrap-password", "secret-key"],
  "cloudflared/cloudflared-tunnel-credentials": ["token"],
  "mcp-proxmox/mcp-proxmox-secrets": ["PROXMOX_TOKEN_ID", "PROXMOX_TOKEN_SECRET", "PROXMOX_URL"],
  "stalwart/stalwart-secrets": ["admin-password", "resend-api-key"],
  "tailscale/operator-oauth": ["client_id", "client_secret"],
};

export async function kustomizationsOf(sandbox: Sandbox): Promise<string[]> {
  const live = await sandbox.get("kustomizations.kustomize.toolkit.fluxcd.io", "flux-system");
  return live.map(({ metadata }) => metadata.name).sort();
}

/** The password that the program generated for Stalwart, as the cluster has it. */
export async function stalwartPassword(sandbox: Sandbox): Promise<string | undefined> {
  return (await sandbox.secret("stalwart", "stalwart-secrets"))["admin-password"];
}
