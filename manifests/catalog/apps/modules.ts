/** The OpenTofu modules that the apps' Terraform objects are made of. They lie in the base of tofu-controller. */
import { BASES } from "../../layouts/waves";

/** Vault as the cluster reaches it, by the chart's Service. */
export const VAULT_URL = "http://vault.vault.svc.cluster.local:8200";

/** The runners sign in to Vault as who they are: no token of Vault's is kept for them. */
const vaultProvider = `provider "vault" {
  address = "${VAULT_URL}"

  auth_login {
    path = "auth/kubernetes/login"

    parameters = {
      role = "tofu"
      jwt  = file("/var/run/secrets/kubernetes.io/serviceaccount/token")
    }
  }
}
`;

const requirement = (name: string, source: string, version: string): string => `    ${name} = {
      source  = "${source}"
      version = "${version}"
    }
`;

const requirements = (...lines: readonly string[]): string =>
  `terraform {\n  required_providers {\n${lines.join("")}  }\n}\n`;

const vaultRequirement = requirement("vault", "hashicorp/vault", "~> 5.0");
const randomRequirement = requirement("random", "hashicorp/random", "~> 3.7");
const authentikRequirement = requirement("authentik", "goauthentik/authentik", "~> 2026.2");

export const vaultOnly = requirements(vaultRequirement);

const generated = (name: string, length = 40): string => `resource "random_password" "${name}" {
  length  = ${String(length)}
  special = false
}
`;

const appVariable = `variable "app" {
  type = string
}
`;

/** A user of the databases and a generated password, under \`databases/<app>\` in Vault. */
const database = `${requirements(randomRequirement, vaultRequirement)}
${appVariable}
${generated("password")}
resource "vault_kv_secret_v2" "database" {
  mount = "kv"
  name  = "databases/\${var.app}"

  data_json = jsonencode({
    username = var.app
    password = random_password.password.result
  })
}
`;

/** What an app itself needs generated, under \`credentials/<app>\` in Vault. */
const credentials = `${requirements(randomRequirement, vaultRequirement)}
${appVariable}
${generated("secret_key", 60)}
${generated("admin_password")}
${generated("api_token", 60)}
resource "vault_kv_secret_v2" "credentials" {
  mount = "kv"
  name  = "credentials/\${var.app}"

  data_json = jsonencode({
    secret_key     = random_password.secret_key.result
    admin_password = random_password.admin_password.result
    api_token      = random_password.api_token.result
  })
}
`;

/** An app as a client of authentik, its id and secret under \`sso/<app>\` in Vault. */
const oidcClient = `${requirements(authentikRequirement, vaultRequirement)}
${appVariable}
variable "redirect_uri" {
  type = string
}

data "authentik_flow" "authorization" {
  slug = "default-provider-authorization-implicit-consent"
}

data "authentik_flow" "invalidation" {
  slug = "default-provider-invalidation-flow"
}

data "authentik_property_mapping_provider_scope" "scopes" {
  managed_list = [
    "goauthentik.io/providers/oauth2/scope-openid",
    "goauthentik.io/providers/oauth2/scope-email",
    "goauthentik.io/providers/oauth2/scope-profile",
  ]
}

resource "authentik_provider_oauth2" "client" {
  name               = var.app
  client_id          = var.app
  authorization_flow = data.authentik_flow.authorization.id
  invalidation_flow  = data.authentik_flow.invalidation.id
  property_mappings  = data.authentik_property_mapping_provider_scope.scopes.ids

  allowed_redirect_uris = [{
    matching_mode = "strict"
    url           = var.redirect_uri
  }]
}

resource "authentik_application" "client" {
  name              = var.app
  slug              = var.app
  protocol_provider = authentik_provider_oauth2.client.id
}

resource "vault_kv_secret_v2" "client" {
  mount = "kv"
  name  = "sso/\${var.app}"

  data_json = jsonencode({
    client_id     = authentik_provider_oauth2.client.client_id
    client_secret = authentik_provider_oauth2.client.client_secret
  })
}
`;

const modules = { credentials, database, "oidc-client": oidcClient } as const;

/** The modules' files, in the folder of tofu-controller's base. */
export const moduleFiles: Readonly<Record<string, string>> = Object.fromEntries(
  Object.entries(modules).map(([name, text]) => [`modules/${name}/main.tf`, text]),
);

/** Folder of an app's root module: the end says what it makes in Vault. */
export const rootModulePath = (owner: string, folder: string): string =>
  `${BASES}/${owner}/terraform/${folder}`;

/** A root module that calls one of the modules for an app: `terraform/databases/forgejo/main.tf` in the owner's base. */
export function rootModule(
  module: "credentials" | "database",
  app: string,
): Readonly<Record<string, string>> {
  const folder = { credentials: "credentials", database: "databases" }[module];
  return {
    [`terraform/${folder}/${app}/main.tf`]: `${vaultProvider}
module "${module}" {
  source = "../../../../tofu-controller/modules/${module}"
  app    = "${app}"
}
`,
  };
}

/** The root module of an app that signs in its users by authentik: it takes `domain` and `authentik_token`. */
export function clientModule(
  app: string,
  { host, path }: { readonly host: string; readonly path: string },
): Readonly<Record<string, string>> {
  return {
    [`terraform/sso/${app}/main.tf`]: `variable "domain" {
  type = string
}

variable "authentik_token" {
  type      = string
  sensitive = true
}

${vaultProvider}
${requirements(authentikRequirement)}
provider "authentik" {
  url   = "https://auth.\${var.domain}"
  token = var.authentik_token
}

module "client" {
  source       = "../../../../tofu-controller/modules/oidc-client"
  app          = "${app}"
  redirect_uri = "https://${host}.\${var.domain}${path}"
}
`,
  };
}
