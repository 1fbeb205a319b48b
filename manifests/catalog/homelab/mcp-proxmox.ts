import type { FolderContent } from "../../app";
import { deployment } from "../../apps/deployment";
import { secret } from "../../secrets/app-secret";
import { value } from "../../secrets/secret-text";

const NAME = "mcp-proxmox";
const SECRET = "mcp-proxmox-secrets";
const PORT = 8080;

/** Names of its values. */
export const proxmoxValues = {
  url: "mcp-proxmox-url",
  tokenId: "mcp-proxmox-token-id",
  tokenSecret: "mcp-proxmox-token-secret",
} as const;

/** A server that lets assistants ask Proxmox, in the cluster only. */
export function mcpProxmox(image: string): FolderContent {
  return {
    "secret.yaml": secret(SECRET, NAME, {
      PROXMOX_URL: value(proxmoxValues.url),
      PROXMOX_TOKEN_ID: value(proxmoxValues.tokenId),
      PROXMOX_TOKEN_SECRET: value(proxmoxValues.tokenSecret),
    }),
    "deployment.yaml": deployment({
      name: NAME,
      annotations: { "secret.reloader.stakater.com/reload": SECRET },
      pod: {
        containers: [
          {
            name: NAME,
            image,
            envFrom: [{ secretRef: { name: SECRET } }],
            ports: [{ containerPort: PORT }],
          },
        ],
      },
    }),
    "service.yaml": {
      apiVersion: "v1",
      kind: "Service",
      metadata: { name: NAME, namespace: NAME },
      spec: { selector: { app: NAME }, ports: [{ port: PORT, targetPort: PORT }] },
    },
  };
}
