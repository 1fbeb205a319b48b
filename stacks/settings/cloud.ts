import * as field from "./fields";
import { choice, mapping } from "./fields";
import { Environment, credential } from "./references";

/** Settings of what is outside the cluster: Cloudflare, Azure Key Vault, and the keys of SOPS. */
export function cloudflare(env: Environment) {
  const tunnel = choice(
    {
      name: field.kubernetesName().describe("Name of a tunnel to create."),
      id: field.uuid().describe("Id of an existing tunnel, which is never changed nor deleted."),
    },
    {
      managed: field
        .oneOf(["cloudflare", "local"])
        .default("cloudflare")
        .describe(
          "Who keeps the tunnel's rules: Cloudflare, or cloudflared's config.yaml in the flux repository.",
        ),
      configMap: field
        .repositoryPath()
        .optional()
        .describe("Locally managed: file of the ConfigMap with config.yaml, in the flux repository."),
      service: field
        .text(/^https?:\/\/[^\s/]+$/, "http:// or https:// with a host and a port, without a path")
        .default("https://ingress-nginx-controller.ingress-nginx.svc.cluster.local:443")
        .describe("Where cloudflared sends the requests: the cluster's ingress controller."),
      caPool: field
        .text(/^\//, "an absolute path inside the cloudflared container")
        .optional()
        .describe("CA bundle for the origin's certificate. Not needed for Origin CA certificates."),
    },
  );
  return mapping({
    accountId: field.cloudflareId("dashboard, account home, copy account ID").describe("Account."),
    zoneId: field
      .cloudflareId("dashboard, zone overview, API section")
      .describe("Zone of the app's hostname."),
    zone: field.dnsName("example.com").describe("Name of the zone."),
    tunnel,
    apiToken: credential(env).describe(
      "Token with Account / Cloudflare Tunnel / Edit, Zone / Zone / Read, Zone / DNS / Edit, and the right to make API tokens.",
    ),
    tokenOwner: field
      .oneOf(["account", "user"])
      .default("account")
      .describe("Owner of the Origin CA token: the account, or the user whose apiToken it is."),
  });
}

export function azure(env: Environment) {
  return mapping({
    subscriptionId: field
      .uuid()
      .prefault(env.variables.ARM_SUBSCRIPTION_ID ?? "")
      .describe("Left out: ARM_SUBSCRIPTION_ID."),
    tenantId: field.uuid().describe("Entra ID tenant of the vault."),
    resourceGroup: field
      .text(/^(?=.{1,90}$)[\w().-]*[\w()-]$/, "the name of a resource group")
      .describe("Resource group of the vault. It must exist."),
    location: field.text(/^[a-z0-9]+$/, "a region such as westeurope").describe("Region of what is created."),
    vault: mapping({
      name: field
        .text(
          /^(?!.*--)[a-zA-Z][a-zA-Z0-9-]{1,22}[a-zA-Z0-9]$/,
          "3 to 24 letters, digits and single hyphens, from a letter to a letter or digit",
        )
        .describe("Name of the vault."),
      create: field.flag().default(false).describe("Create the vault, and delete it with the stack."),
      recover: field
        .flag()
        .default(false)
        .describe("Restore the deleted vault of that name, as after `pulumi destroy`."),
      url: field
        .httpUrl("https://my-vault.vault.azure.net")
        .optional()
        .describe("Address of the vault. Left out: the one in Azure's public cloud."),
    }),
    identity: choice(
      {
        oidcIssuer: field
          .httpUrl("https://oidc.example.com/cluster")
          .describe(
            "Issuer of the cluster's ServiceAccount tokens: an identity that trusts them is created.",
          ),
        managedIdentity: mapping({
          clientId: field.uuid().optional().describe("Picks one when the nodes have several."),
          principalId: field.uuid().optional().describe("Object id, to grant it access to the vault."),
        }).describe("An identity that the nodes already have."),
        servicePrincipal: mapping({
          clientId: field.uuid().describe("Application id."),
          clientSecret: credential(env).describe("Its secret, which is put into the cluster."),
          principalId: field.uuid().optional().describe("Object id, to grant it access to the vault."),
        }).describe("An app registration with a secret."),
      },
      {},
    ).describe("How External Secrets signs in to the vault."),
  });
}

export function sops(env: Environment) {
  return mapping({
    recipient: field
      .text(
        /^age1[02-9ac-hj-np-z]{58}$/,
        "an age public key: age1 and 58 characters, as age-keygen prints it",
      )
      .describe("Public key that secrets are encrypted for."),
    identity: credential(env, (value) =>
      value.includes("AGE-SECRET-KEY-1")
        ? undefined
        : {
            found: "a text that isn't an age private key",
            allowed: "a line that starts with AGE-SECRET-KEY-1",
          },
    )
      .optional()
      .describe(
        "Private key, put into the cluster as Secret sops-age. Left out: that Secret is there already.",
      ),
  });
}
