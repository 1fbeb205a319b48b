import type { FolderContent } from "../../app";
import { secret } from "../../secrets/app-secret";
import { value } from "../../secrets/secret-text";

/** Names of its values. */
export const tailscaleValues = {
  clientId: "tailscale-client-id",
  clientSecret: "tailscale-client-secret",
} as const;

/** The OAuth client by which the operator makes devices: https://tailscale.com/kb/1236/kubernetes-operator */
export function tailscaleOauth(): FolderContent {
  return {
    "secret.yaml": secret("operator-oauth", "tailscale", {
      client_id: value(tailscaleValues.clientId),
      client_secret: value(tailscaleValues.clientSecret),
    }),
  };
}

/** A way into the LAN for the tailnet's members: https://tailscale.com/kb/1441/kubernetes-operator-connector */
export function tailscaleConnector(routes: readonly string[]): FolderContent {
  return {
    "connector.yaml": {
      apiVersion: "tailscale.com/v1alpha1",
      kind: "Connector",
      metadata: { name: "lan" },
      spec: { hostname: "lan", subnetRouter: { advertiseRoutes: [...routes] } },
    },
  };
}
