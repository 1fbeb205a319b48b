/** The program of ../plugins.test.ts: a little of what each provider does. */
import * as pulumi from "@pulumi/pulumi";
import { AccountToken } from "@pulumi/cloudflare/accountToken";
import { DnsRecord } from "@pulumi/cloudflare/dnsRecord";
import { getZeroTrustTunnelCloudflaredTokenOutput } from "@pulumi/cloudflare/getZeroTrustTunnelCloudflaredToken";
import { getZonesOutput } from "@pulumi/cloudflare/getZones";
import { ZeroTrustTunnelCloudflared } from "@pulumi/cloudflare/zeroTrustTunnelCloudflared";
import { ZeroTrustTunnelCloudflaredConfig } from "@pulumi/cloudflare/zeroTrustTunnelCloudflaredConfig";
import { getClientConfigOutput } from "@pulumi/azure-native/authorization/getClientConfig";
import { RoleAssignment } from "@pulumi/azure-native/authorization/roleAssignment";
import { Secret } from "@pulumi/azure-native/keyvault/secret";
import { Vault } from "@pulumi/azure-native/keyvault/vault";
import { FederatedIdentityCredential } from "@pulumi/azure-native/managedidentity/federatedIdentityCredential";
import { UserAssignedIdentity } from "@pulumi/azure-native/managedidentity/userAssignedIdentity";
import { ResourceGroup } from "@pulumi/azure-native/resources/resourceGroup";
import { RandomBytes } from "@pulumi/random/randomBytes";
import { RandomPassword } from "@pulumi/random/randomPassword";

const config = new pulumi.Config();
const accountId = config.require("accountId");

const password = new RandomPassword("password", {
  length: 24,
  special: false,
  keepers: { rotation: config.get("rotation") ?? "1" },
});
const key = new RandomBytes("key", { length: 32 });

const zoneId = getZonesOutput({ name: "example.com" }).results.apply(([zone]) => zone?.id ?? "");
const tunnel = new ZeroTrustTunnelCloudflared("tunnel", {
  accountId,
  name: "plugins",
  configSrc: "cloudflare",
});
const rules = new ZeroTrustTunnelCloudflaredConfig("rules", {
  accountId,
  tunnelId: tunnel.id,
  config: {
    ingresses: [
      {
        hostname: "cal.example.com",
        service: "https://traefik.traefik:443",
        originRequest: { originServerName: "cal.example.com", noTlsVerify: false },
      },
      { service: "http_status:404" },
    ],
  },
});
const record = new DnsRecord("record", {
  zoneId,
  name: "cal.example.com",
  type: "CNAME",
  content: pulumi.interpolate`${tunnel.id}.cfargotunnel.com`,
  proxied: true,
  ttl: 1,
});
const token = new AccountToken("token", {
  accountId,
  name: "origin-ca",
  policies: [
    {
      effect: "allow",
      permissionGroups: [{ id: "c03055bc037c4ea9afb9a9f104b7b721" }],
      resources: pulumi.jsonStringify({
        [`com.cloudflare.api.account.zone.${config.require("zoneId")}`]: "*",
      }),
    },
  ],
});
const tunnelToken = pulumi.secret(
  getZeroTrustTunnelCloudflaredTokenOutput({ accountId, tunnelId: tunnel.id }).token,
);

const client = getClientConfigOutput();
const group = new ResourceGroup("group", { resourceGroupName: "plugins", location: "westeurope" });
const vault = new Vault("vault", {
  resourceGroupName: group.name,
  vaultName: "plugins-vault",
  properties: {
    tenantId: client.tenantId,
    sku: { family: "A", name: "standard" },
    enableRbacAuthorization: true,
    softDeleteRetentionInDays: 7,
  },
});
const identity = new UserAssignedIdentity("identity", { resourceGroupName: group.name });
const federation = new FederatedIdentityCredential("federation", {
  resourceGroupName: group.name,
  resourceName: identity.name,
  issuer: "https://cluster.example.com",
  subject: "system:serviceaccount:external-secrets:external-secrets",
  audiences: ["api://AzureADTokenExchange"],
});
const role = new RoleAssignment("role", {
  scope: vault.id,
  principalId: identity.principalId,
  principalType: "ServicePrincipal",
  roleDefinitionId: pulumi.interpolate`/subscriptions/${client.subscriptionId}/providers/Microsoft.Authorization/roleDefinitions/4633458b-17de-408a-b874-0445c86b69e6`,
});
const secrets = Object.entries({
  "calcom-postgres-password": password.result,
  "calcom-nextauth-secret": key.base64,
  "calcom-cfapi-token": token.value,
  "cloudflared-token": tunnelToken,
}).map(
  ([secretName, value]) =>
    new Secret(secretName, {
      resourceGroupName: group.name,
      vaultName: vault.name,
      secretName,
      properties: { value: pulumi.secret(value) },
    }),
);

export const passwordValue = password.result;
export const tokenValue = token.value;
export const tunnelTokenValue = tunnelToken;
export const vaultUri = vault.properties.vaultUri;
export const recordName = record.name;
export const ids = [
  rules.version,
  federation.id,
  role.id,
  ...secrets.map((secret) => secret.properties.secretUri),
];
